import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/core/assert.ts';
import { metrics } from '../../src/metrics/catalogue.ts';
import type { Threshold } from '../../src/scenario/scenario.ts';
import { type FakeFigures, type FakeThreshold, fakeFailover, fakeScenario, fakeTrial } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';

const two = ['ring', 'random'].map((strategy) => ({ strategy }));
const p99Of =
  (values: Readonly<Record<string, readonly (number | null)[]>>) =>
  (strategy: string, seed: number): FakeFigures => ({ p99: values[strategy][seed - 7] });

describe('summary', () => {
  it("is the mean and Student's 95% interval over the replications that have a value", async () => {
    const scenario = fakeScenario(two, { replications: 3 });
    const { document } = await fakeStudy(scenario, p99Of({ ring: [10, 12, 14], random: [10, null, 20] }));
    const rows = document.summary.filter(({ metric }) => metric === 'latency.p99');
    // t(0.975, 2) = 4.30265, s = 2, n = 3.
    const half = (4.302652729749464 * 2) / Math.sqrt(3);
    expect(rows[0]).toMatchObject({ strategy: 'ring', variant: null, params: {}, mean: 12, n: 3 });
    expect(rows[0].low).toBeCloseTo(12 - half, 10);
    expect(rows[0].high).toBeCloseTo(12 + half, 10);
    expect(rows[1]).toMatchObject({ strategy: 'random', mean: 15, n: 2 });
    expect(document.summary).toHaveLength(2 * metrics.length);
  });

  it('has no interval for one replication, and null for none', async () => {
    const { document } = await fakeStudy(fakeScenario(two), p99Of({ ring: [10], random: [null] }));
    const rows = document.summary.filter(({ metric }) => metric === 'latency.p99');
    expect(rows[0]).toMatchObject({ mean: 10, low: null, high: null, n: 1 });
    expect(rows[1]).toMatchObject({ mean: null, low: null, high: null, n: 0 });
  });
});

describe('comparison', () => {
  const compare = async (ring: readonly (number | null)[], random: readonly (number | null)[]) => {
    const scenario = fakeScenario(two, { replications: ring.length });
    const { document } = await fakeStudy(scenario, p99Of({ ring, random }));
    return document.comparison.find(({ metric }) => metric === 'latency.p99');
  };

  it('is paired by seed: a small difference shows through a large spread', async () => {
    const row = await compare([10, 100, 1000], [9, 98, 997]);
    // Differences -1, -2, -3: mean -2, s = 1.
    const half = 4.302652729749464 / Math.sqrt(3);
    expect(row).toMatchObject({ reference: 'ring', strategy: 'random', difference: -2, n: 3, verdict: 'unclear' });
    expect(row?.low).toBeCloseTo(-2 - half, 10);
    expect(await compare([10, 100, 1000], [8, 97.9, 998.1])).toMatchObject({ verdict: 'lower' });
    expect(await compare([8, 97.9, 998.1], [10, 100, 1000])).toMatchObject({ verdict: 'higher' });
  });

  it('says same only of differences that are all exactly 0', async () => {
    expect(await compare([1, 2], [1, 2])).toMatchObject({ difference: 0, verdict: 'same', n: 2 });
    expect(await compare([1, 2], [2, 1])).toMatchObject({ difference: 0, verdict: 'unclear', n: 2 });
  });

  it('is unclear with fewer than two pairs, and without any', async () => {
    expect(await compare([1], [2])).toMatchObject({ difference: 1, low: null, high: null, n: 1, verdict: 'unclear' });
    expect(await compare([1, null], [null, 2])).toMatchObject({ difference: null, n: 0, verdict: 'unclear' });
  });

  it('compares with the first column of the same parameters, on metrics of which less or more is better', async () => {
    const columns = [1, 2].flatMap((load) => two.map(({ strategy }) => ({ strategy, params: { load } })));
    const { document } = await fakeStudy(
      fakeScenario([...columns, { strategy: 'peak-ewma', params: { load: 1 } }]),
      () => ({}),
    );
    const judged = metrics.filter(({ better }) => better !== 'neither').length;
    expect(document.comparison).toHaveLength(3 * judged);
    expect(document.comparison.filter(({ metric }) => metric === 'latency.p99')).toMatchObject([
      { strategy: 'random', reference: 'ring', params: { load: 1 } },
      { strategy: 'random', reference: 'ring', params: { load: 2 } },
      { strategy: 'peak-ewma', reference: 'ring', params: { load: 1 } },
    ]);
  });

  it('refuses to pair runs that met different requests', async () => {
    const study = fakeStudy(fakeScenario(two), (strategy) => ({ inputDigest: strategy }));
    await expect(study).rejects.toBeInstanceOf(InvariantError);
    await expect(study).rejects.toThrow('met different requests under seed 7');
  });
});

