import { describe, expect, it } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { GRPC_CONNECTIONS } from '../../src/core/connectivity.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { metrics } from '../../src/metrics/catalogue.ts';
import { studentQuantile } from '../../src/metrics/intervals.ts';
import type { ColumnRun } from '../../src/run/column_run.ts';
import { compare as compareRuns } from '../../src/run/comparison.ts';
import type { Threshold } from '../../src/scenario/scenario.ts';
import {
  type FakeFigures,
  type FakeThreshold,
  fakeFailover,
  fakeReport,
  fakeScenario,
  fakeTrial,
} from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';

const two = ['ring', 'random'].map((strategy) => ({ strategy }));
const p99Of =
  (values: Readonly<Record<string, readonly (number | null)[]>>) =>
  (strategy: string, seed: number): FakeFigures => ({ p99: values[strategy][seed - 7] });

/** What ran: of each strategy a replication for each p99. */
function runsOf(values: Readonly<Record<string, readonly number[]>>): ColumnRun[] {
  const { columns } = fakeScenario(Object.keys(values).map((strategy) => ({ strategy })));
  return columns.map((column, index) => ({
    column,
    index,
    cells: values[column.strategy].map((p99, i) => {
      const { measures, sample } = fakeReport({ p99 });
      return { result: { ...measures, strategy: column.strategy, variant: null, params: {}, seed: 7 + i }, sample };
    }),
  }));
}

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
    const row = await compare([10, 20, 60], [9, 18, 57]);
    // Differences -1, -2, -3: mean -2, s = 1.
    const half = 4.302652729749464 / Math.sqrt(3);
    expect(row).toMatchObject({ reference: 'ring', strategy: 'random', difference: -2, n: 3, verdict: 'unclear' });
    expect(row?.low).toBeCloseTo(-2 - half, 10);
    expect(await compare([10, 20, 60], [8, 17.9, 58.1])).toMatchObject({ verdict: 'lower' });
    expect(await compare([8, 17.9, 58.1], [10, 20, 60])).toMatchObject({ verdict: 'higher' });
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

  it('is by Welch where runs met different requests', async () => {
    const halfOf = async (p99: { ring: readonly number[]; random: readonly number[] }) => {
      const { document } = await fakeStudy(fakeScenario(two, { replications: 3 }), (strategy, seed) => ({
        inputDigest: strategy,
        p99: p99[strategy as 'ring'][seed - 7],
      }));
      const row = document.comparison.find(({ metric }) => metric === 'latency.p99');
      expect(row).toMatchObject({ test: 'welch', n: 3, verdict: 'higher' });
      return (row?.high as number) - (row?.difference as number);
    };
    // Equal variances: 4 degrees of freedom, of which any table has 2.776. Two variances of 9.
    expect(await halfOf({ ring: [10, 13, 16], random: [20, 23, 26] })).toBeCloseTo(2.776 * Math.sqrt(6), 2);
    // Variances of 4 and 9: Welch's degrees of freedom are (13 / 3)^2 / ((16 / 9 + 9) / 2) = 3.48; tables: 3.182 for 3.
    const t = (await halfOf({ ring: [10, 12, 14], random: [20, 23, 26] })) / Math.sqrt(13 / 3);
    expect(t).toBeGreaterThan(2.776);
    expect(t).toBeLessThan(3.182);
    expect(t).toBeCloseTo(studentQuantile(0.95, (13 / 3) ** 2 / ((16 / 9 + 9) / 2)), 9);
  });

  it.each([
    ['a clear difference of less than 1%', [1000, 1010, 1020], [1004, 1014.1, 1023.9], 'negligible'],
    ['one that is known to be less than 1%', [1000, 1010, 1020], [1001, 1009, 1020.5], 'negligible'],
    ['one that is not known that well', [1000, 1010, 1020], [1004, 990, 1037], 'unclear'],
    ['a clear one of more', [1000, 1010, 1020], [1020, 1031, 1042], 'higher'],
  ] as const)('%s: %j and %j are %s', async (_, ring, random, verdict) => {
    expect(await compare(ring, random)).toMatchObject({ verdict, test: 'paired', family: 1 });
  });

  it('takes a difference of shares near 1 for one of what is missing', async () => {
    const failed = { ring: [1, 1, 1, 2], random: [5, 6, 5, 6] } as const;
    const { document } = await fakeStudy(fakeScenario(two, { replications: 4 }), (strategy, seed) => ({
      failed: failed[strategy as 'ring'][seed - 7],
    }));
    const row = document.comparison.find(({ metric }) => metric === 'requests.successShare');
    expect(row?.verdict).toBe('lower');
  });

  it('widens intervals by how many are compared at once', async () => {
    const names = ['ring', 'random', 'peak-ewma', 'maglev'];
    const values = { ring: [10, 10, 10], random: [11, 12, 13], 'peak-ewma': [11, 12, 13], maglev: [11, 12, 13] };
    const half = async (among: readonly string[]) => {
      const scenario = fakeScenario(
        among.map((strategy) => ({ strategy })),
        { replications: 3 },
      );
      const { document } = await fakeStudy(scenario, p99Of(values));
      const row = document.comparison.find(({ metric }) => metric === 'latency.p99');
      expect(row?.family).toBe(among.length - 1);
      return (row?.high as number) - (row?.difference as number);
    };
    // Any table of Student's law with 2 degrees of freedom: 97.5% at 4.303, 99.167% (0.05 / 3, two sides) at 7.649.
    expect((await half(names.slice(0, 2))) * Math.sqrt(3)).toBeCloseTo(4.303, 3);
    expect((await half(names)) * Math.sqrt(3)).toBeCloseTo(7.649, 3);
  });

  it('compares with the strategy that is named', async () => {
    const { comparison } = compareRuns(runsOf({ ring: [10, 12], random: [20, 23] }), {
      reference: { strategy: 'random', variant: null },
    });
    expect(comparison.find(({ metric }) => metric === 'latency.p99')).toMatchObject({
      ...{ reference: 'random', strategy: 'ring', difference: -10.5 },
    });
  });

  it('compares variants at each point of the matrix, and strategies within each', async () => {
    const columns = ['current', 'proposed'].flatMap((variant) =>
      two.map(({ strategy }, point) => ({ strategy, variant, point })),
    );
    const { document } = await fakeStudy(fakeScenario(columns), () => ({}));
    const rows = document.comparison.filter(({ metric }) => metric === 'latency.p99');
    expect(rows).toMatchObject([
      { compares: 'strategy', variant: 'current', strategy: 'random', reference: 'ring' },
      { compares: 'strategy', variant: 'proposed', strategy: 'random', reference: 'ring' },
      { compares: 'variant', variant: 'proposed', strategy: 'ring', reference: 'current' },
      { compares: 'variant', variant: 'proposed', strategy: 'random', reference: 'current' },
    ]);
  });
});

