import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import type { ConditionsSample } from '../../src/metrics/conditions.ts';
import type { ResponseSample } from '../../src/metrics/response_windows.ts';
import { runTrial } from '../../src/run/trial.ts';
import { fakeScenario, fakeTrial } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';

const COLD = 'response times at the start are not like the rest';
const DRIFT = 'response times are still moving halfway';

/** 200 windows of 0.5 s with 100 responses each, whose means are what `meanOf` says. */
function responses(meanOf: (window: number) => number): ResponseSample {
  const counts = new Float64Array(200).fill(100);
  return { windowMs: 500, sumsMs: counts.map((count, window) => count * meanOf(window)), counts };
}

async function found(conditions: (seed: number) => Partial<ConditionsSample>, warmupMs = 0, p99 = 20) {
  const trial = fakeTrial('ring', { durationMs: 100_000, warmupMs });
  const scenario = fakeScenario([{ strategy: 'ring', trial }], { replications: 2 });
  const { warnings } = await fakeStudy(scenario, (_, seed) => ({ p99, conditions: conditions(seed) }));
  return warnings.find(({ cause }) => cause.startsWith(COLD) || cause.startsWith(DRIFT));
}

/** About 10 ms, neighbours alike (0.6), by 1 ms. */
function noise(seed: number): number[] {
  const random = randomStream(`warm-up ${seed}`);
  let deviation = 0;
  return Array.from({ length: 200 }, () => {
    deviation = 0.6 * deviation + (random.exponential(1) - 1) * 0.8;
    return 10 + deviation;
  });
}

describe('the check of the warm-up', () => {
  /** 24 of 200 windows, 12 s of 100, at 50 ms; then 10 ms. */
  const cold = () => ({ responses: responses((window) => (window < 24 ? 50 : window % 2 === 0 ? 9.9 : 10.1)) });

  it('says what a warm-up would do, in figures', async () => {
    // 0.12 x 50 + 0.88 x 10 = 14.8.
    expect(await found(cold)).toEqual({
      cause: `${COLD} (MSER-5), and they are measured`,
      effect: 'they count like all others: with warmup: 12s latency.mean of ring would be 10 ms, and is 14.8 ms',
      next: 'write warmup: 12s',
      columns: [],
    });
  });

  it('leaves out all of a start that differs through noise, and half of the run at most', async () => {
    for (let i = 0; i < 30; i++) {
      const noisy = (seed: number) => ({
        responses: responses((window) => noise(2 * i + (seed % 2))[window] + (window < 24 ? 40 : 0)),
      });
      const [, seconds, then, now] =
        /warmup: (\S+)s latency\.mean of ring would be (\S+) ms, and is (\S+) ms/.exec(
          (await found(noisy))?.effect ?? '',
        ) ?? [];
      expect(Number(seconds)).toBeGreaterThanOrEqual(12);
      expect(Number(seconds)).toBeLessThan(50);
      // Means of two series of at least 100 windows, each as good as 0.8 / 0.4 / sqrt n ms.
      expect(Math.abs(Number(then) - 10)).toBeLessThan((4.8 * 2) / Math.sqrt(200) + 0.05);
      expect(Math.abs(Number(now) - 14.8)).toBeLessThan((4.8 * 2) / Math.sqrt(400) + 0.05);
    }
  });

  it('is silent once the warm-up is as long, and on what is steady', async () => {
    expect((await found(cold, 11_000))?.next).toBe('write warmup: 12s');
    expect(await found(cold, 12_000)).toBeUndefined();
    const alarms = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        found((seed) => ({ responses: responses((window) => noise(2 * i + (seed % 2))[window]) })),
      ),
    );
    expect(alarms.filter((one) => one !== undefined)).toEqual([]);
  });

  it('is silent where the start differs, and moves the mean by less than 1%', async () => {
    const barely = (by: number) => () => ({
      responses: responses((window) => 10 + (window < 20 ? by : window % 2 ? 0.01 : -0.01)),
    });
    expect(await found(barely(2))).toBeDefined();
    expect(await found(barely(0.9))).toBeUndefined();
  });

  it('looks at the time before the first fault, and before requests that it may have delayed', async () => {
    const faulty = (firstFaultMs: number) => (seed: number) => ({
      firstFaultMs,
      responses: responses((window) => (window >= 80 ? 500 : noise(seed)[window])),
    });
    expect(await found(faulty(40_000), 0, 0)).toBeUndefined();
    expect(await found(faulty(Infinity))).toBeDefined();
    // Delayed are those of the last 5 s before the fault, by up to as long: among them the cold start would be lost.
    const delayed = (window: number) => (window < 24 ? 50 : window >= 80 ? 5000 : window % 2 === 0 ? 9.9 : 10.1);
    const hidden = () => ({ firstFaultMs: 45_000, responses: responses(delayed) });
    expect((await found(hidden, 0, 5000))?.next).toBe('write warmup: 12s');
    // 15 s are too few to tell.
    expect(
      await found((seed) => ({ ...faulty(15_000)(seed), responses: responses((w) => (w < 4 ? 90 : 10)) })),
    ).toBeUndefined();
  });

  it('looks at the twin where there is one, and tells of the run itself', async () => {
    // The run itself has the same mean throughout: nothing would be gained.
    const twinResponses = cold().responses;
    expect(await found(() => ({ firstFaultMs: 1000, responses: responses(() => 30), twinResponses }))).toBeUndefined();
    const both = await found(() => ({ firstFaultMs: 1000, ...cold(), twinResponses }));
    expect(both?.next).toBe('write warmup: 12s');
  });

  it('knows what no warm-up mends', async () => {
    const growing = await found((seed) => ({ responses: responses((window) => noise(seed)[window] + window) }));
    expect(growing?.cause).toContain(DRIFT);
  });

  it('is silent on the steady state of a busy queue', async () => {
    // M/M/1 at 0.95: from empty it takes some 4 / (1 - sqrt 0.95)^2 = 6000 services to its mean of 20.
    const trial = fakeTrial('ring', {
      durationMs: 120_000,
      load: { arrivals: 'poisson', ratePerMs: 0.95, keys: null },
      instances: fakeTrial('ring').instances.map((one) => ({
        ...one,
        serviceTime: { kind: 'exponential', meanMs: 1 },
      })),
      request: { ...fakeTrial('ring').request, timeoutMs: Infinity },
    });
    const samples = [1, 2, 3, 4, 5, 6, 7, 8].map(
      (seed) => runTrial(trial, seed, { recordSeries: false }).sample.conditions,
    );
    const said = async (warmupMs: number) => {
      const scenario = fakeScenario([{ strategy: 'ring', trial: { ...trial, warmupMs } }], {
        seed: 0,
        replications: 8,
      });
      const { warnings } = await fakeStudy(scenario, (_, seed) => ({ conditions: samples[seed] }));
      return warnings.some(({ cause }) => cause.startsWith(COLD) || cause.startsWith(DRIFT));
    };
    expect(await said(20_000)).toBe(false);
  });
});
