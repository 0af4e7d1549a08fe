import { describe, expect, it } from 'vitest';
import type { WrittenOptions } from '../../src/core/options.ts';
import { type Random, randomStream } from '../../src/core/random.ts';
import { detectorNamed } from '../../src/health/heartbeat/index.ts';
import { akkaLogistic, standardNormal } from '../../src/health/heartbeat/phi.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
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

/** Numbers from 0 to 1, one in each of so many equal parts, in random order. */
function latin(count: number, random: Random): number[] {
  const shares = Array.from({ length: count }, (_, i) => (i + random.unit()) / count);
  for (let i = count - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [shares[i], shares[j]] = [shares[j], shares[i]];
  }
  return shares;
}

describe('NFD-S over a network that loses and delays', () => {
  const LOSS = 0.1;
  const DELAY_MS = 300;
  /** Of a heartbeat sent so long ago, how likely it is not in. */
  const unheard = (sinceMs: number): number => (sinceMs <= 0 ? 1 : LOSS + (1 - LOSS) * Math.exp(-sinceMs / DELAY_MS));

  /**
   * Chen, Toueg and Aguilera's quality of service of NFD-S, worked out here for exponential delays. At x past a freshness
   * point the host is suspected if none of the heartbeats sent since has come, the j-th of them sent delta + x - j eta ago:
   * with probability u(x), the product of p_L + (1 - p_L) exp(-(delta + x - j eta) / mean). A mistake begins where the
   * heartbeat before came in time, q_0, and these have not: at p_S = q_0 u(0) of freshness points.
   */
  function theory(deltaMs: number) {
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

  // In a world, where delays and losses are those of its network.
  it('mistakes of callers in a world recur, last and add up as Chen, Toueg and Aguilera say', () => {
    const [slack, within] = [500, 0.08];
    const expected = theory(slack);
    const trial = beating('nfd-s', { slack }, 10, {
      durationMs: 510_000,
      warmupMs: 10_000,
      networkLatency: { kind: 'exponential', meanMs: DELAY_MS },
      heartbeat: { intervalMs: ETA_MS, loss: LOSS, detector: { name: 'nfd-s', options: { slack } } },
    });
    const runs = Array.from(
      { length: 20 },
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

  /**
   * A production detector, asked about single windows: from the freshness point of heartbeat 1 to that of heartbeat 2.
   * Whether it suspects in there depends on heartbeat 1 and later ones, and whether a mistake begins with the window, on
   * heartbeat 0 too. `ages`: how long ago each was sent as the window begins; those at most 0 are sent in the window.
   */
  function windows(slack: number) {
    const clock = new ManualClock();
    let suspectedAtMs: number | null = null;
    let beganAtMs = Infinity;
    let mistakes = 0;
    let suspectedMs = 0;
    const suspicionEnds = (): void => {
      if (suspectedAtMs !== null) suspectedMs += clock.now() - Math.max(suspectedAtMs, beganAtMs);
      suspectedAtMs = null;
    };
    const detector = detectorNamed('nfd-s').create({
      ...{ clock, random: randomStream('windows'), options: { slack }, intervalMs: ETA_MS },
      listener: (_host, suspected) => {
        if (clock.now() > beganAtMs - 1e-6 && suspected) mistakes++;
        if (suspected) suspectedAtMs = clock.now();
        else if (clock.now() > beganAtMs) suspicionEnds();
        else suspectedAtMs = null;
      },
    });
    const ages: number[] = [];
    for (let j = 0; j * ETA_MS < 2 * ETA_MS + slack; j++) ages.push((1 - j) * ETA_MS + slack);
    /** `delaysMs`: how late each comes; Infinity: never. */
    const run = (delaysMs: readonly number[]): { mistakes: number; suspectedMs: number } => {
      const firstMs = clock.now();
      beganAtMs = firstMs + ETA_MS + slack;
      [mistakes, suspectedMs] = [0, 0];
      detector.add(0, { id: 'a', address: '', zone: null, weight: 1 });
      suspectedAtMs = firstMs; // nobody is trusted before the first
      delaysMs.forEach((delayMs, j) => {
        const sentAtMs = firstMs + j * ETA_MS;
        if (delayMs < Infinity) clock.schedule(j * ETA_MS + delayMs, () => detector.heard('a', j, sentAtMs), 0);
      });
      // Just short of the next freshness point, where the next window's mistake would begin.
      clock.advanceTo(beganAtMs + ETA_MS - 1e-6);
      suspicionEnds();
      detector.remove(0);
      beganAtMs = Infinity;
      while (clock.step());
      return { mistakes, suspectedMs };
    };
    return { ages, run };
  }

  it.each([
    ['shorter', 500],
    ['longer', 1400],
  ])('mistakes recur, last and add up as Chen, Toueg and Aguilera say, slack %s than an interval', (_, slack) => {
    const expected = theory(slack);
    const { ages, run } = windows(slack);
    const random = randomStream(`windows ${slack}`);
    const early = ages.filter((age) => age > 0);
    /** Of which heartbeats are not in as the window begins: every set of those sent before it. */
    const sets = Array.from({ length: 2 ** early.length }, (_, set) => early.map((_age, j) => ((set >> j) & 1) === 1));
    const delayOf = (j: number, u: number, late: boolean): number => {
      const age = Math.max(0, ages[j]);
      // By inversion, given that it is late, or that it is not.
      if (!late) return -DELAY_MS * Math.log(1 - u * (1 - Math.exp(-age / DELAY_MS)));
      const lost = LOSS / unheard(age);
      return u < lost ? Infinity : age - DELAY_MS * Math.log((1 - u) / (1 - lost));
    };
    const batches = Array.from({ length: 60 }, () => {
      let [mistakes, suspectedMs] = [0, 0];
      for (const late of sets) {
        const weight = early.reduce((product, age, j) => product * (late[j] ? unheard(age) : 1 - unheard(age)), 1);
        // Where one of those that matter is in there is nothing to see; heartbeat 0 matters to how a mistake begins only.
        const suspects = late.slice(1).every((each) => each);
        const count = suspects ? (late[0] ? 60 : 300) : 10;
        const columns = ages.map(() => latin(count, random));
        for (let i = 0; i < count; i++) {
          const window = run(ages.map((_age, j) => delayOf(j, columns[j][i], late[j] ?? true)));
          mistakes += (weight * window.mistakes) / count;
          suspectedMs += (weight * window.suspectedMs) / count;
        }
      }
      return { mistakes, suspectedMs };
    });
    const of = (figure: (batch: (typeof batches)[number]) => number) => estimate(batches.map(figure));
    // Where the detector's answers turn at the paper's freshness points they are the same throughout a set, and this is
    // exact but for rounding. Anywhere else some windows of a set answer otherwise.
    const rate = of(({ mistakes }) => mistakes / ETA_MS);
    expectAgreement(
      { mean: rate.mean, bound: rate.bound + 1e-9 / expected.recurrenceMs },
      1 / expected.recurrenceMs,
      1e-6,
    );
    const shares = of(({ suspectedMs }) => suspectedMs / ETA_MS);
    expectAgreement(shares, 1 - expected.accuracy);
    // Time suspected by mistakes begun: a mistake that goes on into the next window counts there.
    expectAgreement({ mean: shares.mean / rate.mean, bound: shares.bound / rate.mean }, expected.durationMs);
  });
});
