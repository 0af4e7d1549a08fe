import { expect, it } from 'vitest';
import { durationStats } from '../../src/metrics/kaplan_meier.ts';
import { renderSummary } from '../../src/report/terminal.ts';
import { runStudy } from '../../src/run/study.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { type FakeThreshold, fakeFailover, fakeReport, fakeScenario } from '../helpers/fake_report.ts';

const options = { color: false, width: 100, directory: 'results/fake', files: ['result.json'] };
const limit: FakeThreshold = {
  ...{ expression: 'failover.detect.p99 < 8s', metric: 'failover.detect.p99', operator: '<', limit: 8000 },
};

/** Four callers learn of one fault a run after about so many ms; Infinity: they do not, within 6 s. */
async function summaryOf(scenario: Scenario, typical: Readonly<Record<string, number>>): Promise<string> {
  const study = await runStudy(scenario, {
    jobs: 1,
    series: null,
    runCell: async ({ column, seed }) => {
      const { measures, sample } = fakeReport({ failovers: [fakeFailover(4)] });
      const ms = typical[scenario.columns[column].strategy];
      const times = [0, 10, 20, 30].map((more) => ms + more + (seed % 5));
      const [events, censored] = Number.isFinite(ms) ? [times, []] : [[], times.map(() => 6000)];
      const detect = { events: Float64Array.from(events), censored: Float64Array.from(censored) };
      return {
        ...{ series: null, upShare: [] },
        measures: { ...measures, failover: { ...measures.failover, detectMs: durationStats(events, censored) } },
        sample: { ...sample, failover: { ...sample.failover, detect } },
      } as unknown as ReturnType<typeof fakeReport>;
    },
  });
  return renderSummary(study, options);
}

const two = [{ strategy: 'ring' }, { strategy: 'random' }];

it('a p99 that rests on few events says so in the table, below it, and where a threshold is judged by it', async () => {
  const scenario = fakeScenario([{ strategy: 'ring' }], { replications: 3, thresholds: [limit] });
  const text = await summaryOf(scenario, { ring: 1000 });
  expect(text).toMatch(/ring +1\.01 s +1\.03 s .*\n +±[\d.]+ ms +3 events/);
  expect(text).toContain('only 3 events: too few for an interval of a p99, which takes 30 events and 500 pairs');
  expect(text).toMatch(/Thresholds: passed\n {2}pass .* 1\.03 s, only 3 events +87% below the limit/);
});

it('events of nothing but what was not reached are not explained, and the longest time is the one that was watched', async () => {
  const text = await summaryOf(fakeScenario([{ strategy: 'ring' }], { replications: 3 }), { ring: Infinity });
  expect(text).toContain('> 6 s: too few pairs got that far while they were watched, 6 s at the longest');
  expect(text).not.toContain('too few for an interval');
});

it('where a p99 has no interval the medians are compared', async () => {
  const times = { ring: 2000, random: 1000 };
  const few = await summaryOf(fakeScenario(two, { replications: 10 }), times);
  expect(few).toMatch(/better {2}random: failover detect p50 50% lower than ring \[.*\], 10 seeds/);
  expect(few).not.toContain('detect p99 ');
  const many = await summaryOf(fakeScenario(two, { replications: 130 }), times);
  expect(many).toMatch(/better {2}random: failover detect p99 49% lower/);
  expect(many).not.toContain('detect p50 ');
});

it('precision says why there is no interval', async () => {
  const precision = [{ metric: 'failover.detect.p99', relative: 0.05, absolute: null }];
  const text = await summaryOf(fakeScenario([{ strategy: 'ring' }], { precision, maxReplications: 12 }), {
    ring: 1000,
  });
  expect(text).toContain('failover.detect.p99 of ring has no interval (only 12');
});

it('without a clear difference it says of what', async () => {
  const text = await summaryOf(fakeScenario(two, { replications: 3 }), { ring: 1000, random: 1000 });
  expect(text).toMatch(/hold together: none that is clear\n {2}of what is named in sentences; .* comparison\.csv/);
});

it('what has an interval without width is not called identical where seeds differ', async () => {
  const text = await summaryOf(fakeScenario([{ strategy: 'ring' }], { replications: 130, thresholds: [limit] }), {
    ring: 1000,
  });
  // Of five equally many offsets the 99th percentile is that of the last, in nearly every resample.
  expect(text).toMatch(/pass {2}failover\.detect\.p99 < 8s {2}ring {2}1\.03 s ±0 +87%/);
});
