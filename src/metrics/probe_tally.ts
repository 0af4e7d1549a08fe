/** Counts health probes that ended, whoever sent them. */
export class ProbeTally {
  /** By instance. */
  readonly of: Float64Array;
  private sent = 0;
  private failed = 0;

  constructor(instances: number) {
    this.of = new Float64Array(instances);
  }

  ended(instance: number, passed: boolean): void {
    this.of[instance]++;
    this.sent++;
    if (!passed) this.failed++;
  }

  report(): { readonly sent: number; readonly failed: number } {
    return { sent: this.sent, failed: this.failed };
  }
}
