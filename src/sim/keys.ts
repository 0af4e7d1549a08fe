import { aliasTable } from '../core/alias.ts';
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
