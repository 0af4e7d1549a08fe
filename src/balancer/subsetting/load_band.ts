/**
 * Finagle's controller of an aperture (LoadBand.scala): it keeps what is in flight per host used within a band. At
 * each start and end of an attempt the number in flight is taken into a moving average (util/Ema.scala); where that is,
 * per host, at `high` or above, the aperture widens by one host, at `low` or below it narrows by one.
 */
export class LoadBand {
  private readonly low: number;
  private readonly high: number;
  private readonly windowMs: number;
  private least = 0;
  private most = 0;
  private used = 0;
  private inFlight = 0;
  private average = 0;
  /** When the average was last brought up to date. NaN: never. */
  private atMs = Number.NaN;

  /** Throws a RangeError where the band is empty: such an aperture would never rest. */
  constructor(low: number, high: number, windowMs: number) {
    if (!(low < high)) throw new RangeError(`lowLoad must be less than highLoad, found ${low} and ${high}`);
    this.low = low;
    this.high = high;
    this.windowMs = windowMs;
  }

  /** How many hosts are used. */
  get width(): number {
    return this.used;
  }

  /** New hosts: from the fewest on. What is in flight, and its average, stay. */
  restart(least: number, most: number): void {
    this.least = least;
    this.most = most;
    this.used = least;
  }

  /** An attempt was sent. */
  started(nowMs: number): void {
    this.inFlight++;
    this.adjust(nowMs);
  }

  /** An attempt has ended. */
  ended(nowMs: number): void {
    this.inFlight--;
    this.adjust(nowMs);
  }

  private adjust(nowMs: number): void {
    const perHost = this.observe(nowMs) / this.used;
    if (perHost >= this.high && this.used < this.most) this.used++;
    else if (perHost <= this.low && this.used > this.least) this.used--;
  }

  /** Takes what is in flight into the average, the first as it is, and returns it. */
  private observe(nowMs: number): number {
    const first = Number.isNaN(this.atMs);
    const kept = first || this.windowMs === 0 ? 0 : Math.exp(-(nowMs - this.atMs) / this.windowMs);
    this.average = this.inFlight * (1 - kept) + this.average * kept;
    this.atMs = nowMs;
    return this.average;
  }
}
