import quantile from '@stdlib/stats-base-dists-t-quantile';
import { describe, expect, it } from 'vitest';
import type { WrittenOptions } from '../../src/core/options.ts';
import { randomStream } from '../../src/core/random.ts';
import { akkaLogistic, phiOfNormal, standardNormal } from '../../src/health/heartbeat/phi.ts';
import { SlidingMoments } from '../../src/health/heartbeat/sliding_moments.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { callers, instances, traceOf, trialOf } from '../helpers/trial.ts';
import { estimate, expectAgreement, expectUniform } from './theory.ts';

const ETA_MS = 1000;

/** Instances that send heartbeats from phases of their own, one caller, hardly a request. */
const beating = (name: string, options: WrittenOptions, count: number, written: Partial<TrialConfig> = {}) =>
  trialOf({
    instances: instances(count),
    callers: callers(1),
    load: { arrivals: 'constant', ratePerMs: 0.001, keys: null },
    heartbeat: { intervalMs: ETA_MS, loss: 0, detector: { name, options } },
    ...written,
  });

describe('all instances crash at once, each somewhere between two heartbeats', () => {
  const COUNT = 1000;
  const CRASH_MS = 30_000;
  const SLACK_MS = 700;
  // The last heartbeat was sent at U(0, eta) before the crash. From it the detectors count as follows.
  const cases: [string, WrittenOptions, number][] = [
    // Chen, Toueg, Aguilera (2002): T_D <= eta + delta.
    ['nfd-s', { slack: SLACK_MS }, ETA_MS + SLACK_MS],
    ['nfd-e', { slack: SLACK_MS }, ETA_MS + SLACK_MS],
    // The deviation of what is known by then is below the least there may be.
    ['phi-accrual', {}, ETA_MS + 3000 + 100 * akkaLogistic(8)],
    ['phi-accrual', { threshold: 3, cdf: 'normal', acceptableHeartbeatPause: 0 }, ETA_MS + 100 * standardNormal(3)],
    // 29 intervals were heard, beside the one made up.
    ['phi-exponential', { threshold: 2 }, (2 * Math.LN10 * (2 * ETA_MS + 29 * ETA_MS)) / 30],
  ];

  it.each(cases)('%s %j: detection is uniform on its last interval', (name, options, longestMs) => {
    const trial = beating(name, options, COUNT, {
      durationMs: 37_000,
      faults: [
        {
          action: { kind: 'crash' },
          target: { kind: 'count', count: COUNT },
          when: { kind: 'at', atMs: CRASH_MS, forMs: Infinity },
        },
      ],
    });
    const turned = traceOf(trial).beliefs.filter(({ good, atMs }) => !good && atMs > CRASH_MS);
    expect(turned).toHaveLength(COUNT);
    for (const { cause, evidenceAtMs } of turned) {
      expect(cause).toBe('heartbeat');
      // The first heartbeat that was not sent, to the accuracy of the mean interval.
      expect(evidenceAtMs).toBeGreaterThan(CRASH_MS - 1);
      expect(evidenceAtMs).toBeLessThan(CRASH_MS + ETA_MS + 50);
    }
    expectUniform(
      turned.map(({ atMs }) => atMs - CRASH_MS),
      longestMs - ETA_MS,
      longestMs,
    );
  });
});

