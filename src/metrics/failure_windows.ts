/** Failures laid at the door of an outage or a fault. */
export interface FailureTally {
  failedAttempts: number;
  clientFailures: number;
}

interface Window {
  /** Infinity while it is open. */
  endMs: number;
  readonly tally: FailureTally;
}

/** The windows of one cause on one instance: disjoint, by rising time. */
interface Lane {
  readonly cause: number;
  readonly windows: Window[];
}

/**
 * Times during which something is wrong with an instance, and the failures they answer for: those of attempts that were
 * in flight at some moment of [start, end). A failure may be reported long after, at a timeout, so windows stay; a scan
 * from the back of each lane ends at the first window that was over when the attempt left.
 */
export class FailureWindows {
  private readonly lanes: Lane[][];

  constructor(instances: number) {
    this.lanes = Array.from({ length: instances }, () => []);
  }

  /** `cause` tells windows apart that may overlap on one instance. Starts at the time of the call. */
  open(instance: number, cause: number, tally: FailureTally): void {
    const lanes = this.lanes[instance];
    let lane = lanes.find((known) => known.cause === cause);
    if (lane === undefined) {
      lane = { cause, windows: [] };
      lanes.push(lane);
    }
    lane.windows.push({ endMs: Number.POSITIVE_INFINITY, tally });
  }

  /** Does nothing where no window is open. */
  close(instance: number, cause: number, atMs: number): void {
    const last = this.lanes[instance].find((lane) => lane.cause === cause)?.windows.at(-1);
    if (last !== undefined) last.endMs = Math.min(last.endMs, atMs);
  }

  closeAll(atMs: number): void {
    for (const lanes of this.lanes) {
      for (const lane of lanes) {
        const last = lane.windows[lane.windows.length - 1];
        last.endMs = Math.min(last.endMs, atMs);
      }
    }
  }

  /** An attempt that left at `sentAtMs` has now failed. */
  attemptFailed(instance: number, sentAtMs: number): void {
    const lanes = this.lanes[instance];
    for (let l = 0; l < lanes.length; l++) {
      const windows = lanes[l].windows;
      for (let w = windows.length - 1; w >= 0 && windows[w].endMs > sentAtMs; w--) windows[w].tally.failedAttempts++;
    }
  }

  /** A request whose last attempt left at `lastSentAtMs` has now failed. */
  requestFailed(instance: number, lastSentAtMs: number): void {
    const lanes = this.lanes[instance];
    for (let l = 0; l < lanes.length; l++) {
      const windows = lanes[l].windows;
      for (let w = windows.length - 1; w >= 0 && windows[w].endMs > lastSentAtMs; w--)
        windows[w].tally.clientFailures++;
    }
  }
}
