/** The instance is in the caller's view. */
export const IN_VIEW = 1;
/** The caller believes in it: in view, healthy, not ejected; panic disregarded. */
export const GOOD = 2;
/** The caller's balancer may pick it; panic included. */
export const PICKABLE = 4;
/** The caller, which does not believe in it, lets single requests through to find out whether it is well. */
export const PROBING = 8;

/**
 * Where every (caller, instance) stands, one byte a pair, since a world may have ten million of them. All start at 0:
 * out of view, not believed in, not pickable.
 */
export class PairTable {
  readonly flags: Uint8Array;
  readonly callers: number;
  readonly instances: number;

  constructor(callers: number, instances: number) {
    this.callers = callers;
    this.instances = instances;
    this.flags = new Uint8Array(callers * instances);
  }

  set(pair: number, flag: number, on: boolean): void {
    if (on) this.flags[pair] |= flag;
    else this.flags[pair] &= ~flag;
  }

  has(pair: number, flag: number): boolean {
    return (this.flags[pair] & flag) !== 0;
  }
}
