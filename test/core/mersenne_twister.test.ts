import { describe, expect, it } from 'vitest';
import { MersenneTwister } from '../../src/core/mersenne_twister.ts';

function nth(seed: number, n: number): number {
  const twister = new MersenneTwister();
  twister.seed(seed);
  for (let i = 1; i < n; i++) twister.uint32();
  return twister.uint32();
}

describe('the Mersenne Twister', () => {
  it('gives the 10,000th number the C++ standard asks of std::mt19937 with its default seed', () => {
    // ISO C++, [rand.predef]: default seed 5489, the 10,000th is 4123659995.
    expect(nth(5489, 10_000)).toBe(4123659995);
  });

  it('starts anew with each seed', () => {
    const twister = new MersenneTwister();
    twister.seed(5489);
    for (let i = 0; i < 700; i++) twister.uint32();
    twister.seed(7);
    expect(twister.uint32()).toBe(nth(7, 1));
  });
});
