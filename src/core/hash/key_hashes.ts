import type { Key, KeyText } from '../key.ts';
import type { HashText } from './hash_text.ts';

/** Keys from this on are hashed each time and not kept: 2^22 keys of 9 bytes are 38 MB. */
const LIMIT = 2 ** 22;

/**
 * The hashes of keys, each computed once. Read `high` and `low` at the index `at` gave; both arrays are replaced when
 * they grow, so read them anew after `at`. Signed, since a number from 2^31 on is an object where a call takes it.
 */
export class KeyHashes {
  high = new Int32Array(1024);
  low = new Int32Array(1024);
  /** 1 where the hash is there. Place 0 is for keys that are not kept, and never known. */
  private known = new Uint8Array(1024);
  private readonly keyText: KeyText;
  private readonly hash: HashText;
  private readonly halves = new Uint32Array(2);

  constructor(keyText: KeyText, hash: HashText) {
    this.keyText = keyText;
    this.hash = hash;
  }

  /** Index of the halves of the key's hash. The key is not `NO_KEY`. Allocates only when a key is new. */
  at(key: Key): number {
    const index = key + 1;
    return this.known[index] === 1 ? index : this.learn(key);
  }

  private learn(key: Key): number {
    const kept = key < LIMIT;
    const index = kept ? key + 1 : 0;
    if (index >= this.known.length) this.grow(index);
    this.hash(this.keyText(key), this.halves);
    this.high[index] = this.halves[0];
    this.low[index] = this.halves[1];
    if (kept) this.known[index] = 1;
    return index;
  }

  private grow(index: number): void {
    const length = 2 * (index + 1);
    const { high, low, known } = this;
    this.high = new Int32Array(length);
    this.low = new Int32Array(length);
    this.known = new Uint8Array(length);
    this.high.set(high);
    this.low.set(low);
    this.known.set(known);
  }
}

const tables = new WeakMap<KeyText, Map<HashText, KeyHashes>>();

/** The table of these keys under this hash: one for all strategies that ask with the same functions. */
export function keyHashes(keyText: KeyText, hash: HashText): KeyHashes {
  const ofKeys = tables.get(keyText) ?? new Map<HashText, KeyHashes>();
  tables.set(keyText, ofKeys);
  const table = ofKeys.get(hash) ?? new KeyHashes(keyText, hash);
  ofKeys.set(hash, table);
  return table;
}
