import type { HashText } from '../../core/hash/hash_text.ts';
import type { Host } from '../host.ts';
import type { WeightOf } from '../strategy.ts';
import { hashKeyOf, type KeyOfPoints } from './hash_key.ts';
import { type HashRing, sortedRing } from './hash_ring.ts';
import { numberedHashes } from './numbered_hashes.ts';
import { RecentRings } from './recent_rings.ts';

/** How a ring of Envoy or gRPC is made. */
export interface ProportionalRingRules {
  /** Points the ring has at least; `maximumSize` at most. */
  readonly minimumSize: number;
  readonly maximumSize: number;
  readonly hash: HashText;
  /** `hashKeyOf` unless told otherwise. */
  readonly keyOf?: KeyOfPoints;
}

/**
 * The ring of Envoy (ring_hash_lb.cc) and gRPC (A42), of at least one host: as many points as give the host of least
 * share a whole number of them and the ring its minimum size, and no more than the maximum. Points are handed out by
 * running sums, so fractions carry over to the next host, and on a small ring a host may get none. Points of a host are
 * the hashes of its key, an underscore and a number from 0.
 *
 * `shares` sum to 1, or less, and are kept. O(size), or O(n) where the same ring was made lately: callers and workers that see the
 * same hosts share it, as all threads of Envoy do. Its owners are indexes of `hosts`.
 */
export function proportionalRing(hosts: readonly Host[], shares: Float64Array, rules: ProportionalRingRules): HashRing {
  const keys = hosts.map(({ instance }) => (rules.keyOf ?? hashKeyOf)(instance));
  return recent.get({ keys, shares, rules }, () => newRing(hosts, shares, rules));
}

/** What a ring is made of. */
interface Recipe {
  readonly keys: readonly string[];
  readonly shares: Float64Array;
  readonly rules: ProportionalRingRules;
}

/** Two of the largest rings, or many of the usual ones. */
const recent = new RecentRings<Recipe>(isSame, 64, 2 ** 24);

function isSame(a: Recipe, b: Recipe): boolean {
  return (
    a.rules.hash === b.rules.hash &&
    a.rules.minimumSize === b.rules.minimumSize &&
    a.rules.maximumSize === b.rules.maximumSize &&
    a.keys.length === b.keys.length &&
    a.keys.every((key, i) => a.shares[i] === b.shares[i] && key === b.keys[i])
  );
}

function newRing(hosts: readonly Host[], shares: Float64Array, rules: ProportionalRingRules): HashRing {
  const { minimumSize, maximumSize, hash, keyOf = hashKeyOf } = rules;
  const least = shares.reduce((min, share) => Math.min(min, share), 1);
  const scale = Math.min(Math.ceil(least * minimumSize) / least, maximumSize);
  const hashes: Uint32Array[] = [];
  const ends = new Uint32Array(hosts.length);
  let size = 0;
  let target = 0;
  for (let i = 0; i < hosts.length; i++) {
    target += scale * shares[i];
    const count = Math.max(0, Math.ceil(target) - size);
    hashes.push(numberedHashes(hosts[i].instance, keyOf, hash, count));
    size += count;
    ends[i] = size;
  }
  const high = new Uint32Array(size);
  const low = new Uint32Array(size);
  const owner = new Uint32Array(size);
  for (let i = 0, point = 0; i < hosts.length; i++) {
    const from = point;
    for (; point < ends[i]; point++) {
      high[point] = hashes[i][2 * (point - from)];
      low[point] = hashes[i][2 * (point - from) + 1];
      owner[point] = i;
    }
  }
  return sortedRing(size, high, low, owner);
}

/**
 * The hosts' weights divided by their sum, so that their unit makes no difference; or by what they are said to be parts
 * of. So in Envoy weights with those of localities folded in sum to less than 1 where nobody in some locality can be
 * picked, which makes a smaller ring, and fewer slots of bounded load.
 */
export function sharesOf(hosts: readonly Host[], weightOf: WeightOf): Float64Array {
  const weights = Float64Array.from(hosts, weightOf);
  const { whole } = weightOf;
  if (whole !== undefined) return weights.map((weight) => weight / whole);
  // A sum of tenths is rounded, and a share that is off by the last bit can make one point more.
  if (weights.every((weight) => weight === weights[0])) return weights.map(() => 1 / weights.length);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
