import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Digest, fmix32 } from '../../src/core/digest.ts';
import { randomStream } from '../../src/core/random.ts';

const ints = (values: readonly number[]): string => {
  const digest = new Digest();
  for (const value of values) digest.int(value);
  return digest.hex();
};
const doubles = (values: readonly number[]): string => {
  const digest = new Digest();
  for (const value of values) digest.double(value);
  return digest.hex();
};

function bitsApart(one: string, other: string): number {
  return (BigInt(`0x${one}`) ^ BigInt(`0x${other}`)).toString(2).replaceAll('0', '').length;
}

describe('fmix32', () => {
  // MurmurHash3_x86_32 of the empty string is fmix32 of its seed: its published test vectors.
  it.each([
    [0, 0],
    [1, 0x514e28b7],
    [0xffffffff, 0x81f16f39],
    [-1, 0x81f16f39],
  ])('of %i is %i', (value, wanted) => {
    expect(fmix32(value)).toBe(wanted | 0);
  });
});

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe('Digest', () => {
  it('does not change from one version of meshtrial to the next', () => {
    expect(ints([])).toMatchInlineSnapshot(`"92ca2f0edb6e264e"`);
    expect(ints([1, 2, 3])).toMatchInlineSnapshot(`"e8d6adbbfb2e1136"`);
    expect(doubles([0.1, -1e300])).toMatchInlineSnapshot(`"03a321658a282681"`);
  });

  test.prop([fc.array(int, { minLength: 2, maxLength: 20 }), fc.nat(), fc.nat()])('minds the order', (values, a, b) => {
    const [i, j] = [a % values.length, b % values.length];
    fc.pre(values[i] !== values[j]);
    const swapped = values.with(i, values[j] as number).with(j, values[i] as number);
    expect(ints(swapped)).not.toBe(ints(values));
  });

  test.prop([fc.array(int, { maxLength: 20 }), int])('minds one number more, zero too', (values, more) => {
    expect(ints([...values, more])).not.toBe(ints(values));
    expect(ints([...values, 0])).not.toBe(ints(values));
  });

  test.prop([fc.array(int)])('reads without changing, as sixteen hexadecimal digits', (values) => {
    const digest = new Digest();
    for (const value of values) {
      digest.int(value);
      expect(digest.hex()).toMatch(/^[0-9a-f]{16}$/);
    }
    expect(digest.hex()).toBe(ints(values));
  });

  test.prop([int])('takes whole numbers modulo 2^32', (value) => {
    expect(ints([value + 2 ** 32])).toBe(ints([value]));
  });

  test.prop([fc.double(), fc.double()])('sees all 64 bits of a double', (one, other) => {
    expect(doubles([one]) === doubles([other])).toBe(Object.is(one, other));
  });

  it('turns one bit of input into half the bits of output', () => {
    const random = randomStream('avalanche');
    const runs = 4000;
    const flips = new Array<number>(64).fill(0);
    for (let run = 0; run < runs; run++) {
      const values = Array.from({ length: 5 }, () => random.uint32() | 0);
      const at = random.int(5);
      const other = values.with(at, (values[at] as number) ^ (1 << random.int(32)));
      const apart = BigInt(`0x${ints(values)}`) ^ BigInt(`0x${ints(other)}`);
      for (let bit = 0; bit < 64; bit++) flips[bit] = (flips[bit] as number) + Number((apart >> BigInt(bit)) & 1n);
    }
    // Roughly half for each bit: 6 standard errors of a fair coin are 0.047.
    for (const count of flips) expect(Math.abs(count / runs - 0.5)).toBeLessThan(0.05);
  });

  it('does not collide over 200 000 sequences of similar numbers', () => {
    const seen = new Set<string>();
    for (let a = 0; a < 450; a++) for (let b = 0; b < 450; b++) seen.add(ints([a, b]));
    expect(seen.size).toBe(450 * 450);
    expect(bitsApart(ints([0, 1]), ints([1, 0]))).toBeGreaterThan(10);
  });
});
