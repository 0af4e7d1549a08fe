/** Results of one origin: of the interval under way, and of the one before, which is the one judged. */
class ResultBuckets {
  total = 0;
  succeeded = 0;
  /** When the last attempt that failed was sent. */
  failureSentAtMs = -Infinity;
  private writtenTotal = 0;
  private writtenSucceeded = 0;
  private writtenFailureSentAtMs = -Infinity;

  record(succeeded: boolean, sentAtMs: number): void {
    this.writtenTotal++;
    if (succeeded) this.writtenSucceeded++;
    else this.writtenFailureSentAtMs = sentAtMs;
  }

  /** An interval ends. */
  swap(): void {
    this.total = this.writtenTotal;
    this.succeeded = this.writtenSucceeded;
    this.failureSentAtMs = this.writtenFailureSentAtMs;
    this.writtenTotal = 0;
    this.writtenSucceeded = 0;
    this.writtenFailureSentAtMs = -Infinity;
  }
}

/** What outlier detection knows of one host. */
export class OutlierHost {
  readonly host: number;
  readonly priority: number;
  consecutive5xx = 0;
  consecutiveGatewayFailure = 0;
  consecutiveLocalOriginFailure = 0;
  /** What it answered; where origins are not split, also what befell attempts on the way. */
  readonly external = new ResultBuckets();
  /** Where origins are split: whether it could be reached. */
  readonly local = new ResultBuckets();
  ejected = false;
  ejectedAtMs = -Infinity;
  /** Drawn for this ejection. */
  jitterMs = 0;
  /** How many times the base the next ejection lasts, less one. */
  multiplier = 0;
  unejectedAtMs = -Infinity;

  constructor(host: number, priority: number) {
    this.host = host;
    this.priority = priority;
  }
}
