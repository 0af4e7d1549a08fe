import type { Random } from '../../src/core/random.ts';

/** A stream that draws these numbers and then throws: stands in for a real system's in golden tests. One `uint32` or `int` is one draw. */
export function scriptedRandom(draws: readonly number[]): Random {
  let drawn = 0;
  const uint32 = (): number => {
    const draw = draws[drawn++];
    if (draw === undefined) throw new RangeError(`the script has ${draws.length} draws, asked for one more`);
    return draw >>> 0;
  };
  const notScripted = (): never => {
    throw new Error('only uint32, int and unit are scripted');
  };
  return {
    uint32,
    int32: () => uint32() | 0,
    int: (n) => uint32() % n,
    unit: () => uint32() / 2 ** 32,
    exponential: notScripted,
    fork: notScripted,
  };
}