describe('the best', () => {
  const best = async (values: Readonly<Record<string, readonly (number | null)[]>>) => {
    const columns = Object.keys(values).map((strategy) => ({ strategy }));
    const scenario = fakeScenario(columns, { replications: Object.values(values)[0].length });
    const { document } = await fakeStudy(scenario, p99Of(values));
    return document.best.find(({ metric }) => metric === 'latency.p99')?.best;
  };

  it('is everyone who cannot be told from the leader, the leader first', async () => {
    const values = { ring: [10, 12, 14], random: [9, 12.5, 14.1], 'peak-ewma': [30, 32, 34] };
    expect(await best(values)).toEqual(['random', 'ring']);
    expect(await best({ ...values, maglev: [5, 7, 9] })).toEqual(['maglev']);
  });

  it('has in it who differs by less than 1%, however clearly', async () => {
    expect(await best({ ring: [1000, 1100, 1200], random: [1001, 1101, 1201] })).toEqual(['ring', 'random']);
  });

  it('is not known from one run', async () => {
    expect(await best({ ring: [10], random: [20] })).toBeUndefined();
  });
});

const plainThreshold = { expression: 'a threshold', strategies: null, variants: null, abortOnFail: false };

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

  it.each([
    ['<', 17, [10, 12, 14], 'pass', null],
    // 3 * (4.97 / 3)^2 = 8.2.
    ['<', 15, [10, 12, 14], 'inconclusive', 9],
    // Mean 12, half-width 4.97: 3 * (4.97 / 1)^2 = 74.04, in two digits and not fewer.
    ['<', 13, [10, 12, 14], 'inconclusive', 75],
    ['>', 13, [10, 12, 14], 'inconclusive', 75],
    ['<', 5, [10, 12, 14], 'fail', null],
    ['>', 5, [10, 12, 14], 'pass', null],
    ['<=', 12, [10, 12, 14], 'inconclusive', null],
  ] as const)('%s %d by the interval of %j: %s, %s seeds', async (operator, limit, values, verdict, seedsNeeded) => {
    const threshold: Threshold = { ...plainThreshold, metric: 'latency.p99', operator, limit };
    const scenario = fakeScenario([{ strategy: 'ring' }], { replications: 3, thresholds: [threshold] });
    const { document } = await fakeStudy(scenario, p99Of({ ring: values }));
    expect(document.thresholds[0]).toMatchObject({ verdict, seedsNeeded });
  });

  it('takes a limit of 0 for one on what is seen: that something never happens no run can show', async () => {
    const verdicts = async (operator: '<=' | '>', limit: number) => {
      const threshold: Threshold = { ...plainThreshold, metric: 'requests.failed', operator, limit };
      const scenario = fakeScenario([{ strategy: 'ring' }], { replications: 3, thresholds: [threshold] });
      const { document } = await fakeStudy(scenario, () => ({ failed: 0 }));
      return document.thresholds.map(({ verdict, seedsNeeded }) => [verdict, seedsNeeded]);
    };
    expect(await verdicts('<=', 0)).toEqual([['pass', null]]);
    expect(await verdicts('>', 0)).toEqual([['fail', null]]);
    // Below 3/3 a run: ten times fewer takes ten times as many.
    expect(await verdicts('<=', 0.1)).toEqual([['inconclusive', 30]]);
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

  it('tell of panic that leaked nothing by itself, and of panic that did but once', async () => {
    const panics = { conditions: { panics: 1 } };
    expect(await causes(panics)).toContain('callers went into panic mode');
    expect(await causes({ ...panics, panicLeaks: 1 })).not.toContain('callers went into panic mode');
    expect(await causes({ conditions: { panics: 0 } })).not.toContain('panic');
  });

  it('tell of what was never noticed by the end of the run too, and of requests that found no host', async () => {
    expect(await causes({ censored: 1 })).toContain('never noticed');
    expect(await causes({ noHost: 1 })).toContain('found no host');
  });

  it('do not put it down to a cold start where requests are turned down, or wait in vain', async () => {
    const said = async (changes: Parameters<typeof fakeTrial>[1]) => {
      const trial = fakeTrial('least-request', { warmupMs: 0, ...changes });
      const scenario = fakeScenario([{ strategy: 'least-request', trial }], { replications: 2 });
      const { warnings } = await fakeStudy(scenario, () => ({ noHost: 1 }));
      return warnings.map(({ cause, effect }) => `${cause}; ${effect}`).join('\n');
    };
    const cold = 'warmup is 0s and some requests found no host';
    expect(await said({})).toContain(cold);
    const full = fakeTrial('least-request').instances.map((one) => ({ ...one, maxConnections: 1 }));
    const strategy = { name: 'least-request', options: { algorithm: 'nginx-least-conn' } };
    const limited = await said({ instances: full, strategy });
    expect(limited).toContain('found no host that might take them');
    expect(limited).not.toContain(cold);
    const impatient = await said({
      loadBalancer: { ...PLAIN_LOAD_BALANCER, whenNobodyReady: { afterMs: 1, capacity: 1 } },
    });
    expect(impatient).toContain('nobody had been ready for failFast');
    expect(impatient).not.toContain(cold);
  });

  it('tell nobody to panic whose requests go over connections, and found none', async () => {
    const trial = fakeTrial('ring');
    const loadBalancer = { ...trial.loadBalancer, connections: GRPC_CONNECTIONS };
    const scenario = fakeScenario([{ strategy: 'ring', trial: { ...trial, loadBalancer, warmupMs: 1000 } }]);
    const { warnings } = await fakeStudy(scenario, () => ({ noHost: 1 }));
    const lost = warnings.find(({ effect }) => effect.includes('noHost'));
    expect(lost?.cause).toBe('some requests found no host with a connection');
    expect(lost?.next).toContain('connections.waitForReady');
  });

  it('tell that latency is that of successes where more than 1% failed', async () => {
    expect(await causes({ failed: 10 })).not.toContain('more than 1% of requests failed');
    expect(await causes({ failed: 11 })).toContain('more than 1% of requests failed');
  });

  it('tell of weights that the strategy does not look at', async () => {
    const [instance] = fakeTrial('ring').instances;
    const unequal = [instance, { ...instance, id: 'other', weight: 3 }];
    const advice = async (name: string, options: WrittenOptions = {}) => {
      const trial = fakeTrial(name, { instances: unequal, strategy: { name, options } });
      const { warnings } = await fakeStudy(fakeScenario([{ strategy: name, trial }]), () => ({}));
      return warnings.find(({ cause }) => cause.includes('does not look at them'))?.next ?? '';
    };
    expect(await advice('ring')).toBe('use weighted-round-robin, or leave the weights out');
    expect(await advice('weighted-round-robin')).toBe('');
    expect(await advice('peak-ewma')).toContain('weights: classes, which a Finagle client has');
    expect(await advice('peak-ewma', { weights: 'classes' })).toBe('');
    expect(await advice('peak-ewma', { sampling: 'tower' })).not.toContain('classes');
    expect(await advice('least-request', { weights: 'ignore' })).not.toContain('classes');
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
