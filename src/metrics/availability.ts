const SECOND = 1000;

/** Who was up when, by ground truth: each instance's time up in [warmup, duration), and the share of instances up in each second. */
export class UpTime {
  /** Time up in [warmup, duration), by instance; complete after `stop`. */
  readonly upMs: Float64Array;
  private readonly warmupMs: number;
  private readonly upSince: Float64Array;
  /** Instance-milliseconds up in each whole second of [0, duration). */
  private readonly bySecond: Float64Array;
  private upCount: number;
  private lastMs = 0;

  constructor(instances: number, warmupMs: number, durationMs: number) {
    this.warmupMs = warmupMs;
    this.upMs = new Float64Array(instances);
    this.upSince = new Float64Array(instances);
    this.bySecond = new Float64Array(Math.floor(durationMs / SECOND));
    this.upCount = instances;
  }

  truth(atMs: number, instance: number, up: boolean): void {
    this.advance(atMs);
    this.upCount += up ? 1 : -1;
    if (up) this.upSince[instance] = atMs;
    else {
      this.credit(instance, atMs);
      this.upSince[instance] = Number.POSITIVE_INFINITY;
    }
  }

  stop(atMs: number): void {
    this.advance(atMs);
    for (let instance = 0; instance < this.upMs.length; instance++) this.credit(instance, atMs);
  }

  /** P(t) of this run. */
  upShare(): number[] {
    return Array.from(this.bySecond, (upMs) => upMs / (SECOND * this.upMs.length));
  }

  private credit(instance: number, untilMs: number): void {
    const from = Math.max(this.upSince[instance], this.warmupMs);
    if (untilMs > from) this.upMs[instance] += untilMs - from;
  }

  private advance(atMs: number): void {
    const seconds = this.bySecond.length;
    for (let second = Math.floor(this.lastMs / SECOND); second < seconds && second * SECOND < atMs; second++) {
      const from = Math.max(this.lastMs, second * SECOND);
      const to = Math.min(atMs, (second + 1) * SECOND);
      this.bySecond[second] += this.upCount * (to - from);
    }
    this.lastMs = atMs;
  }
}
