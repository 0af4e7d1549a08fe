import alea from 'seedrandom/lib/alea.js';
import { exponentialZiggurat } from './ziggurat.ts';

/** A stream of random numbers. One call of `uint32`, `int32`, `int` or `uint64` is one raw draw, so that a scripted stream can stand in for a real system's. */
export interface Random {
  /** A whole number in [0, 2^32). */
  uint32(): number;
  /** The same 32 bits as a signed integer. For hot code: engines keep it as a small integer, and half of all `uint32` as objects. */
  int32(): number;
  /** Random bits in both of these halves, for a system whose raw draw has 64 and looks at more than a remainder of it. */
  uint64(halves: Int32Array): void;
  /** A double in [0, 1) with 53 random bits. */
  unit(): number;
  /** A whole number in [0, n), n a whole number below 2^32: one raw draw modulo n, as Envoy does it (bias below n / 2^32). */
  int(n: number): number;
  /** An exponential variate with this mean. */
  exponential(mean: number): number;
  /** An independent stream named `<this name>/<label>`. It depends on the name alone, never on draws made so far. */
  fork(label: string): Random;
}

/** The stream of that name. Equal names give equal streams; different names give independent ones. */
export function randomStream(name: string): Random {
  return new AleaStream(name);
}

/** Alea's multiplier: below 2^21, so that a product with 32 bits, and a carry added, is exact in a double. */
const MULTIPLIER = 2091639;
const INV_2_32 = 2 ** -32;
const INV_2_53 = 2 ** -53;

/**
 * Baagoe's Alea, seeded by the name: of seedrandom's generators it is both quick and uncorrelated between similar names.
 * It is Marsaglia's multiply-with-carry of lag 3 in base 2^32: x[i] = a x[i-3] + carry modulo 2^32, the carry what is over.
 *
 * The library seeds it; its steps are taken here. The library keeps its numbers as fractions in a closure for each
 * stream; as 32-bit integers in an object they are never boxed, and the compiler can put a draw into the pick that asks.
 */
class AleaStream implements Random {
  private readonly name: string;
  // The last three numbers, as signed integers: a number that is no small integer would be an object on the heap.
  private third = 0;
  private second = 0;
  private last = 0;
  private carry = 0;

  constructor(name: string) {
    const { s0, s1, s2, c } = alea(name, { state: true }).state();
    this.name = name;
    this.third = (s0 * 2 ** 32) | 0;
    this.second = (s1 * 2 ** 32) | 0;
    this.last = (s2 * 2 ** 32) | 0;
    this.carry = c;
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  int32(): number {
    const product = MULTIPLIER * (this.third >>> 0) + this.carry;
    this.third = this.second;
    this.second = this.last;
    this.last = product | 0;
    this.carry = (product * INV_2_32) | 0;
    return this.last;
  }

  uint64(halves: Int32Array): void {
    halves[0] = this.int32();
    halves[1] = this.int32();
  }

  unit(): number {
    return (this.int32() >>> 0) * INV_2_32 + (this.int32() >>> 11) * INV_2_53;
  }

  int(n: number): number {
    // Both sides and the remainder said to be 32-bit integers: otherwise it is the remainder of doubles, ten times as slow.
    return ((this.int32() >>> 0) % (n >>> 0)) >>> 0;
  }

  exponential(mean: number): number {
    return mean * exponentialZiggurat(this);
  }

  fork(label: string): Random {
    return new AleaStream(`${this.name}/${label}`);
  }
}
