import type { HashText } from '../../core/hash/hash_text.ts';
import type { Instance } from '../../core/instance.ts';
import { hashKeyOf } from './hash_key.ts';

/** The hashes of `<hash key>_0`, `<hash key>_1`, ... of one instance, as far as they have been asked for. */
export interface NumberedHashes {
  high: Uint32Array;
  low: Uint32Array;
}

const known = new WeakMap<HashText, WeakMap<Instance, NumberedHashes>>();
const halves = new Uint32Array(2);

/** At least `count` hashes of the instance; computed once for all callers, workers and rebuilds that see it. */
export function numberedHashes(instance: Instance, hash: HashText, count: number): NumberedHashes {
  const ofHash = known.get(hash) ?? new WeakMap<Instance, NumberedHashes>();
  known.set(hash, ofHash);
  const hashes = ofHash.get(instance) ?? { high: new Uint32Array(0), low: new Uint32Array(0) };
  ofHash.set(instance, hashes);
  const before = hashes.high.length;
  if (before >= count) return hashes;
  const { high, low } = hashes;
  hashes.high = new Uint32Array(count);
  hashes.low = new Uint32Array(count);
  hashes.high.set(high);
  hashes.low.set(low);
  const key = hashKeyOf(instance);
  for (let i = before; i < count; i++) {
    hash(`${key}_${i}`, halves);
    hashes.high[i] = halves[0];
    hashes.low[i] = halves[1];
  }
  return hashes;
}
