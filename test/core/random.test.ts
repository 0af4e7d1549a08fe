import alea from 'seedrandom/lib/alea.js';
import { describe, expect, it } from 'vitest';
import { type Random, randomStream } from '../../src/core/random.ts';
import { chiSquared, chiSquaredLimits, ksDistance, ksLimit, mean } from './bounds.ts';

const draws = <T>(n: number, draw: () => T): T[] => Array.from({ length: n }, draw);
const raw = (random: Random, n: number): number[] => draws(n, () => random.uint32());

function expectUniform(cells: readonly number[], of: number): void {
  const counts = new Array<number>(of).fill(0);
  for (const cell of cells) counts[cell] = (counts[cell] ?? 0) + 1;
  expect(counts).toHaveLength(of);
  const { low, high } = chiSquaredLimits(of - 1);
  const found = chiSquared(counts);
  expect(found).toBeGreaterThan(low);
  expect(found).toBeLessThan(high);
}

describe('a stream', () => {
  it('is the same for the same name, and another for another', () => {
    const of = (name: string) => raw(randomStream(name), 20);
    expect(of('42/arrivals')).toEqual(of('42/arrivals'));
    expect(of('42/arrivals')).not.toEqual(of('43/arrivals'));
  });

  it('does not change from one version of meshtrial to the next', () => {
    const random = randomStream('42/arrivals');
    expect(raw(random, 4)).toMatchInlineSnapshot(`
      [
        415287090,
        463309270,
        4085677878,
        3604728728,
      ]
    `);
    expect(random.unit()).toMatchInlineSnapshot(`0.5279200369362581`);
    expect(random.int(1000)).toMatchInlineSnapshot(`683`);
    expect(random.exponential(5)).toMatchInlineSnapshot(`8.136881251528113`);
  });

  it.each(['', '42/arrivals', '1', '1/', 'bench'])("is seedrandom's own Alea: %j", (name) => {
    const [random, library] = [randomStream(name), alea(name, { state: true })];
    for (let i = 0; i < 10_000; i++) {
      expect(random.int32()).toBe(library.int32());
      expect(random.unit()).toBe(library.double());
    }
  });

  it('forks by name alone, whatever was drawn before', () => {
    const parent = randomStream('42');
    const fresh = raw(parent.fork('faults'), 20);
    draws(1000, () => parent.unit());
    expect(raw(parent.fork('faults'), 20)).toEqual(fresh);
    expect(raw(randomStream('42/faults'), 20)).toEqual(fresh);
  });

  it('is not disturbed by its forks', () => {
    const alone = raw(randomStream('42'), 20);
    const parent = randomStream('42');
    parent.fork('a').unit();
    expect(raw(parent, 20)).toEqual(alone);
  });

  it('takes one raw draw for int and int32, as for uint32', () => {
    const [a, b] = [randomStream('x'), randomStream('x')];
    const wanted = raw(a, 100).map((drawn) => drawn % 7);
    expect(draws(100, () => b.int(7))).toEqual(wanted);
    expect(draws(100, () => b.int32() >>> 0)).toEqual(raw(a, 100));
  });
});

describe('uniformity', () => {
  const n = 1_000_000;
  const all = raw(randomStream('uniformity'), n);

  it('uint32 is a whole number in [0, 2^32)', () => {
    expect(all.every((x) => Number.isInteger(x) && x >= 0 && x < 2 ** 32)).toBe(true);
  });

  it.each([0, 8, 16, 24])('bits %d to +7 of uint32 are uniform', (shift) => {
    expectUniform(
      all.map((x) => (x >>> shift) & 255),
      256,
    );
  });

  it('pairs of neighbours are uniform on the square', () => {
    const pairs = draws(n / 2, () => 0).map((_, i) => ((all[2 * i] ?? 0) >>> 28) * 16 + ((all[2 * i + 1] ?? 0) >>> 28));
    expectUniform(pairs, 256);
  });

  it('int is uniform over a number that divides nothing', () => {
    const random = randomStream('int');
    expectUniform(
      draws(n, () => random.int(97)),
      97,
    );
  });

  it('unit follows the uniform law on [0, 1), down to its last bits', () => {
    const random = randomStream('unit');
    const units = draws(n, () => random.unit());
    expect(units.every((u) => u >= 0 && u < 1)).toBe(true);
    expect(ksDistance(units, (u) => u)).toBeLessThan(ksLimit(n));
    expectUniform(
      units.map((u) => (u * 2 ** 53) % 256),
      256,
    );
  });
});

describe('streams of similar names', () => {
  const n = 100_000;
  const firsts = (draw: (stream: Random) => number) =>
    Array.from({ length: n }, (_, i) => draw(randomStream('seed').fork(`b-${i}`)));

  it('begin uniformly', () => {
    expect(
      ksDistance(
        firsts((stream) => stream.unit()),
        (u) => u,
      ),
    ).toBeLessThan(ksLimit(n));
  });

  it('do not follow their neighbours', () => {
    const units = firsts((stream) => stream.unit());
    const products = units.slice(1).map((u, i) => (u - 0.5) * ((units[i] ?? 0) - 0.5));
    // A product of two independent centred uniforms has variance 1 / 144.
    expect(Math.abs(mean(products))).toBeLessThan(5 / 12 / Math.sqrt(n));
  });

  it('are uncorrelated all along', () => {
    for (const [one, other] of [
      ['42/arrivals', '43/arrivals'],
      ['1/caller-1/strategy', '1/caller-2/strategy'],
      ['1', '1/'],
    ] as const) {
      const [a, b] = [randomStream(one), randomStream(other)];
      const products = draws(n, () => (a.unit() - 0.5) * (b.unit() - 0.5));
      expect(Math.abs(mean(products))).toBeLessThan(5 / 12 / Math.sqrt(n));
    }
  });
});
