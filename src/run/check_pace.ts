import type { HealthCheckSettings } from '../health/checks/settings.ts';

/** How fast checks can be at best, whatever the system: times without jitter. */
export interface CheckPace {
  /** Failures in a row that take a host out, and from one failed probe to the next. */
  readonly failures: number;
  readonly failureGapMs: number;
  /** Whether the gap runs from a probe's send, whatever becomes of it, and not from its verdict. */
  readonly fixedRate: boolean;
  readonly timeoutMs: number;
  /** Passes in a row that bring it back, and from one to the next. */
  readonly passes: number;
  readonly passGapMs: number;
}

/** null where something else than the checks' own failures may take a host out, or nothing does. */
export function checkPace(settings: HealthCheckSettings): CheckPace | null {
  switch (settings.system) {
    case 'envoy': {
      const { intervalMs, timeoutMs, unhealthyThreshold, healthyThreshold } = settings;
      const { unhealthyIntervalMs = intervalMs, healthyEdgeIntervalMs = intervalMs } = settings;
      const { unhealthyEdgeIntervalMs = unhealthyIntervalMs } = settings;
      return {
        ...{ failures: unhealthyThreshold, failureGapMs: unhealthyEdgeIntervalMs, fixedRate: false, timeoutMs },
        ...{ passes: healthyThreshold, passGapMs: healthyEdgeIntervalMs },
      };
    }
    case 'haproxy': {
      const { interMs, fall, rise, observe } = settings;
      if (observe !== null) return null;
      const gapMs = settings.fastinterMs ?? interMs;
      return {
        ...{ failures: fall, failureGapMs: gapMs, fixedRate: false, timeoutMs: settings.timeoutMs ?? interMs },
        ...{ passes: rise, passGapMs: gapMs },
      };
    }
    case 'kubernetes': {
      if (settings.readiness === null) return null;
      const { periodMs, timeoutMs, failureThreshold, successThreshold } = settings.readiness;
      return {
        ...{ failures: failureThreshold, failureGapMs: periodMs, fixedRate: true, timeoutMs },
        ...{ passes: successThreshold, passGapMs: periodMs },
      };
    }
    case 'consul': {
      const { intervalMs, timeoutMs, failuresBeforeCritical, successBeforePassing } = settings;
      return {
        ...{ failures: Math.max(1, failuresBeforeCritical), failureGapMs: intervalMs, fixedRate: false, timeoutMs },
        ...{ passes: Math.max(1, successBeforePassing), passGapMs: intervalMs },
      };
    }
  }
}
