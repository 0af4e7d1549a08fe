import alea from 'seedrandom/lib/alea.js';
import { exponentialZiggurat } from './ziggurat.ts';

/** A stream of random numbers. One call of `uint32` or `int` is one raw draw, so that a scripted stream can stand in for a real system's. */
export interface Random {
  /** A whole number in [0, 2^32). */
  uint32(): number;
  /** A double in [0, 1) with 53 random bits. */
  unit(): number;
  /** A whole number in [0, n): one raw draw modulo n, as Envoy does it (bias below n / 2^32). */
  int(n: number): number;
  /** An exponential variate with this mean. */
  exponential(mean: number): number;
  /** An independent stream named `<this name>/<label>`. It depends on the name alone, never on draws made so far. */
  fork(label: string): Random;
}

/**
 * The stream of that name. Equal names give equal streams; different names give independent ones.
 * Baagoe's Alea, seeded by the name: of seedrandom's generators it is both quick and uncorrelated between similar names.
 */
export function randomStream(name: string): Random {
  const next = alea(name);
  const { int32, double } = next;
  return {
    uint32: () => int32() >>> 0,
    unit: double,
    int: (n) => (int32() >>> 0) % n,
    exponential: (mean) => mean * exponentialZiggurat(int32),
    fork: (label) => randomStream(`${name}/${label}`),
  };
}
