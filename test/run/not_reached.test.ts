import { describe, expect, it } from 'vitest';
import type { Threshold } from '../../src/scenario/scenario.ts';
import { type FakeThreshold, fakeScenario } from '../helpers/fake_report.ts';
import { type Detection, detectStudy } from './detect_study.ts';

const P99 = 'failover.detect.p99';
const columns = ['ring', 'random'].map((strategy) => ({ strategy }));

describe('summary of what was not reached', () => {
  it.each([
    [[1000, 'never', 'never'], 1],
    [['never', 'never', 'never'], 0],
    [[1000, 'never', null], 1],
  ] as [Detection[], number][])('has no mean: %j', async (ring, n) => {
    const scenario = fakeScenario(columns.slice(0, 1), { replications: 3 });
    const { document } = await detectStudy(scenario, { ring });
    const row = document.summary.find(({ metric }) => metric === P99);
    expect(row).toMatchObject({ mean: null, low: null, high: null, n });
  });
});

describe('a threshold on what was not reached', () => {
  const judge = async (operator: Threshold['operator'], limit: number, ring: readonly Detection[]) => {
    const threshold: FakeThreshold = { expression: `${P99} ${operator} ${limit}ms`, metric: P99, operator, limit };
    const changes = { replications: ring.length, thresholds: [threshold] };
    const { verdicts } = await detectStudy(fakeScenario(columns.slice(0, 1), changes), { ring });
    const [{ row, margin, notReached }] = verdicts;
    expect([row.observed, row.low, row.high, margin]).toEqual([null, null, null, null]);
    return [row.verdict, notReached];
  };

  it.each(['<', '<='] as const)('%s fails, however many were quick', async (operator) => {
    expect(await judge(operator, 2100, ['never', 'never'])).toEqual(['fail', 2]);
    expect(await judge(operator, 2100, [1000, 1000, 'never'])).toEqual(['fail', 1]);
  });

  it.each(['>', '>='] as const)('%s passes where all are above the limit or not reached', async (operator) => {
    expect(await judge(operator, 2000, ['never', 'never'])).toEqual(['pass', 2]);
    expect(await judge(operator, 2000, ['never', 2001])).toEqual(['pass', 1]);
    expect(await judge(operator, 2000, ['never', 1999])).toEqual(['fail', 1]);
    expect(await judge(operator, 2000, ['never', null])).toEqual(['pass', 1]);
  });

  it('judges at the limit itself as it does a mean', async () => {
    expect(await judge('>', 2000, ['never', 2000])).toEqual(['fail', 1]);
    expect(await judge('>=', 2000, ['never', 2000])).toEqual(['pass', 1]);
  });

  it.each(['<', '<=', '>', '>='] as const)('%s fails where nobody was at risk', async (operator) => {
    expect(await judge(operator, 2000, [null, null])).toEqual(['fail', 0]);
  });
});

describe('comparison of what was not reached', () => {
  const compare = async (ring: readonly Detection[], random: readonly Detection[]) => {
    const scenario = fakeScenario(columns, { replications: ring.length });
    const { document } = await detectStudy(scenario, { ring, random });
    return document.comparison.find(({ metric }) => metric === P99);
  };
  const unclear = { difference: null, low: null, high: null, verdict: 'unclear' };

  it('is unclear where one side of any pair is not reached, or has no value', async () => {
    expect(await compare([1000, 2000, 2000], [1000, 'never', 'never'])).toMatchObject({ ...unclear, n: 1 });
    expect(await compare([1000, 2000, 2000], [900, 1900, null])).toMatchObject({ ...unclear, n: 2 });
    expect(await compare(['never', 2000], [null, 2000])).toMatchObject({ ...unclear, n: 1 });
    expect(await compare([1000, 2000, 'never'], [900, 1900, 1900])).toMatchObject({ ...unclear, n: 2 });
  });

  it('leaves out pairs in which neither side is reached, or has a value', async () => {
    expect(await compare(['never', 1000, 2000], ['never', 900, 1900])).toMatchObject({
      difference: -100,
      n: 2,
      verdict: 'lower',
    });
    expect(await compare([null, 1000, 2000], [null, 1000, 2000])).toMatchObject({
      difference: 0,
      n: 2,
      verdict: 'same',
    });
    expect(await compare(['never', 'never'], ['never', 'never'])).toMatchObject({ ...unclear, n: 0 });
  });
});
