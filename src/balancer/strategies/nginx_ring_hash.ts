import { crc32, crc32Of } from '../../core/hash/crc32.ts';
import { type KeyHashes, keyHashes } from '../../core/hash/key_hashes.ts';
import type { Instance } from '../../core/instance.ts';
import { type Key, type KeyText, NO_KEY } from '../../core/key.ts';
import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Host } from '../host.ts';
import { type HashRing, sortedRing } from '../parts/hash_ring.ts';
import { memberWeights } from '../parts/member_weights.ts';
import { type NginxFailures, USUAL_FAILURES } from '../parts/nginx_failures.ts';
import { takesPart } from '../parts/taking_part.ts';
import { beginning, type Explain, hashWords, hex32, ruled } from '../pick_reason.ts';
import type { RequestUnderWay, Strategy, StrategyPorts, WeightOf } from '../strategy.ts';
import { SmoothRoundRobin } from './smooth_round_robin.ts';

const POINTS_PER_WEIGHT = 160;
/** The most points Envoy's ring may have (ring_hash.proto, maximum_ring_size); nginx has no limit but memory. */
const MAX_POINTS = 8_388_608;
/** Points that are passed over before round robin takes the request. */
const MAX_TRIES = 20;

/**
 * nginx's `hash ... consistent` (ngx_http_upstream_hash_module.c): 160 points a unit of weight for all members, found by
 * address; the first point at the key's CRC-32 or after it. Hosts of one address share their points and take turns, in
 * rounds of their own but of the same weights that round robin goes by. A point all whose hosts cannot be picked, or were
 * tried for this request, is passed over for the next one; after 20 of them over all tries of the request, and for
 * requests without a key or with an empty one, it is round robin.
 *
 * Weights are whole numbers in nginx. Here a host of any weight has a point, and weights that make more than 8,388,608
 * points are scaled down together to make that many.
 */
export class NginxRingHash implements Strategy {
  private readonly keyText: KeyText;
  private readonly hashes: KeyHashes;
  /** Its memory: points passed over. */
  private readonly request: RequestUnderWay;
  /** For requests without a key, and those that met with too many points in vain. */
  private readonly everybody: SmoothRoundRobin;
  private readonly failures: NginxFailures;
  /** Per address on the ring, those that can be picked. */
  private owners: (readonly Host[])[] = [];
  /** What the ring was made of, by address. */
  private points: readonly Uint32Array[] = [];
  private ring: HashRing | null = null;

  constructor({ keyText, request }: StrategyPorts, failures = USUAL_FAILURES) {
    this.keyText = keyText;
    this.hashes = keyHashes(keyText, crc32);
    this.request = request;
    this.failures = failures;
    this.everybody = new SmoothRoundRobin(failures);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.everybody.rebuild(members, eligible, weightOf);
    const usable = new Set(eligible);
    const groups = [...groupByAddress(members).values()];
    // Equal points count once, so of those at one address the heaviest decides.
    const weightNow = memberWeights(weightOf, usable);
    const counts = pointCounts(groups.map((hosts) => hosts.reduce((most, host) => Math.max(most, weightNow(host)), 0)));
    const points = groups.map(([{ instance }], i) => pointsOf(instance, counts[i]).subarray(0, counts[i]));
    this.owners = groups.map((hosts) => hosts.filter((host) => usable.has(host)));
    // Health changes nothing of the ring.
    if (this.ring === null || !sameArrays(points, this.points)) this.ring = ringOf(points);
    this.points = points;
  }

  pick(key: Key): Host | null {
    this.request.memory = 0;
    return this.found(key, false) ?? this.everybody.pick();
  }

  pickAnother(key: Key): Host | null {
    return this.found(key, true) ?? this.everybody.pickAnother();
  }

  /** Who has found nobody among the others goes to the backups in turn. */
  forBackups(): SmoothRoundRobin {
    return new SmoothRoundRobin(this.failures);
  }

  /** Who is found on the ring; null where it is round robin. */
  private found(key: Key, passesTried: boolean): Host | null {
    const point = this.pointOf(key);
    if (point === -1) return null;
    const { owners, everybody, request } = this;
    const ring = this.ring as HashRing;
    for (; request.memory <= MAX_TRIES; request.memory++) {
      const owner = ring.owner[(point + request.memory) % ring.size];
      const host = everybody.pickAmong(owners[owner], passesTried);
      if (host !== null) return host;
    }
    return null;
  }

  /** The point a key leads to; -1: there is no key. */
  private pointOf(key: Key): number {
    if (key === NO_KEY) return -1;
    const at = this.hashes.at(key);
    const hash = this.hashes.low[at];
    return hash === 0 && this.keyText(key) === '' ? -1 : (this.ring as HashRing).successor(hash, 0);
  }

  explainNext(key: Key, _attempt: number, another: boolean): Explain {
    const inTurn = this.everybody.explainNext();
    const point = this.pointOf(key);
    if (point === -1) return beginning(`${key === NO_KEY ? 'no key' : 'an empty key'}, so round robin`, inTurn);
    const ring = this.ring as HashRing;
    for (let passed = another ? this.request.memory : 0; passed <= MAX_TRIES; passed++) {
      const index = ring.owner[(point + passed) % ring.size];
      const owners = this.owners[index];
      if (!owners.some((host) => takesPart(host, another))) continue;
      const way = ring.wayTo(index, point, 'that cannot be picked, are full or were tried');
      const at = this.hashes.at(key);
      const found = `${hashWords(key, hex32(this.hashes.low[at]))} leads to ${way}`;
      if (owners.length === 1) return () => ruled(found);
      return beginning(`${found}, of several hosts`, this.everybody.explainAmong(owners));
    }
    return beginning(`${MAX_TRIES + 1} points in vain, so round robin`, inTurn);
  }

  onStart(): void {}

  onEnd(host: Host, latencyMs: number, outcome: Outcome, report: LoadReport | null): void {
    this.everybody.onEnd(host, latencyMs, outcome, report);
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
  const [, socket, host, port] = /^unix:(.*)$|^(.*?)(?::(\d*))?$/is.exec(instance.address) as RegExpExecArray;
  const base = crc32Of(new TextEncoder().encode(`${socket ?? host}\0${port ?? ''}`));
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
