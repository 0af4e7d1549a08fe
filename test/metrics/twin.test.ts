import { test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { type BeliefCause, type ByCause, byCause, type ToldByCause } from '../../src/core/belief_cause.ts';
import type { DurationStats } from '../../src/metrics/measures.ts';
import { record } from './history.ts';
import { randomHistory } from './random_history.ts';
import { Twin } from './twin.ts';

const RUNS = { numRuns: 150 };

/** Equal up to rounding: the recorder and its twin add up the same terms in another order. */
function same(found: unknown, expected: unknown, where: string): void {
  if (typeof expected !== 'number' || typeof found !== 'number') expect(found, where).toEqual(expected);
  else
    expect(Math.abs(found - expected), `${where}: ${found}, ${expected}`).toBeLessThanOrEqual(
      1e-9 * Math.max(1, Math.abs(expected)),
    );
}

function sameAll<T extends object>(found: T, expected: Partial<T>, where: string): void {
  for (const key of Object.keys(expected) as (keyof T & string)[]) same(found[key], expected[key], `${where}.${key}`);
}

/** Connections have figures only where there is something to tell. */
function toldOf<T>(all: ByCause<T>, isTold: (one: T) => boolean): Partial<ByCause<T>> {
  const { connection, ...others } = all;
  return isTold(connection) ? all : others;
}

function sameDetectBy(found: ToldByCause<DurationStats>, events: ByCause<number[]>, where: string): void {
  const expected = toldOf(events, (some) => some.length > 0);
  expect(Object.keys(found), where).toEqual(Object.keys(expected));
  for (const cause of Object.keys(expected) as BeliefCause[]) {
    sameAll(found[cause] as DurationStats, naiveStats({ events: events[cause], censored: [] }), `${where}.${cause}`);
  }
}

/** Product-limit statistics straight from the definition. */
function naiveStats({ events, censored }: { events: number[]; censored: number[] }): DurationStats {
  if (events.length + censored.length === 0)
    return { count: 0, mean: null, p50: null, p90: null, p99: null, max: null };
  const everybody = [...events, ...censored];
  const survivalAt = (t: number) =>
    [...new Set(events)]
      .filter((time) => time <= t)
      .reduce((s, time) => {
        const deaths = events.filter((other) => other === time).length;
        return s * (1 - deaths / everybody.filter((other) => other >= time).length);
      }, 1);
  const steps = [...new Set([0, ...everybody])].sort((a, b) => a - b);
  const quantile = (q: number) => steps.find((t) => events.includes(t) && survivalAt(t) <= 1 - q + 1e-9) ?? null;
  const mean = steps.slice(1).reduce((area, t, i) => area + survivalAt(steps[i]) * (t - steps[i]), 0);
  return {
    count: events.length,
    mean,
    p50: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
    max: events.length === 0 ? null : Math.max(...events),
  };
}

describe('a recorder and its slow twin agree on', () => {
  test.prop([randomHistory], RUNS)('requests and latency', (history) => {
    const { measures } = record(history);
    const twin = new Twin(history);
    expect(measures.requests).toEqual(twin.requests());
    const { successes, all } = twin.latencies();
    for (const [stats, values] of [
      [measures.latencyMs, successes],
      [measures.latencyMs.all, all],
    ] as const) {
      const sorted = values.toSorted((a, b) => a - b);
      same(stats.max, sorted.at(-1) ?? null, 'max');
      same(stats.mean, sorted.length === 0 ? null : sorted.reduce((a, b) => a + b, 0) / sorted.length, 'mean');
      for (const [found, q] of [
        [stats.p50, 0.5],
        [stats.p90, 0.9],
        [stats.p99, 0.99],
        [stats.p999, 0.999],
      ] as const) {
        const exact = sorted[Math.ceil(q * sorted.length - 1e-9) - 1];
        if (exact === undefined) expect(found).toBeNull();
        else expect(Math.abs((found as number) - exact)).toBeLessThanOrEqual(exact / 1024 + 1e-6);
      }
    }
  });

  test.prop([randomHistory], RUNS)('fairness', (history) => {
    const { fairness, instances } = record(history).measures;
    const { truthJain, expectedShare, requests, failures, ...expected } = new Twin(history).fairness();
    sameAll(fairness, expected, 'fairness');
    same(fairness.byTruth.jain, truthJain, 'byTruth');
    instances.forEach((row, i) => {
      sameAll(row, { requests: requests[i], failures: failures[i], expectedShare: expectedShare[i] }, row.id);
    });
  });

  test.prop([randomHistory], RUNS)('fairness in windows', (history) => {
    const { fairness } = record(history).measures;
    const { dispersion, ...windows } = new Twin(history).windows();
    sameAll(fairness.windows, windows, 'windows');
    same(fairness.dispersion, dispersion, 'dispersion');
  });

  test.prop([randomHistory], RUNS)('failover', (history) => {
    const { failovers, failover } = record(history).measures;
    const expected = new Twin(history).failovers();
    expect(failovers).toHaveLength(expected.length);
    expected.forEach(({ detect, detectBy, drain, reinstate, ...plain }, i) => {
      const { removedBy, ...others } = plain;
      sameAll(failovers[i], others, `failovers[${i}]`);
      expect(failovers[i].removedBy, `failovers[${i}].removedBy`).toEqual(toldOf(removedBy, (count) => count > 0));
      sameAll(failovers[i].detectMs, naiveStats(detect), `failovers[${i}].detect`);
      sameDetectBy(failovers[i].detectByMs, detectBy, `failovers[${i}].detectBy`);
      sameAll(failovers[i].drainMs, naiveStats(drain), `failovers[${i}].drain`);
      sameAll(failovers[i].reinstateMs, naiveStats(reinstate), `failovers[${i}].reinstate`);
    });
    const pool = (which: 'detect' | 'drain' | 'reinstate') => ({
      events: expected.flatMap((episode) => episode[which].events),
      censored: expected.flatMap((episode) => episode[which].censored),
    });
    sameAll(failover.detectMs, naiveStats(pool('detect')), 'failover.detect');
    sameAll(failover.drainMs, naiveStats(pool('drain')), 'failover.drain');
    sameAll(failover.reinstateMs, naiveStats(pool('reinstate')), 'failover.reinstate');
    const events = byCause((cause) => expected.flatMap(({ detectBy }) => detectBy[cause]));
    sameDetectBy(failover.detectByMs, events, 'failover.detectBy');
    for (const field of ['atRisk', 'undetected', 'censored', 'late', 'unexposed'] as const) {
      expect(failover[field], field).toBe(expected.reduce((sum, episode) => sum + episode[field], 0));
    }
    for (const field of ['halfOpen', 'unejected', 'panic', 'staleView'] as const) {
      expect(failover.leaks[field], field).toBe(expected.reduce((sum, episode) => sum + episode.leaks[field], 0));
    }
  });

  test.prop([randomHistory], RUNS)('impact', (history) => {
    const { impact } = record(history).measures;
    const expected = new Twin(history).impact();
    expect(impact).toHaveLength(expected.length);
    expected.forEach((row, i) => {
      sameAll(impact[i], row, `impact[${i}]`);
    });
  });

  test.prop([randomHistory], RUNS)('detector quality', (history) => {
    const { detector, failover } = record(history).measures;
    const { goodTimeMs, mistakeMs, countedMs, falsePositives, slow, errors } = new Twin(history).detector();
    same(detector.goodTimeMs, goodTimeMs, 'goodTime');
    same(detector.falsePositives, falsePositives, 'falsePositives');
    same(failover.falsePositives, falsePositives, 'failover.falsePositives');
    same(detector.meanTimeBetweenMs, falsePositives === 0 ? null : goodTimeMs / falsePositives, 'meanTimeBetween');
    same(detector.meanDurationMs, falsePositives === 0 ? null : countedMs / falsePositives, 'meanDuration');
    same(detector.queryAccuracy, goodTimeMs === 0 ? null : 1 - mistakeMs / goodTimeMs, 'queryAccuracy');
    expect(detector.impairedRemovals).toEqual({ slow, errors });
  });

  test.prop([randomHistory], RUNS)('each detector by itself', (history) => {
    const { detectors, detector: belief, failover } = record(history).measures;
    const expected = new Twin(history).sources();
    expect(detectors.map(({ detector }) => detector)).toEqual([...expected.map(({ source }) => source), 'all']);
    expected.forEach(({ source, goodTimeMs, mistakeMs, countedMs, falsePositives, detect, ...theirs }, i) => {
      const { atRisk, undetected, censored } = theirs;
      const [mistakes, good] = [falsePositives > 0, goodTimeMs > 0];
      const figures = {
        ...{ atRisk, undetected, censored, falsePositives, goodTimeMs },
        meanTimeBetweenMs: mistakes ? goodTimeMs / falsePositives : null,
        meanDurationMs: mistakes ? countedMs / falsePositives : null,
        queryAccuracy: good ? 1 - mistakeMs / goodTimeMs : null,
      };
      sameAll(detectors[i], figures, source);
      sameAll(detectors[i].detectMs, naiveStats(detect), `${source}.detect`);
    });
    const { atRisk, detectMs, undetected, censored } = failover;
    const { impairedRemovals: _, ...quality } = belief;
    expect(detectors.at(-1)).toEqual({ detector: 'all', atRisk, detectMs, undetected, censored, ...quality });
  });

  test.prop([randomHistory], RUNS)('availability and probes of instances', (history) => {
    const { measures, upShare } = record(history);
    const twin = new Twin(history);
    twin.upShare().forEach((share, second) => {
      same(upShare[second], share, `second ${second}`);
    });
    twin.availability().forEach((share, i) => {
      same(measures.instances[i].availability, share, `instance ${i}`);
    });
    twin.probes().forEach((count, i) => {
      sameAll(measures.instances[i], { probes: count, probesPerSecond: count / 10 }, `instance ${i}`);
    });
  });

  test.prop([randomHistory], RUNS)('nothing that JSON cannot say', (history) => {
    const { sample: _, ...report } = record(history);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});