describe('NFD-S over a network that loses and delays', () => {
  const LOSS = 0.1;
  const DELAY_MS = 300;
  /** Shorter and longer than an interval, and how sharp the comparison is. */
  const slacks = [
    [500, 0.04],
    [1400, 0.12],
  ] as const;

  /**
   * Chen, Toueg and Aguilera's quality of service of NFD-S, worked out here for exponential delays. At x past a freshness
   * point the host is suspected if none of the heartbeats sent since has come, the j-th of them sent delta + x - j eta ago:
   * with probability u(x), the product of p_L + (1 - p_L) exp(-(delta + x - j eta) / mean). A mistake begins where the
   * heartbeat before came in time, q_0, and these have not: at p_S = q_0 u(0) of freshness points.
   */
  function theory(deltaMs: number) {
    const unheard = (sinceMs: number): number => (sinceMs <= 0 ? 1 : LOSS + (1 - LOSS) * Math.exp(-sinceMs / DELAY_MS));
    const u = (x: number): number => {
      let product = 1;
      for (let j = 0; deltaMs + x - j * ETA_MS > 0; j++) product *= unheard(deltaMs + x - j * ETA_MS);
      return product;
    };
    const pS = (1 - unheard(deltaMs + ETA_MS)) * u(0);
    const STEPS = 20_000;
    let integral = 0;
    for (let i = 0; i < STEPS; i++) integral += (u(((i + 0.5) / STEPS) * ETA_MS) * ETA_MS) / STEPS;
    return { recurrenceMs: ETA_MS / pS, durationMs: integral / pS, accuracy: 1 - integral / ETA_MS };
  }

  it.each(slacks)('slack %i: mistakes recur, last and add up as Chen, Toueg and Aguilera say', (slack, within) => {
    const expected = theory(slack);
    const trial = beating('nfd-s', { slack }, 10, {
      durationMs: 510_000,
      warmupMs: 10_000,
      networkLatency: { kind: 'exponential', meanMs: DELAY_MS },
      heartbeat: { intervalMs: ETA_MS, loss: LOSS, detector: { name: 'nfd-s', options: { slack } } },
    });
    const runs = Array.from(
      { length: 40 },
      (_, r) => runTrial(trial, r + 1, { recordSeries: false }).measures.detector,
    );
    const of = (figure: (run: (typeof runs)[number]) => number) => estimate(runs.map(figure));
    expectAgreement(
      of((run) => run.falsePositives / run.goodTimeMs),
      1 / expected.recurrenceMs,
      within,
    );
    expectAgreement(
      of((run) => run.meanDurationMs ?? Number.NaN),
      expected.durationMs,
      within,
    );
    expectAgreement(
      of((run) => 1 - (run.queryAccuracy ?? Number.NaN)),
      1 - expected.accuracy,
      within,
    );
  });
});

describe('phi accrual over normal intervals', () => {
  const MEAN_MS = 1000;
  const DEVIATION_MS = 50;
  const WINDOW = 100;

  /** Normal variates, two from each pair of draws (Box and Muller). */
  function normals(name: string): () => number {
    const random = randomStream(name);
    let spare: number | null = null;
    return () => {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - random.unit()));
      const angle = 2 * Math.PI * random.unit();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    };
  }

  /** How likely the next interval is too long, on average over windows that have nothing in common. */
  function mistakes(threshold: number, batches: number, windows: number): number[] {
    const deviations = standardNormal(threshold);
    const normal = normals(`phi ${threshold}`);
    return Array.from({ length: batches }, () => {
      let sum = 0;
      for (let w = 0; w < windows; w++) {
        const moments = new SlidingMoments(WINDOW, MEAN_MS);
        for (let i = 0; i < WINDOW; i++) moments.add(MEAN_MS + DEVIATION_MS * normal());
        const longest = moments.mean() + deviations * moments.standardDeviation();
        sum += 10 ** -phiOfNormal((longest - MEAN_MS) / DEVIATION_MS);
      }
      return sum / windows;
    });
  }

  /**
   * The next interval less the mean of n, by their deviation (of the population), is Student's t with n - 1 degrees of
   * freedom times sqrt((n + 1) / (n - 1)).
   */
  function studentTail(threshold: number): number {
    const at = standardNormal(threshold) / Math.sqrt((WINDOW + 1) / (WINDOW - 1));
    let low = 1e-12;
    let high = 0.5;
    for (let i = 0; i < 100; i++) {
      const middle = Math.sqrt(low * high);
      if (quantile(1 - middle, WINDOW - 1) > at) low = middle;
      else high = middle;
    }
    return low;
  }

  it('a known law is passed with probability 10^-phi', () => {
    for (const phi of [1, 3, 8, 12]) expect(phiOfNormal(standardNormal(phi))).toBeCloseTo(phi, 9);
  });

  it.each([
    [3, 1.4, 40, 500, 0.04],
    [8, 10, 40, 500, 0.6],
  ])('a law estimated from 100 samples, phi %i: %f times that', (phi, times, batches, windows, within) => {
    const expected = studentTail(phi);
    // theory.md, Detection.
    expect(expected / 10 ** -phi / times).toBeGreaterThan(0.9);
    expect(expected / 10 ** -phi / times).toBeLessThan(1.2);
    expectAgreement(estimate(mistakes(phi, batches, windows)), expected, within);
  });
});