describe('thresholds', () => {
  const judge = async (operator: Threshold['operator'], limit: number, p99: number | null) => {
    const threshold: FakeThreshold = {
      expression: `latency.p99 ${operator} ${limit}ms`,
      metric: 'latency.p99',
      operator,
      limit,
    };
    const scenario = fakeScenario([{ strategy: 'ring' }], { thresholds: [threshold] });
    const { verdicts, document } = await fakeStudy(scenario, () => ({ p99 }));
    expect(document.thresholds).toEqual([verdicts[0].row]);
    return { verdict: verdicts[0].row.verdict, margin: verdicts[0].margin };
  };

  it.each([
    ['<', 10, 10, 'fail', 0],
    ['<=', 10, 10, 'pass', 0],
    ['<', 10, 8, 'pass', 0.2],
    ['<', 10, 15, 'fail', -0.5],
    ['>', 10, 10, 'fail', 0],
    ['>=', 10, 10, 'pass', 0],
    ['>', 10, 15, 'pass', 0.5],
    ['>=', 10, 8, 'fail', -0.2],
    ['<=', 0, 0, 'pass', null],
  ] as const)('%s %d with %d observed: %s', async (operator, limit, observed, verdict, margin) => {
    expect(await judge(operator, limit, observed)).toEqual({ verdict, margin });
  });

  it.each(['<', '<=', '>', '>='] as const)('%s fails where nothing was measured', async (operator) => {
    expect(await judge(operator, 10, null)).toEqual({ verdict: 'fail', margin: null });
  });

  it('judges each threshold for each column', async () => {
    const threshold = { expression: 'latency.p99 < 10ms', metric: 'latency.p99', operator: '<', limit: 10 } as const;
    const scenario = fakeScenario(two, {
      thresholds: [threshold, { ...threshold, expression: 'latency.p99 < 20ms', limit: 20 }],
    });
    const { document } = await fakeStudy(scenario, p99Of({ ring: [5], random: [15] }));
    expect(document.thresholds.map(({ strategy, verdict }) => `${strategy} ${verdict}`)).toEqual([
      'ring pass',
      'random fail',
      'ring pass',
      'random pass',
    ]);
  });
});

describe('warnings', () => {
  const causes = async (figures: FakeFigures, changes: Parameters<typeof fakeScenario>[1] = {}, rate = 0.5) => {
    const trial = fakeTrial('ring', { load: { arrivals: 'poisson', ratePerMs: rate, keys: null } });
    const scenario = fakeScenario([{ strategy: 'ring', trial }], { replications: 2, ...changes });
    const { warnings } = await fakeStudy(scenario, () => figures);
    return warnings.map(({ cause }) => cause).join('\n');
  };

  it('stay silent on what is well', async () => {
    expect(await causes({})).toMatch(/^latency at p99 and beyond rests on fewer than 100 samples[^\n]*$/);
  });

  it('tell of load above capacity, with both figures', async () => {
    expect(await causes({}, {}, 2)).toContain('offered load 2000/s is above what all instances can serve, 1000/s');
  });

  it('tell of panic, of what was never noticed, of requests without an answer, of a lone replication', async () => {
    expect(await causes({ panicLeaks: 1 })).toContain('panic mode');
    expect(await causes({ undetected: 1 })).toContain('never noticed');
    expect(await causes({ inFlightAtEnd: 1 })).toContain('without an answer');
    expect(await causes({}, { replications: 1 })).toContain('one replication only');
  });

  it('tell of what was never noticed by the end of the run too, and of requests that found no host', async () => {
    expect(await causes({ censored: 1 })).toContain('never noticed');
    expect(await causes({ noHost: 1 })).toContain('found no host');
  });

  it('tell that latency is that of successes where more than 1% failed', async () => {
    expect(await causes({ failed: 10 })).not.toContain('more than 1% of requests failed');
    expect(await causes({ failed: 11 })).toContain('more than 1% of requests failed');
  });

  it('tell of weights that the strategy does not look at', async () => {
    const [instance] = fakeTrial('ring').instances;
    const unequal = [instance, { ...instance, id: 'other', weight: 3 }];
    const warned = async (strategy: string) => {
      const scenario = fakeScenario([{ strategy, trial: fakeTrial(strategy, { instances: unequal }) }]);
      const { warnings } = await fakeStudy(scenario, () => ({}));
      return warnings.some(({ cause }) => cause.includes('does not look at them'));
    };
    expect(await warned('ring')).toBe(true);
    expect(await warned('weighted-round-robin')).toBe(false);
  });

  it('tell of a threshold on failover where nothing failed over', async () => {
    const threshold = {
      expression: 'failover.detect.p99 < 8s',
      metric: 'failover.detect.p99',
      operator: '<',
      limit: 8000,
    } as const;
    expect(await causes({}, { thresholds: [threshold] })).toContain('no instance went down');
    expect(await causes({ failovers: [fakeFailover(5)] }, { thresholds: [threshold] })).not.toContain('no instance');
  });

  it('name the columns they are about, unless it is all', async () => {
    const figures = (strategy: string) => ({ panicLeaks: strategy === 'ring' ? 1 : 0, undetected: 1 });
    const { warnings } = await fakeStudy(fakeScenario(two), figures);
    expect(warnings.find(({ cause }) => cause.includes('panic'))?.columns).toEqual([
      { strategy: 'ring', variant: null, params: {} },
    ]);
    expect(warnings.find(({ cause }) => cause.includes('noticed'))?.columns).toEqual([]);
  });
});
