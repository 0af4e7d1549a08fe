import type { Random } from '../core/random.ts';
import { randomStream } from '../core/random.ts';
import { exponentialZiggurat } from '../core/ziggurat.ts';

/** A stream that can be moved to the start of the stream of (request, attempt). */
export interface AttemptStream extends Random {
  reset(request: number, attempt: number): void;
}

/**
 * What further attempts draw from: a stream for each (seed, request, attempt), whoever retries and whenever, so that
 * strategies stay comparable. Chris Doty-Humphrey's sfc32 (PractRand), whose whole state is set from the three; its
 * counter makes different states different streams. Resetting allocates nothing, which seeding Alea would.
 */
export function attemptStream(seed: number): AttemptStream {
  const fromSeed = randomStream(`${seed}/attempts`).uint32();
  let a = 0;
  let b = 0;
  let c = 0;
  let counter = 1;
  const int32 = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result;
  };
  const stream: AttemptStream = {
    reset(request, attempt) {
      a = fromSeed | 0;
      b = request | 0;
      c = (attempt ^ Math.imul(Math.floor(request / 2 ** 32), 0x9e3779b9)) | 0;
      counter = 1;
      // Twelve rounds mix the state, as PractRand seeds it.
      for (let i = 0; i < 12; i++) int32();
    },
    int32,
    uint32: () => int32() >>> 0,
    uint64(halves) {
      halves[0] = int32();
      halves[1] = int32();
    },
    unit: () => ((int32() >>> 5) * 2 ** 26 + (int32() >>> 6)) * 2 ** -53,
    int: (n) => (int32() >>> 0) % n,
    exponential: (mean) => mean * exponentialZiggurat(stream),
    fork: (label) => randomStream(`${seed}/attempts/${label}`),
  };
  return stream;
}
