import { describe, expect, it } from 'vitest';
import { renderSummary } from '../../src/report/terminal.ts';
import type { Threshold } from '../../src/scenario/scenario.ts';
import { type FakeFigures, type FakeThreshold, fakeFailover, fakeScenario } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';
import { type Detection, detectStudy } from '../run/detect_study.ts';

const options = { color: false, width: 100, directory: 'results/fake', files: ['runs.csv', 'result.json'] };
const names = ['ring', 'random', 'peak-ewma'];
const limit: FakeThreshold = { expression: 'latency.p99 < 500ms', metric: 'latency.p99', operator: '<', limit: 500 };

async function rendered(
  figures: (strategy: string, seed: number) => FakeFigures,
  changes: Parameters<typeof fakeScenario>[1] = {},
  changed: Partial<typeof options> = {},
) {
  const scenario = fakeScenario(
    names.map((strategy) => ({ strategy })),
    changes,
  );
  return renderSummary(await fakeStudy(scenario, figures), { ...options, ...changed });
}

const spread = (strategy: string, seed: number): FakeFigures => ({
  p99: { ring: 400, random: 600, 'peak-ewma': 280 }[strategy as 'ring'] + (seed % 3),
});

/** The line that holds all of these. */
function line(text: string, ...parts: string[]): string | undefined {
  return text.split('\n').find((one) => parts.every((part) => one.includes(part)));
}

