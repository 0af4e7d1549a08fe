import type { Host } from '../host.ts';

/** May be used any number of times: more than anybody could within the life of an answer. */
export const UNLIMITED = 2 ** 30;

/**
 * Prequal's pool of probe answers, in the order they came: the oldest is at place 0. One answer a host, the latest; a full
 * pool lets go of its oldest.
 */
export class ProbePool {
  /** The time now, in milliseconds: to be set before `add` and `dropOlder`. In an array, since a fraction passed might have to be allocated. */
  readonly now = new Float64Array(1);
  readonly hosts: Host[] = [];
  /** Requests in flight as the host said, and those sent to it since. */
  readonly rif: Int32Array;
  readonly latencyMs: Float64Array;
  private readonly receivedAtMs: Float64Array;
  private readonly usesLeft: Int32Array;
  private readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.rif = new Int32Array(capacity);
    this.latencyMs = new Float64Array(capacity);
    this.receivedAtMs = new Float64Array(capacity);
    this.usesLeft = new Int32Array(capacity);
  }

  get size(): number {
    return this.hosts.length;
  }

  add(host: Host, rif: number, latencyMs: number, uses: number): void {
    const known = this.placeOf(host);
    if (known !== -1) this.removeAt(known);
    else if (this.size === this.capacity) this.removeAt(0);
    const place = this.hosts.push(host) - 1;
    this.rif[place] = rif;
    this.latencyMs[place] = latencyMs;
    this.receivedAtMs[place] = this.now[0];
    this.usesLeft[place] = uses;
  }

  /** Lets go of answers received longer ago than this. */
  dropOlder(ageMs: number): void {
    const oldest = this.now[0] - ageMs;
    while (this.size > 0 && this.receivedAtMs[0] < oldest) this.removeAt(0);
  }

  dropUnless(keeps: (host: Host) => boolean): void {
    for (let place = this.size - 1; place >= 0; place--) if (!keeps(this.hosts[place])) this.removeAt(place);
  }

  /** Counts a use of the answer, and lets go of it with its last one. */
  use(place: number): void {
    if (--this.usesLeft[place] === 0) this.removeAt(place);
  }

  /** A request was sent to the host. */
  countSend(host: Host): void {
    const place = this.placeOf(host);
    if (place !== -1) this.rif[place]++;
  }

  /** The hot-cold rule, in a pool that is not empty: of the cold answers (at most `limit` in flight) that of the lowest latency; where all are hot, that of the fewest in flight. The oldest among equals. */
  best(limit: number): number {
    const { rif, latencyMs, size } = this;
    let best = 0;
    for (let place = 1; place < size; place++) {
      const cold = rif[place] <= limit;
      if (rif[best] <= limit) {
        if (cold && latencyMs[place] < latencyMs[best]) best = place;
      } else if (cold || rif[place] < rif[best]) best = place;
    }
    return best;
  }

  /** The same rule reversed: of the hot answers that with the most in flight; where all are cold, that of the highest latency. */
  worst(limit: number): number {
    const { rif, latencyMs, size } = this;
    let worst = 0;
    for (let place = 1; place < size; place++) {
      const hot = rif[place] > limit;
      if (rif[worst] > limit) {
        if (hot && rif[place] > rif[worst]) worst = place;
      } else if (hot || latencyMs[place] > latencyMs[worst]) worst = place;
    }
    return worst;
  }

  /** Those behind move up. */
  removeAt(place: number): void {
    const { hosts, rif, latencyMs, receivedAtMs, usesLeft } = this;
    const last = this.size - 1;
    for (let i = place; i < last; i++) {
      hosts[i] = hosts[i + 1];
      rif[i] = rif[i + 1];
      latencyMs[i] = latencyMs[i + 1];
      receivedAtMs[i] = receivedAtMs[i + 1];
      usesLeft[i] = usesLeft[i + 1];
    }
    hosts.pop();
  }

  private placeOf(host: Host): number {
    // A plain loop over a handful: indexOf on objects is slower.
    for (let place = 0; place < this.hosts.length; place++) if (this.hosts[place] === host) return place;
    return -1;
  }
}
