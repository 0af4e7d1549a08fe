/** What a recorder knows of the world it watches. */
export interface TrialRecorderSetup {
  readonly instances: readonly {
    readonly id: string;
    readonly zone: string | null;
    readonly weight: number;
    readonly concurrency: number;
  }[];
  readonly callerIds: readonly string[];
  /** The kind of each entry of the scenario's list of faults, so that entry i is labelled `KIND#i`. */
  readonly faultKinds: readonly string[];
  readonly warmupMs: number;
  readonly durationMs: number;
  /** Offered, over all callers. */
  readonly ratePerMs: number;
  /** Read at the start and stop of measuring and, with `recordSeries`, at every second. */
  readonly gauges: {
    busy(instance: number): number;
    queued(instance: number): number;
    busyMs(instance: number): number;
  };
  readonly recordSeries: boolean;
  /** Whether sessions keep to hosts that get nothing otherwise. Default: false. */
  readonly sessionsStay?: boolean;
  /** Whether the policy itself sends to hosts that may not be picked, which is a panic of its own. Default: false. */
  readonly goesBeyond?: boolean;
  /**
   * Whether hosts may be full: nginx then goes on to backups, and with HAProxy requests go to whom they have waited for, be it
   * backup again or unhealthy by then. Default: false.
   */
  readonly keepsToLimits?: boolean;
}
