import type { HashText } from '../../core/hash/hash_text.ts';
import type { Host } from '../host.ts';
import { HashRing } from './hash_ring.ts';
import { type NumberedHashes, numberedHashes } from './numbered_hashes.ts';

/** How a ring of Envoy or gRPC is made. */
export interface ProportionalRingRules {
  /** Points the ring has at least; `maximumSize` at most. */
  readonly minimumSize: number;
  readonly maximumSize: number;
  readonly hash: HashText;
}

/**
 * The ring of Envoy (ring_hash_lb.cc) and gRPC (A42), of at least one host: as many points as give the host of least
 * share a whole number of them and the ring its minimum size, and no more than the maximum. Points are handed out by
 * running sums, so fractions carry over to the next host, and on a small ring a host may get none. Points of a host are
 * the hashes of its hash key, an underscore and a number from 0. O(size).
 */
export function proportionalRing(hosts: readonly Host[], shares: Float64Array, rules: ProportionalRingRules): HashRing {
  const { minimumSize, maximumSize, hash } = rules;
  const least = shares.reduce((min, share) => Math.min(min, share), 1);
  const scale = Math.min(Math.ceil(least * minimumSize) / least, maximumSize);
  const hashes: NumberedHashes[] = [];
  const ends = new Uint32Array(hosts.length);
  let size = 0;
  let target = 0;
  for (let i = 0; i < hosts.length; i++) {
    target += scale * shares[i];
    const count = Math.max(0, Math.ceil(target) - size);
    hashes.push(numberedHashes(hosts[i].instance, hash, count));
    size += count;
    ends[i] = size;
  }
  const high = new Uint32Array(size);
  const low = new Uint32Array(size);
  const owner = new Uint32Array(size);
  for (let i = 0, point = 0; i < hosts.length; i++) {
    const from = point;
    for (; point < ends[i]; point++) {
      high[point] = hashes[i].high[point - from];
      low[point] = hashes[i].low[point - from];
      owner[point] = i;
    }
  }
  return new HashRing(size, high, low, owner);
}

/**
 * Weights divided by their sum. Weights that sum to 1 or less are such shares already and stay as they are: locality
 * weights have been folded in, and Envoy does not scale up what is left when a locality has no host.
 */
export function sharesOf(weights: Float64Array): Float64Array {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  // By a hair above 1: sums of shares are rounded.
  return sum <= 1 + 1e-9 ? weights : weights.map((weight) => weight / sum);
}
