import { expect, it } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import { metrics } from '../../../src/metrics/catalogue.ts';
import { figureOf, pairedContrast } from '../../../src/metrics/estimates/contrast.ts';
import type { Estimate } from '../../../src/metrics/estimates/estimate.ts';
import { eventsEstimate } from '../../../src/metrics/estimates/events.ts';
import { createPool, type Replication } from '../../../src/metrics/estimates/pool.ts';
import { createResampling } from '../../../src/metrics/estimates/resampling.ts';
import { isPrecise } from '../../../src/run/precision.ts';
import { runTrial } from '../../../src/run/trial.ts';
import { fakeScenario } from '../../helpers/fake_report.ts';
import { queueing, relaxedMs } from '../../theory/theory.ts';
import { detectReplication, estimateOf, latencyReplication } from './replications.ts';

/**
 * How often a 95% interval holds the truth, over 500 simulated studies. Of an exact one that share has a standard error of
 * 0.97%: between 92% and 98% lie 3.1 of them on either side. Intervals that lean on few replications of skewed figures
 * may hold it somewhat less often: 90%.
 */
const STUDIES = 500;

function share(truth: number, studyOf: (study: number) => Pick<Estimate, 'low' | 'high'>): number {
  let held = 0;
  for (let study = 0; study < STUDIES; study++) {
    const { low, high } = studyOf(study);
    if (low !== null && high !== null && low <= truth && truth <= high) held++;
  }
  return held / STUDIES;
}

function expectCoverage(covered: number, least: number): void {
  expect(covered, `the intervals hold the truth in ${100 * covered}%`).toBeGreaterThanOrEqual(least);
  expect(covered, `the intervals hold the truth in ${100 * covered}%`).toBeLessThanOrEqual(0.98);
}

const stream = (study: number, what: string) => randomStream(`${study}/${what}`);
const each = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

/** Latencies whose scale differs from run to run, as that of a run's faults does. */
function latencies(study: number, runs: number, requests: number): Replication[] {
  const random = stream(study, 'latency');
  return each(runs, () => {
    const own = 0.9 + 0.2 * random.unit();
    return latencyReplication(each(requests, () => random.exponential(own)));
  });
}

/** The p99 of that law, by bisection: an exponential whose mean is uniform on [0.9, 1.1]. P(X > x) is the mean of exp(-x / m). */
function trueP99(): number {
  const tail = (x: number) =>
    each(2000, (i) => Math.exp(-x / (0.9 + 0.2 * ((i + 0.5) / 2000)))).reduce((a, b) => a + b) / 2000;
  let [low, high] = [1, 10];
  while (high - low > 1e-9)
    [low, high] = tail((low + high) / 2) > 0.01 ? [(low + high) / 2, high] : [low, (low + high) / 2];
  return low;
}

it('mean response, of M/M/1 in the simulator itself', () => {
  // Load 0.3: mean response 1 / (1 - 0.3) ms.
  const warmupMs = relaxedMs(0.3);
  const trial = queueing(1, 0.3, { durationMs: warmupMs + 300, warmupMs });
  const covered = share(1 / 0.7, (study) => {
    const cells = each(5, (i) => runTrial(trial, study * 5 + i, { recordSeries: false }));
    return estimateOf(
      'latency.mean',
      cells.map(({ measures, sample }) => ({ result: measures, sample })),
    );
  });
  expectCoverage(covered, 0.92);
});

it('p99 of latency, from the merged histogram', () => {
  const truth = trueP99();
  const covered = share(truth, (study) => estimateOf('latency.p99', latencies(study, 10, 300)));
  expectCoverage(covered, 0.9);
});

it('the difference of two p99, paired', () => {
  const truth = 0.1 * trueP99();
  const metric = metrics.find(({ name }) => name === 'latency.p99') as (typeof metrics)[number];
  const resampling = createResampling(1);
  const covered = share(truth, (study) => {
    const [slow, quick] = [1.1, 1].map((scale, i) => {
      const random = stream(study, `side ${i}`);
      const common = stream(study, 'common');
      return each(10, () => {
        const own = 0.9 + 0.2 * common.unit();
        return latencyReplication(each(300, () => scale * random.exponential(own)));
      });
    });
    return pairedContrast(
      figureOf(metric, createPool(slow, resampling)),
      figureOf(metric, createPool(quick, resampling)),
      0.95,
    );
  });
  expectCoverage(covered, 0.9);
});

/** Detection uniform on [4, 6] s, from a phase that the callers of a run share in part, watched for 5.6 s or 10 s. */
function detections(study: number, runs: number, watchedMs: number): Replication[] {
  const random = stream(study, 'detect');
  return each(runs, () => {
    const phase = random.unit();
    const times = each(10, () => 4000 + 2000 * ((phase + 0.5 * random.unit()) % 1));
    return detectReplication({
      events: times.filter((time) => time <= watchedMs),
      censored: times.filter((time) => time > watchedMs).map(() => watchedMs),
    });
  });
}

it.each([
  ['all pairs seen', 10_000, 5000],
  // The mean of min(T, 5.6 s): 4.8 x 0.8 + 5.6 x 0.2.
  ['a fifth censored', 5600, 4960],
])('mean detection, %s', (_, watchedMs, truth) => {
  const covered = share(truth, (study) => estimateOf('failover.detect.mean', detections(study, 10, watchedMs), study));
  expectCoverage(covered, 0.9);
});

it('median detection', () => {
  const covered = share(5000, (study) => estimateOf('failover.detect.p50', detections(study, 10, 5600), study));
  expectCoverage(covered, 0.9);
});

it('a rare count', () => {
  const covered = share(1.2, (study) => eventsEstimate(poissonCounts(stream(study, 'events'), 10, 1.2)));
  expectCoverage(covered, 0.9);
});

/** Events of rate `mean` in as many units of time. */
function poissonCounts(random: ReturnType<typeof stream>, runs: number, mean: number): number[] {
  return each(runs, () => {
    let count = 0;
    for (let at = random.exponential(1); at < mean; at += random.exponential(1)) count++;
    return count;
  });
}

it('a study that goes on until it is precise', () => {
  const { columns } = fakeScenario([{ strategy: 'ring' }]);
  const precision = [{ metric: 'latency.mean', relative: 0.05, absolute: null }];
  const nothing = latencyReplication([]);
  const lengths: number[] = [];
  const covered = share(1, (study) => {
    const random = stream(study, 'sequential');
    // Each value the mean of 20 latencies, with a standard deviation of 0.22: about 80 replications.
    const { result, sample } = nothing;
    const next = (i: number) => {
      const mean = each(20, () => random.exponential(1)).reduce((sum, value) => sum + value) / 20;
      const latencyMs = { ...result.latencyMs, mean };
      return { result: { ...result, latencyMs, strategy: 'ring', variant: null, params: {}, seed: i + 1 }, sample };
    };
    const cells = each(10, next);
    const runs = [{ column: columns[0], index: 0, cells }];
    while (!isPrecise(runs, precision).met) cells.push(...each(5, () => next(cells.length)));
    lengths.push(cells.length);
    return estimateOf('latency.mean', cells);
  });
  expectCoverage(covered, 0.9);
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(10);
  expect(new Set(lengths).size).toBeGreaterThan(5);
});
