import type { HashText } from '../../core/hash/hash_text.ts';
import type { Instance } from '../../core/instance.ts';
import { hashKeyOf } from './hash_key.ts';

const known = new WeakMap<HashText, WeakMap<Instance, Uint32Array>>();
const halves = new Uint32Array(2);

/**
 * At least `count` hashes of the instance, of `<hash key>_0`, `<hash key>_1`, ...: of each its high half, then its low one.
 * Computed once for all callers, workers and rebuilds that see it.
 */
export function numberedHashes(instance: Instance, hash: HashText, count: number): Uint32Array {
  let ofHash = known.get(hash);
  if (ofHash === undefined) {
    ofHash = new WeakMap();
    known.set(hash, ofHash);
  }
  const before = ofHash.get(instance);
  if (before !== undefined && before.length >= 2 * count) return before;
  const hashes = new Uint32Array(2 * count);
  if (before !== undefined) hashes.set(before);
  const key = hashKeyOf(instance);
  for (let i = before === undefined ? 0 : before.length / 2; i < count; i++) {
    hash(`${key}_${i}`, halves);
    hashes[2 * i] = halves[0];
    hashes[2 * i + 1] = halves[1];
  }
  ofHash.set(instance, hashes);
  return hashes;
}
