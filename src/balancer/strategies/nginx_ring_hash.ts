import { crc32, crc32Of } from '../../core/hash/crc32.ts';
import { type KeyHashes, keyHashes } from '../../core/hash/key_hashes.ts';
import type { Instance } from '../../core/instance.ts';
import { type Key, type KeyText, NO_KEY } from '../../core/key.ts';
import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Host } from '../host.ts';
import { type HashRing, sortedRing } from '../parts/hash_ring.ts';
import { memberWeights } from '../parts/member_weights.ts';
import { TriedHosts } from '../parts/tried_hosts.ts';
import { beginning, type Explain, hashWords, hex32, ruled } from '../pick_reason.ts';
import type { Strategy, StrategyPorts, WeightOf } from '../strategy.ts';
import { SmoothRoundRobin } from './smooth_round_robin.ts';

const POINTS_PER_WEIGHT = 160;
/** The most points Envoy's ring may have (ring_hash.proto, maximum_ring_size); nginx has no limit but memory. */
const MAX_POINTS = 8_388_608;
/** Points that are passed over before round robin takes the request. */
const MAX_TRIES = 20;

/**
 * nginx's `hash ... consistent` (ngx_http_upstream_hash_module.c): 160 points a unit of weight for all members, found by
 * address; the first point at the key's CRC-32 or after it. A point whose host cannot be picked, or has turned this
 * request down, is passed over for the next one; after 20 of them, and for requests without a key or with an empty one,
 * it is round robin. Hosts of one address share their points and take turns.
 *
 * Weights are whole numbers in nginx. Here a host of any weight has a point, and weights that make more than 8,388,608
 * points are scaled down together to make that many.
 */
export class NginxRingHash implements Strategy {
  private readonly keyText: KeyText;
  private readonly hashes: KeyHashes;
  /** For requests without a key, and those that met with too many points in vain. */
  private readonly everybody = new SmoothRoundRobin();
  /** Per address on the ring: its one host, or those that take turns; null where none can be picked. */
  private owners: (Host | SmoothRoundRobin | null)[] = [];
  private turns = new Map<string, SmoothRoundRobin>();
  /** What the ring was made of, by address. */
  private points: readonly Uint32Array[] = [];
  private ring: HashRing | null = null;
  private tried = new TriedHosts(0);

  constructor({ keyText }: StrategyPorts) {
    this.keyText = keyText;
    this.hashes = keyHashes(keyText, crc32);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.everybody.rebuild(members, eligible, weightOf);
    const usable = new Set(eligible);
    const byAddress = groupByAddress(members);
    const turns = new Map<string, SmoothRoundRobin>();
    const groups = [...byAddress.values()];
    // Equal points count once, so of those at one address the heaviest decides.
    const weightNow = memberWeights(weightOf, usable);
    const counts = pointCounts(groups.map((hosts) => hosts.reduce((most, host) => Math.max(most, weightNow(host)), 0)));
    const points = groups.map(([{ instance }], i) => pointsOf(instance, counts[i]).subarray(0, counts[i]));
    this.owners = [];
    for (const [address, hosts] of byAddress) {
      const present = hosts.filter((host) => usable.has(host));
      if (hosts.length > 1) {
        const inTurn = this.turns.get(address) ?? new SmoothRoundRobin();
        inTurn.rebuild(hosts, present, weightOf);
        turns.set(address, inTurn);
      }
      this.owners.push(present.length === 0 ? null : (turns.get(address) ?? present[0]));
    }
    this.turns = turns;
    // Health changes nothing of the ring.
    if (this.ring === null || !sameArrays(points, this.points)) this.ring = ringOf(points);
    this.points = points;
    this.tried = new TriedHosts(this.owners.length);
  }

  pick(key: Key, attempt: number): Host {
    const ring = this.ring as HashRing;
    if (key === NO_KEY) return this.everybody.pick();
    const at = this.hashes.at(key);
    const hash = this.hashes.low[at];
    if (hash === 0 && this.keyText(key) === '') return this.everybody.pick();
    const { owners, tried } = this;
    let point = ring.successor(hash, 0);
    let left = attempt;
    tried.forget();
    for (let tries = 0; tries <= MAX_TRIES; tries++) {
      const index = ring.owner[point];
      const owner = owners[index];
      if (owner !== null && !tried.has(index)) {
        if (left === 0) return owner instanceof SmoothRoundRobin ? owner.pick() : owner;
        left--;
        tried.add(index);
      }
      point = ring.next(point);
    }
    return this.everybody.pick();
  }