describe('the summary', () => {
  it('begins with the verdict: observed value and margin, failures first', async () => {
    const text = await rendered(spread, { replications: 3, thresholds: [limit] });
    expect(text).toContain('fake: 9 runs of 2 s, seeds 7 to 9');
    expect(text.indexOf('Thresholds: 1 of 3 failed')).toBeLessThan(text.indexOf('Traffic'));
    const verdicts = text.split('\n').filter((one) => one.includes('latency.p99 < 500ms'));
    expect(verdicts[0]).toMatch(/FAIL {2}latency\.p99 < 500ms {2}random +601 ms ±2\.5 ms +20% above the limit/);
    expect(verdicts[1]).toMatch(/pass .* ring +401 ms ±2\.5 ms +20% below the limit/);
  });

  it('says so where nothing was measured', async () => {
    const text = await rendered(() => ({ p99: null }), { thresholds: [limit] });
    expect(line(text, 'FAIL', 'ring')).toContain('not measured');
  });

  it('shows false alarms beside failover where there were any', async () => {
    const failovers = [fakeFailover(null)];
    expect(await rendered(() => ({ failovers }))).not.toContain('alarms');
    const alarms = (strategy: string, seed: number) => ({
      failovers,
      falsePositives: strategy === 'ring' ? 700 + (seed % 2) : 0,
    });
    expect(await rendered(alarms, { replications: 4 })).toMatch(/noticed +alarms\n +ring .* 701!\n/);
  });

  it('names variants first, and strategies where they differ too', async () => {
    const columns = (strategies: readonly string[]) =>
      ['current', 'proposed'].map((variant, i) => ({ variant, strategy: strategies[i], point: 0 }));
    const study = (strategies: readonly string[]) =>
      fakeStudy(fakeScenario(columns(strategies), { thresholds: [limit] }), () => ({ p99: 5 }));
    const same = renderSummary(await study(['ring', 'ring']), options);
    expect(same).toMatch(/\n {2}variant +ok +p50 .*\n {2}current +100%.*\n {2}proposed +100%.*\n/);
    expect(same).toMatch(/pass .* current: ring .*\n.*pass .* proposed: ring /);
    const different = renderSummary(await study(['ring', 'random']), options);
    expect(different).toMatch(/\n {2}variant +strategy +ok .*\n {2}current +ring +100%.*\n {2}proposed +random +100%/);
    expect(different).toContain('* best, or not to be told from it');
  });

  it('marks best and worst without colour, where intervals lie apart', async () => {
    const text = await rendered(spread, { replications: 3 });
    expect(line(text, '  peak-ewma', 'ms')).toMatch(/281 ms\*/);
    expect(line(text, '  random', 'ms')).toMatch(/601 ms!/);
    expect(text).toContain('* best, or not to be told from it; ! worst of the others');
    const noisy = await rendered((strategy, seed) => ({ p99: names.indexOf(strategy) + (seed % 2) * 1000 }), {
      replications: 4,
    });
    expect(noisy).not.toMatch(/ms[*!]/);
  });

  it('says the clear differences in sentences, and only those', async () => {
    const text = await rendered(spread, { replications: 3 });
    expect(text).toContain('\n  better  peak-ewma: p99 30% lower than ring [30%, 30%], 3 seeds\n');
    expect(text).toContain('\n  worse   random: p99 50% higher than ring [49%, 50%], 3 seeds\n');
    expect(text).not.toContain('fairness (jain) 0 ');
    expect(await rendered(() => ({}), { replications: 2 })).toContain('none that is clear');
  });

  it('does not praise the latency of a strategy that is quick by failing', async () => {
    const failing = (failed: number) => (strategy: string, seed: number) => ({
      ...spread(strategy, seed),
      failed: strategy === 'peak-ewma' ? failed : 0,
    });
    const same = await rendered(failing(9), { replications: 3 });
    expect(same).toMatch(/281 ms\*/);
    expect(same).toContain('peak-ewma: p99');
    const shedding = await rendered(failing(11), { replications: 3 });
    expect(shedding).not.toMatch(/281 ms\*/);
    expect(shedding).not.toContain('p99 30%');
  });

  it('says differences of shares in points', async () => {
    const text = await rendered((strategy, seed) => ({ failed: strategy === 'random' ? 30 + seed : 0 }), {
      replications: 3,
    });
    expect(text).toMatch(/random: requests ok 3\.8 points lower than ring \[3\.\d, 4\.\d\], 3 seeds\n/);
  });

  it('has a table of failover where there were faults, and a dash where nothing was measured', async () => {
    expect(await rendered(spread)).not.toContain('Failover');
    const text = await rendered(() => ({ failovers: [fakeFailover(3)], detectP99: 3210 }));
    expect(text).toContain('Failover');
    expect(line(text.slice(text.indexOf('Failover')), 'ring')).toMatch(/3\.21 s +3\.21 s +- +-/);
  });

  it('shows beside the twin what the faults did', async () => {
    expect(await rendered(spread)).not.toContain('Because of faults');
    const text = await rendered(() => ({
      twin: { failures: 12, delayedRequests: -3, extraSeconds: 1.5, collateral: 2 },
    }));
    expect(text).toMatch(
      /Because of faults +requests +lost +requests +time\n +strategy +lost +elsewhere +delayed +lost\n/,
    );
    expect(line(text.slice(text.indexOf('Because of faults')), 'ring')).toMatch(/ring +12 +2 +-3 +1\.5 s/);
  });

  it('says how many cells there are of those that were due, and whether precision was reached', async () => {
    const precision = [{ metric: 'latency.p99', relative: 0.5, absolute: null }];
    const text = await rendered(spread, { precision, maxReplications: 20 });
    expect(text).toMatch(/^fake: 30 runs of 2 s, seeds 7 to 16\nprecision reached after 10 replications\n\n/);
    const threshold = { ...limit, abortOnFail: true, expression: 'latency.p99 < 300ms', limit: 300 };
    const stopped = await rendered(spread, { replications: 2, thresholds: [threshold] });
    expect(stopped).toMatch(
      /^fake: 2 of 6 runs of 2 s, seeds 7 to 8\nstopped by latency\.p99 < 300ms, which ring fails: 2 of 6 cells are done and written\n/,
    );
  });

  describe('on what was not reached', () => {
    const detect = (operator: Threshold['operator'], value: number): FakeThreshold => ({
      expression: `failover.detect.p99 ${operator} ${value}ms`,
      metric: 'failover.detect.p99',
      operator,
      limit: value,
    });
    const rendering = async (threshold: FakeThreshold, detections: Readonly<Record<string, readonly Detection[]>>) => {
      const columns = Object.keys(detections).map((strategy) => ({ strategy }));
      const replications = Object.values(detections)[0].length;
      const scenario = fakeScenario(columns, { replications, thresholds: [threshold] });
      return renderSummary(await detectStudy(scenario, detections), options);
    };

    it('says so, and in how many runs where it is not all, apart from what was not measured', async () => {
      const text = await rendering(detect('<', 2100), {
        ring: ['never', 'never', 'never'],
        random: [1000, 'never', 1000],
        'peak-ewma': [null, null, null],
        maglev: [1000, 1000, 1000],
      });
      expect(line(text, 'FAIL', 'ring')).toMatch(/ring +not reached$/);
      expect(line(text, 'FAIL', 'random')).toMatch(/random +not reached in 1 of 3 runs$/);
      expect(line(text, 'FAIL', 'peak-ewma')).toMatch(/peak-ewma +not measured$/);
      expect(line(text, 'pass', 'maglev')).toContain('52% below the limit');
    });

    it('takes it for the loosest pass of a lower limit', async () => {
      const columns = Array.from({ length: 8 }, (_, i) => `s${i}`);
      const detections = Object.fromEntries(
        columns.map((name, i) => [name, [i === 0 ? 'never' : 1000 * (9 - i)] as const]),
      );
      expect(await rendering(detect('>', 100), detections)).toMatch(/pass .*8 of 8, tightest s7 +2 s/);
    });

    it('writes it into the table, and marks no best and no worst beside it', async () => {
      const text = await rendering(detect('<', 2100), {
        ring: [1000, 1000],
        random: [2000, 2000],
        'peak-ewma': ['never', 2000],
      });
      const table = text.slice(text.indexOf('Failover'));
      expect(table).toMatch(/\n {2}peak-ewma +not +not +[-\d]/);
      expect(table).toMatch(/\n +reached +reached /);
      expect(line(table, '  ring')).toMatch(/ring +1 s +1 s +-/);
      expect(text).toContain('not reached: in some run, too few pairs got that far while they were watched');
      expect(await rendering(detect('<', 2100), { ring: [1000, 1000] })).not.toContain('not reached');
    });

    it('fits its width', async () => {
      const never = ['never', 'never'] as const;
      const text = await rendering(detect('<', 2100), { ring: never, 'consistent-hash': never });
      for (const one of text.split('\n')) expect(one.length).toBeLessThanOrEqual(100);
    });
  });

  it('teaches: cause, effect, next step; and ends with where the files are', async () => {
    const text = await rendered((strategy) => ({ panicLeaks: strategy === 'ring' ? 3 : 0 }));
    expect(text).toMatch(/! panic mode sent attempts .*\(ring\)\n +so: .*\n(.*\n)? +try: set panicThreshold/);
    expect(text.trimEnd().split('\n').at(-1)).toBe('written to results/fake: runs.csv, result.json');
  });

  it('is plain without colour, and coloured with it', async () => {
    const esc = String.fromCharCode(27);
    expect(await rendered(spread, { replications: 3 })).not.toContain(esc);
    expect(await rendered(spread, { replications: 3 }, { color: true })).toContain(esc);
  });

  it('fits its width', async () => {
    const figures = (strategy: string, seed: number) => ({
      ...spread(strategy, seed),
      failovers: [fakeFailover(1)],
      detectP99: 1234,
      undetected: 1,
    });
    const text = await rendered(figures, { replications: 3, thresholds: [limit] });
    for (const one of text.split('\n')) expect(one.length).toBeLessThanOrEqual(100);
  });

  it('breaks a long name between its options', async () => {
    const strategies = ['ring', 'peak-ewma(defaultRtt=30ms,peak=decayed,failurePenalty=5s)'];
    const scenario = fakeScenario(strategies.map((strategy) => ({ strategy })));
    const text = renderSummary(await fakeStudy(scenario, () => ({})), options);
    expect(text).toMatch(/\n {2}peak-ewma\(defaultRtt=30ms,( .*)?\n {2}peak=decayed,failurePenalty=5s\)/);
  });

  it('groups a wide matrix by its parameters and shortens what is well', async () => {
    const columns = [1, 2, 3, 4].flatMap((load) =>
      names.map((strategy) => ({ strategy, params: { 'load.rate': `${load}/s` } })),
    );
    const scenario = fakeScenario(columns, { replications: 2, thresholds: [limit] });
    const text = renderSummary(await fakeStudy(scenario, spread), options);
    expect(text).toMatch(/pass .*8 of 12, tightest ring load\.rate=1\/s/);
    expect(text).toMatch(/random load\.rate=4\/s: p99 50% higher than ring/);
    expect(text.match(/^ {2}load\.rate=\d\/s$/gm)).toHaveLength(4);
  });
});
