import type { HashText } from '../../core/hash/hash_text.ts';
import type { Instance } from '../../core/instance.ts';
import type { KeyOfPoints } from './hash_key.ts';

const known = new WeakMap<HashText, WeakMap<KeyOfPoints, WeakMap<Instance, Uint32Array>>>();
const halves = new Uint32Array(2);

/**
 * At least `count` hashes of the instance, of `<key>_0`, `<key>_1`, ...: of each its high half, then its low one.
 * Computed once for all callers, workers and rebuilds that see it.
 */
export function numberedHashes(instance: Instance, keyOf: KeyOfPoints, hash: HashText, count: number): Uint32Array {
  const ofKey = hashesBy(keyOf, hash);
  const before = ofKey.get(instance);
  if (before !== undefined && before.length >= 2 * count) return before;
  const hashes = new Uint32Array(2 * count);
  if (before !== undefined) hashes.set(before);
  const key = keyOf(instance);
  for (let i = before === undefined ? 0 : before.length / 2; i < count; i++) {
    hash(`${key}_${i}`, halves);
    hashes[2 * i] = halves[0];
    hashes[2 * i + 1] = halves[1];
  }
  ofKey.set(instance, hashes);
  return hashes;
}

function hashesBy(keyOf: KeyOfPoints, hash: HashText): WeakMap<Instance, Uint32Array> {
  const ofHash = known.get(hash) ?? new WeakMap<KeyOfPoints, WeakMap<Instance, Uint32Array>>();
  known.set(hash, ofHash);
  const ofKey = ofHash.get(keyOf) ?? new WeakMap<Instance, Uint32Array>();
  ofHash.set(keyOf, ofKey);
  return ofKey;
}