  explainNext(key: Key, attempt: number): Explain {
    const index = this.ownerFor(key, attempt);
    if (index === -1) {
      const why =
        key === NO_KEY ? 'no key' : this.keyText(key) === '' ? 'an empty key' : `${MAX_TRIES + 1} points in vain`;
      return beginning(`${why}, so round robin`, this.everybody.explainNext());
    }
    const ring = this.ring as HashRing;
    const at = this.hashes.at(key);
    const hash = this.hashes.low[at];
    const way = ring.wayTo(index, ring.successor(hash, 0), 'that cannot be picked or were tried');
    const found = `${hashWords(key, hex32(hash))} leads to ${way}`;
    const owner = this.owners[index];
    if (owner instanceof SmoothRoundRobin) return beginning(`${found}, of several hosts`, owner.explainNext());
    return () => ruled(found);
  }

  /** Whose points are to take the request, by `owners`, as `pick` finds out; -1 where it is round robin. Allocates. */
  private ownerFor(key: Key, attempt: number): number {
    if (key === NO_KEY || this.keyText(key) === '') return -1;
    const ring = this.ring as HashRing;
    const at = this.hashes.at(key);
    const found = new Set<number>();
    let point = ring.successor(this.hashes.low[at], 0);
    for (let tries = 0; tries <= MAX_TRIES; tries++) {
      if (this.owners[ring.owner[point]] !== null) found.add(ring.owner[point]);
      point = ring.next(point);
    }
    return [...found][attempt] ?? -1;
  }

  onStart(): void {}

  onEnd(host: Host, latencyMs: number, outcome: Outcome, report: LoadReport | null): void {
    this.everybody.onEnd(host, latencyMs, outcome, report);
    if (this.turns.size > 0) this.turns.get(host.instance.address)?.onEnd(host, latencyMs, outcome, report);
  }
}

/** In the order of each address's first host. */
function groupByAddress(hosts: readonly Host[]): Map<string, Host[]> {
  const groups = new Map<string, Host[]>();
  for (const host of hosts) {
    const group = groups.get(host.instance.address);
    if (group === undefined) groups.set(host.instance.address, [host]);
    else group.push(host);
  }
  return groups;
}

/** How many points hosts of these weights have; of weight 0, none. */
export function pointCounts(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const perWeight = Math.min(POINTS_PER_WEIGHT, MAX_POINTS / total);
  return weights.map((weight) => (weight > 0 ? Math.max(1, Math.round(perWeight * weight)) : 0));
}

/** Whether these are the same parts of the same memory, one by one. */
function sameArrays(a: readonly Uint32Array[], b: readonly Uint32Array[]): boolean {
  return a.length === b.length && a.every(({ buffer, length }, i) => buffer === b[i].buffer && length === b[i].length);
}

/** All points but those whose place somebody declared earlier has. */
function ringOf(points: readonly Uint32Array[]): HashRing {
  const all = points.reduce((sum, { length }) => sum + length, 0);
  const place = new Uint32Array(all);
  const owner = new Uint32Array(all);
  let size = 0;
  points.forEach((own, index) => {
    place.set(own, size);
    owner.fill(index, size, size + own.length);
    size += own.length;
  });
  return sortedRing(size, place, new Uint32Array(size), owner, true);
}

const known = new WeakMap<Instance, Uint32Array>();

/** At least `count` points: each the CRC-32 of host, a zero byte, port and the point before, low byte first. */
function pointsOf(instance: Instance, count: number): Uint32Array {
  const before = known.get(instance);
  if (before !== undefined && before.length >= count) return before;
  const [, host, port] = /^(.*?)(?::(\d*))?$/s.exec(instance.address) as RegExpExecArray;
  const base = crc32Of(new TextEncoder().encode(`${host}\0${port ?? ''}`));
  const points = new Uint32Array(count);
  const last = new Uint8Array(4);
  const view = new DataView(last.buffer);
  for (let i = 0; i < count; i++) {
    points[i] = crc32Of(last, base);
    view.setUint32(0, points[i], true);
  }
  known.set(instance, points);
  return points;
}
