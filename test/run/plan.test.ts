import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { planText } from '../../src/report/plan_text.ts';
import { paceOf } from '../../src/run/pace.ts';
import { planOf } from '../../src/run/plan.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { fakeScenario, fakeTrial } from '../helpers/fake_report.ts';

/** A machine on which a trial costs what `costMs` says of it, and that counts the virtual time it has run. */
function machine(costMs: (trial: TrialConfig) => number) {
  let now = 0;
  let virtualMs = 0;
  let runs = 0;
  const run = (trial: TrialConfig) => {
    now += costMs(trial);
    virtualMs += trial.durationMs;
    runs++;
  };
  return {
    run,
    /** A row a request. */
    seriesRows: (trial: TrialConfig) => {
      run(trial);
      return trial.durationMs * trial.load.ratePerMs;
    },
    nowMs: () => now,
    spent: () => ({ virtualMs, runs }),
  };
}

describe('what one run costs', () => {
  property.prop([
    fc.double({ min: 0, max: 50, noNaN: true }),
    fc.double({ min: 1e-6, max: 1, noNaN: true }),
    fc.integer({ min: 1, max: 100_000_000 }),
  ])('is found exactly where setting up and each millisecond cost the same throughout', (setUp, perMs, durationMs) => {
    const trial = fakeTrial('ring', { durationMs });
    const pace = paceOf(
      trial,
      machine((slice) => setUp + perMs * slice.durationMs),
    );
    const truth = setUp + perMs * durationMs;
    // What a clock that has counted far loses in the difference of two of its values.
    expect(Math.abs(pace.costMs - truth)).toBeLessThan(1e-6 * truth + 1e-6);
    const rows = durationMs * trial.load.ratePerMs;
    expect(Math.abs(pace.seriesRows - rows)).toBeLessThan(1e-9 * rows);
  });

  property.prop([fc.double({ min: 1e-6, max: 10, noNaN: true }), fc.integer({ min: 1_000, max: 100_000_000 })])(
    'takes some tenths of a second to find, at most as long as three runs',
    (perMs, durationMs) => {
      const trying = machine((slice) => perMs * slice.durationMs);
      paceOf(fakeTrial('ring', { durationMs }), trying);
      const ms = perMs * durationMs;
      expect(trying.nowMs()).toBeLessThanOrEqual(Math.min(3.01 * ms, 6 * 150 + ms / 128) + 1e-6);
    },
  );

  it('gives up on a trial that is slow to set up', () => {
    const trying = machine(() => 400);
    expect(paceOf(fakeTrial('ring'), trying).costMs).toBe(400);
    expect(trying.spent().runs).toBe(4);
  });
});

describe('a plan', () => {
  /** What each scenario takes beside its runs, and each row of its series. */
  const beside = (rows: number) => 1.5 + 8e-6 * rows;
  const perRequestMs = (trial: TrialConfig) => trial.durationMs * trial.load.ratePerMs * 0.01;
  const columns = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      strategy: 'ring',
      params: { 'load.rate': `${i + 1}k/s` },
      trial: fakeTrial('ring', { load: { arrivals: 'poisson', ratePerMs: i + 1, keys: null } }),
    }));

  it('says of every column what it would run, the untried ones by their requests', () => {
    const plan = planOf(fakeScenario(columns(40), { seed: 7, replications: 3 }), 2, machine(perRequestMs));
    expect(plan).toMatchObject({ scenario: 'fake', runs: 120, maxRuns: 120, jobs: 2 });
    expect(plan.columns[0]).toStrictEqual({
      ...{ strategy: 'ring', variant: null, params: { 'load.rate': '1k/s' } },
      ...{ firstSeed: 7, replications: 3, maxReplications: 3, requests: 2_000 },
      secondsPerRun: expect.closeTo(0.02, 6),
    });
    for (const { requests, secondsPerRun } of plan.columns) expect(secondsPerRun).toBeCloseTo(requests / 100_000, 5);
    const total = plan.columns.reduce((sum, { secondsPerRun }) => sum + 3 * secondsPerRun, 0);
    const requests = plan.columns.reduce((sum, column) => sum + column.requests, 0);
    expect(plan.seconds).toBeCloseTo(beside(requests) + total / 2, 6);
  });

  it('no run is shared among cores, and a twin is a run as well', () => {
    const [one] = columns(1);
    expect(planOf(fakeScenario([one]), 8, machine(perRequestMs)).seconds).toBeCloseTo(beside(2_000) + 0.02, 6);
    const unequal = [one, { ...one, trial: fakeTrial('ring', { load: { ...one.trial.load, ratePerMs: 10 } }) }];
    expect(planOf(fakeScenario(unequal), 2, machine(perRequestMs)).seconds).toBeCloseTo(beside(22_000) + 0.2, 6);
    const faults: TrialConfig['faults'] = [
      {
        action: { kind: 'crash' },
        targets: { kind: 'instances', ids: ['a-1'] },
      } as unknown as TrialConfig['faults'][0],
    ];
    const twins = fakeScenario([{ ...one, trial: { ...one.trial, faults } }, one], { impact: 'twin' });
    const seconds = planOf(twins, 1, machine(perRequestMs)).columns.map(({ secondsPerRun }) => secondsPerRun);
    expect(seconds).toStrictEqual([expect.closeTo(0.04, 6), expect.closeTo(0.02, 6)]);
  });

  it('until a precision is reached it is a range', () => {
    const precision: Scenario['precision'] = [{ metric: 'latency.p99', relative: 0.02, absolute: null }];
    const scenario = fakeScenario(columns(2), { replications: 5, precision, maxReplications: 100 });
    const plan = planOf(scenario, 1, machine(perRequestMs));
    expect(plan).toMatchObject({ runs: 10, maxRuns: 200 });
    expect(plan.maxSeconds - beside(6_000)).toBeCloseTo(20 * (plan.seconds - beside(6_000)), 6);
    expect(plan.seconds).toBeGreaterThan(beside(6_000));
    expect(planText(plan)).toContain('fake: 10 to 200 runs, until precise, in 2 columns\n');
    expect(planText(plan)).toMatch(/2k\/s +7 to 11, at most to 106 +4,000\n/);
  });

  it('in words has a line a column, the variant first, and no digits that nobody knows', () => {
    const scenario = fakeScenario([
      { strategy: 'ring', variant: 'current', trial: fakeTrial('ring', { durationMs: 2_345_678 }) },
      { strategy: 'random', variant: 'proposed', trial: fakeTrial('random', { durationMs: 1_000 }) },
    ]);
    const text = planText(
      planOf(
        scenario,
        1,
        machine(({ durationMs }) => durationMs * 0.01),
      ),
    );
    expect(text.split('\n').slice(0, 5)).toStrictEqual([
      'fake: 2 runs in 2 columns',
      '',
      '  variant   strategy  seeds  requests a run',
      '  current   ring      7           1,172,839',
      '  proposed  random    7                 500',
    ]);
    expect(text).toContain('\nabout 34 s with one run at a time');
  });
});
