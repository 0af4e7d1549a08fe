import { fmix32 } from '../../src/core/digest.ts';
import type { Random } from '../../src/core/random.ts';

/** A stream that draws these numbers and then throws: stands in for a real system's in golden tests. One `uint32`, `int` or `uint64` is one draw. */
export function scriptedRandom(draws: readonly (number | bigint)[]): Random {
  let drawn = 0;
  const next = (): bigint => {
    const draw = draws[drawn++];
    if (draw === undefined) throw new RangeError(`the script has ${draws.length} draws, asked for one more`);
    return typeof draw === 'bigint' ? draw : BigInt(Math.floor(draw));
  };
  const uint32 = (): number => Number(BigInt.asUintN(32, next()));
  const notScripted = (): never => {
    throw new Error('only uint32, int, uint64 and unit are scripted');
  };
  return {
    uint32,
    int32: () => uint32() | 0,
    uint64: (halves) => {
      const draw = next();
      halves[0] = Number(BigInt.asIntN(32, draw >> 32n));
      halves[1] = Number(BigInt.asIntN(32, draw));
    },
    int: (n) => uint32() % n,
    unit: () => uint32() / 2 ** 32,
    exponential: notScripted,
    fork: notScripted,
  };
}

/** The same, of records whose draws of 64 bits were made of those of 32 that they list. */
export function widenedRandom(draws: readonly number[]): Random {
  const scripted = scriptedRandom(draws);
  return {
    ...scripted,
    uint64: (halves) => {
      halves[1] = scripted.int32();
      halves[0] = fmix32(halves[1]);
    },
  };
}
