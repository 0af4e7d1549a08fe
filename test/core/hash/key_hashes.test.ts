import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../src/core/hash/crc32.ts';
import type { HashText } from '../../../src/core/hash/hash_text.ts';
import { KeyHashes, keyHashes } from '../../../src/core/hash/key_hashes.ts';
import { xxh64 } from '../../../src/core/hash/xxh64.ts';
import { type Key, numberedKeys } from '../../../src/core/key.ts';

function lookUp(hashes: KeyHashes, key: Key): [number, number] {
  const at = hashes.at(key);
  return [hashes.high[at] >>> 0, hashes.low[at] >>> 0];
}

function hashOf(text: string): [number, number] {
  const into = new Uint32Array(2);
  xxh64(text, into);
  return [into[0], into[1]];
}

describe('key hashes', () => {
  it('hash each key once, however far apart the keys', () => {
    const asked: string[] = [];
    const counting: HashText = (text, into) => {
      asked.push(text);
      xxh64(text, into);
    };
    const hashes = new KeyHashes((key) => `customer ${key}`, counting);
    for (const key of [0, 1023, 1024, 70_000, 0, 1023, 1024, 70_000, 2 ** 22 - 1, 2 ** 22 - 1]) {
      expect(lookUp(hashes, key)).toEqual(hashOf(`customer ${key}`));
    }
    expect(asked).toHaveLength(5);
  });

  it('hash keys from 2^22 on each time, and remember nothing of them', () => {
    const hashes = new KeyHashes(numberedKeys, xxh64);
    expect(lookUp(hashes, 2 ** 22)).toEqual(hashOf('4194304'));
    expect(lookUp(hashes, 2 ** 40)).toEqual(hashOf('1099511627776'));
    expect(lookUp(hashes, 0)).toEqual(hashOf('0'));
    expect(hashes.high.length).toBe(1024);
  });

  it('are shared by all who ask for the same texts under the same hash', () => {
    const named = (key: Key): string => `k${key}`;
    expect(keyHashes(named, xxh64)).toBe(keyHashes(named, xxh64));
    expect(keyHashes(named, xxh64)).not.toBe(keyHashes(named, crc32));
    expect(keyHashes(named, xxh64)).not.toBe(keyHashes((key) => `k${key}`, xxh64));
  });
});
