import { type Key, NO_KEY } from '../core/key.ts';
import type { Random } from '../core/random.ts';
import type { KeyLaw } from './config.ts';

/** Draws the key of each request: key k of a Zipf law has probability proportional to 1 / (k + 1)^exponent. */
export function keySampler(law: KeyLaw | null, random: Random): () => Key {
  if (law === null) return () => NO_KEY;
  if (law.kind === 'uniform') return () => random.int(law.count);
  const { threshold, alias } = aliasTable(Float64Array.from({ length: law.count }, (_, k) => (k + 1) ** -law.exponent));
  return () => {
    const column = random.int(law.count);
    return random.unit() < threshold[column] ? column : alias[column];
  };
}

/** Vose's alias method ("A linear algorithm for generating random numbers with a given distribution", 1991): one draw in O(1). */
function aliasTable(weights: Float64Array): { threshold: Float64Array; alias: Int32Array } {
  const n = weights.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const threshold = weights.map((weight) => (weight * n) / total);
  const alias = new Int32Array(n);
  const small: number[] = [];
  const large: number[] = [];
  for (let i = 0; i < n; i++) (threshold[i] < 1 ? small : large).push(i);
  while (small.length > 0 && large.length > 0) {
    const poor = small.pop() as number;
    const rich = large[large.length - 1];
    alias[poor] = rich;
    threshold[rich] -= 1 - threshold[poor];
    if (threshold[rich] < 1) small.push(large.pop() as number);
  }
  // What rounding left over fills its own column.
  for (const i of small) threshold[i] = 1;
  for (const i of large) threshold[i] = 1;
  return { threshold, alias };
}
