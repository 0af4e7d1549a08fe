import { keyHashes } from '../../src/core/hash/key_hashes.ts';
import { xxh64 } from '../../src/core/hash/xxh64.ts';
import type { KeyText } from '../../src/core/key.ts';

/** Keys 0, 1, ... have these XXH64 hashes, whatever their texts: for goldens that name hashes. All others have their own. */
export function plantedKeys(hashes: readonly bigint[]): KeyText {
  const keyText: KeyText = (key) => String(key);
  const table = keyHashes(keyText, xxh64);
  hashes.forEach((hash, key) => {
    const at = table.at(key);
    table.high[at] = Number(hash >> 32n);
    table.low[at] = Number(hash & 0xffffffffn);
  });
  return keyText;
}
