import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { CellMeasures } from '../../src/metrics/measures.ts';
import { medianRun } from '../../src/metrics/median_run.ts';
import { fakeReport } from '../helpers/fake_report.ts';

interface Figures {
  readonly drain?: number | null;
  readonly outage?: number;
  readonly p99?: number;
}

/** Replications under seeds from 10 on. */
function runs(figures: readonly Figures[]): (CellMeasures & { seed: number })[] {
  return figures.map(({ drain = null, outage = 0, p99 = 1 }, i) => {
    const { measures } = fakeReport({ p99 }, false);
    const drainMs = { ...measures.failover.drainMs, count: drain === null ? 0 : 1, mean: drain };
    const row = { fault: 'crash#0', startMs: 0, failedAttempts: 0, clientFailures: 0, peakErrorRate: 0, recoverMs: 0 };
    const impact = [{ ...row, outageSeconds: outage }];
    return { ...measures, seed: 10 + i, failover: { ...measures.failover, drainMs }, impact };
  });
}

describe('the median replication', () => {
  it('is that of drain, whoever was slow', () => {
    const drains = [50, 10, 40, 20, 30].map((drain, i) => ({ drain, p99: i }));
    expect(medianRun(runs(drains))).toEqual({ seed: 14, by: 'failover.drain.mean' });
  });

  it('is the lower of the two in the middle, and of equals that of the lower seed', () => {
    expect(medianRun(runs([{ drain: 4 }, { drain: 3 }, { drain: 2 }, { drain: 1 }]))?.seed).toBe(12);
    expect(medianRun(runs([{ drain: 9 }, { drain: 5 }, { drain: 5 }, { drain: 5 }, { drain: 1 }]))?.seed).toBe(11);
  });

  it('is one that has a value', () => {
    const some = [{ drain: null }, { drain: 7 }, { drain: null }];
    expect(medianRun(runs(some))).toEqual({ seed: 11, by: 'failover.drain.mean' });
  });

  it('is that of outages, and then of latency, where nothing drained or all did alike', () => {
    expect(medianRun(runs([{ outage: 3 }, { outage: 1 }, { outage: 2 }]))).toEqual({
      ...{ seed: 12, by: 'impact.outageSeconds' },
    });
    expect(
      medianRun(
        runs([
          { drain: 1, p99: 3 },
          { drain: 1, p99: 1 },
          { drain: 1, p99: 2 },
        ]),
      ),
    ).toEqual({
      ...{ seed: 12, by: 'latency.p99' },
    });
  });

  it('is the first where nothing tells them apart', () => {
    expect(medianRun(runs([{}, {}, {}]))).toEqual({ seed: 10, by: null });
    expect(medianRun(runs([{ drain: 5 }]))).toEqual({ seed: 10, by: null });
    expect(medianRun([])).toBeNull();
  });

  const drains = fc.array(fc.option(fc.integer({ min: 1, max: 6 })), { minLength: 2, maxLength: 12 });
  test.prop([drains, fc.infiniteStream(fc.nat())])(
    'has no more than half of the others below it, nor above, in whatever order they come',
    (values, order) => {
      const all = runs(values.map((drain) => ({ drain })));
      const found = medianRun(all);
      const shuffled = all.map((run) => ({ run, at: order.next().value })).toSorted((a, b) => a.at - b.at);
      expect(medianRun(shuffled.map(({ run }) => run))).toEqual(found);
      fc.pre(new Set(values).size > 1);
      const own = values[(found?.seed ?? 0) - 10] ?? Number.NaN;
      const known = values.filter((value) => value !== null);
      expect(known.filter((value) => value < own).length).toBeLessThanOrEqual((known.length - 1) / 2);
      expect(known.filter((value) => value > own).length).toBeLessThanOrEqual(known.length / 2);
    },
  );
});
