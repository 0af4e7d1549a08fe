/** What impairs an instance. */
const NOTHING = 0;
const SLOWNESS = 1;
const ERRORS = 2;

/**
 * Which instances a failure detector is right to believe in: those that are up, unimpaired and not being restarted on
 * purpose. The truth that every source of verdicts is held against.
 */
export class Soundness {
  /** By instance: since when it has been sound, where it is. */
  readonly since: Float64Array;
  private readonly up: Uint8Array;
  private readonly planned: Uint8Array;
  private readonly impairedBy: Uint8Array;

  constructor(instances: number) {
    this.up = new Uint8Array(instances).fill(1);
    this.planned = new Uint8Array(instances);
    this.impairedBy = new Uint8Array(instances);
    this.since = new Float64Array(instances);
  }

  has(instance: number): boolean {
    return this.up[instance] === 1 && this.planned[instance] === 0 && this.impairedBy[instance] === NOTHING;
  }

  /** What it is removed for where it is up, not being restarted, and not itself; null elsewhere. */
  impairment(instance: number): 'slow' | 'errors' | null {
    if (this.up[instance] === 0 || this.planned[instance] === 1 || this.impairedBy[instance] === NOTHING) return null;
    return this.impairedBy[instance] === ERRORS ? 'errors' : 'slow';
  }

  // Each says whether the instance has become sound, or is so no longer.

  truth(atMs: number, instance: number, up: boolean): boolean {
    return this.turn(atMs, instance, this.up, up ? 1 : 0);
  }

  plan(atMs: number, instance: number, planned: boolean): boolean {
    return this.turn(atMs, instance, this.planned, planned ? 1 : 0);
  }

  /**
   * `kind` is the kind of the fault that impairs it; null when it is itself again. Said again while it is impaired, when
   * another fault's kind takes over, it changes what removals are listed under, and nothing else.
   */
  impair(atMs: number, instance: number, kind: string | null): boolean {
    return this.turn(atMs, instance, this.impairedBy, kind === null ? NOTHING : kind === 'errors' ? ERRORS : SLOWNESS);
  }

  private turn(atMs: number, instance: number, aspect: Uint8Array, value: number): boolean {
    const wasSound = this.has(instance);
    aspect[instance] = value;
    const isSound = this.has(instance);
    if (isSound && !wasSound) this.since[instance] = atMs;
    return isSound !== wasSound;
  }
}
