import { describe, expect, it } from 'vitest';
import type { WrittenOptions } from '../../src/core/options.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { Distribution, TrialConfig } from '../../src/sim/config.ts';
import { instances, traceOf, trialOf } from '../helpers/trial.ts';
import { type State, type Step, stationary } from './markov.ts';
import { expectAgreement, latency, queueing, relaxedMs, replicate, Z } from './theory.ts';

/** Servers of these weights, each with the service times that `serviceTime` says for its weight. */
function servers(weights: readonly number[], serviceTime: (weight: number) => Distribution): TrialConfig['instances'] {
  return weights.map((weight, i) => ({ ...instances(weights.length)[i], weight, serviceTime: serviceTime(weight) }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

describe('a random split by weight over servers as fast as their weights', () => {
  const speeds = [1, 2, 5];
  const rho = 0.4;
  const warmupMs = relaxedMs(rho);
  const trial: TrialConfig = {
    ...queueing(1, rho, { durationMs: warmupMs + 8500, warmupMs }),
    instances: servers(speeds, (speed) => ({ kind: 'exponential', meanMs: 1 / speed })),
    load: { arrivals: 'poisson', ratePerMs: rho * sum(speeds), keys: null },
    strategy: { name: 'random', options: { weighted: true } },
  };

  it('makes each an M/M/1 of the same load', () => {
    // A request meets the server of speed v with probability v / sum and then takes 1 / (v (1 - rho)) on average.
    expectAgreement(replicate(trial, 100, latency('mean')), speeds.length / (sum(speeds) * (1 - rho)));
  });

  it('gives each its share, within the bounds of a binomial law', () => {
    const { instances: found, requests } = runTrial(trial, 1, { recordSeries: false }).measures;
    found.forEach(({ share }, i) => {
      const p = speeds[i] / sum(speeds);
      expect(Math.abs((share ?? Number.NaN) - p)).toBeLessThan(Z * Math.sqrt((p * (1 - p)) / requests.offered));
    });
  });
});

/** Weights which the schedule can keep exactly: gRPC's scales the largest to 65,535. */
const balanced: { algorithm: string; weights: [number, number] }[] = [
  { algorithm: 'smooth', weights: [5, 2] },
  { algorithm: 'smooth', weights: [3, 7] },
  { algorithm: 'fwrr', weights: [5, 2] },
  { algorithm: 'fwrr', weights: [3, 7] },
  { algorithm: 'static-stride', weights: [5, 2] },
  { algorithm: 'static-stride', weights: [3, 5] },
];

/** Weighted round robin by one caller, a request each millisecond, over servers that serve for so long by their weight. */
function inTurn(algorithm: string, weights: readonly number[], serviceMs: (weight: number) => number): TrialConfig {
  return trialOf({
    // Whole cycles, the first thousand of them for settling.
    durationMs: 3000 * sum(weights),
    warmupMs: 1000 * sum(weights),
    instances: servers(weights, (weight) => ({ kind: 'constant', valueMs: serviceMs(weight) })),
    load: { arrivals: 'constant', ratePerMs: 1, keys: null },
    strategy: { name: 'weighted-round-robin', options: { algorithm } },
  });
}

/**
 * Two servers can be picked in a balanced order, in which the turns of one of weight w are W/w apart, rounded down or up,
 * W the sum of weights.
 */
describe('weighted round robin over two servers spreads turns as evenly as they go', () => {
  const meanOf = (trial: TrialConfig): number => latency('mean')(runTrial(trial, 1, { recordSeries: false }).measures);

  it.each(balanced)('nobody waits where service is no longer than the least gap: $algorithm, $weights', (given) => {
    const { algorithm, weights } = given;
    const total = sum(weights);
    const gap = (weight: number): number => Math.floor(total / weight);
    const expected = sum(weights.map((weight) => (weight / total) * gap(weight)));
    expect(meanOf(inTurn(algorithm, weights, gap))).toBeCloseTo(expected, 6);
  });

  it.each(balanced)('at full load only the rounding of turns makes wait: $algorithm, $weights', (given) => {
    // A server of weight w serves for W/w ms, so that it never idles. Its turns lie 0, 1/w, ..., (w - 1)/w ms after (or
    // before) even ones, each equally often where w and W have no common divisor, and service keeps to the latest of
    // them: the wait is (w - 1) / 2w ms on average.
    const { algorithm, weights } = given;
    const total = sum(weights);
    const expected = sum(weights.map((weight) => (weight / total) * (total / weight + (weight - 1) / (2 * weight))));
    expect(meanOf(inTurn(algorithm, weights, (weight) => total / weight))).toBeCloseTo(expected, 6);
  });
});

describe("weighted round robin by Envoy's deadlines", () => {
  it.each([[[5, 2]], [[7, 3]], [[5, 3, 1]], [[9, 7, 4, 4, 1]]])(
    'at full load nobody waits more than n - 1 ms: %j',
    (weights) => {
      // The k-th turn of a server of weight w is due at k/w, after floor(v k/w) turns of one of weight v, or one less where
      // both are due at once. So it lies between n - 1 ms before W k/w and that, and service, W/w ms long, keeps to the
      // latest turns.
      const trace = traceOf({
        ...inTurn('edf', weights, (weight) => sum(weights) / weight),
        durationMs: 5000,
        warmupMs: 0,
      });
      const waits = trace.done.map(
        ({ atMs, arrivedAtMs, lastInstance }) => atMs - arrivedAtMs - sum(weights) / weights[lastInstance],
      );
      expect(waits.length).toBeGreaterThanOrEqual(5000);
      expect(Math.max(...waits)).toBeLessThan(weights.length - 1 + 1e-6);
    },
  );
});

describe('smooth weighted round robin over random arrivals', () => {
  it.each<{ options: WrittenOptions; weights: number[]; cycle: string }>([
    // The example of nginx's commit "Upstream: smooth weighted round-robin balancing" (2012).
    { options: { algorithm: 'smooth' }, weights: [5, 1, 1], cycle: 'aabacaa' },
  ])('has the mean response of its cycle $cycle', ({ options, weights, cycle }) => {
    const rho = 0.4;
    // The slowest server takes as many times as long to relax as the sum of weights.
    const warmupMs = relaxedMs(rho) * sum(weights);
    const trial: TrialConfig = {
      ...queueing(1, rho, { durationMs: warmupMs + 36_000, warmupMs }),
      instances: servers(weights, (weight) => ({ kind: 'exponential', meanMs: sum(weights) / weight })),
      load: { arrivals: 'poisson', ratePerMs: rho, keys: null },
      strategy: { name: 'weighted-round-robin', options },
    };
    expectAgreement(replicate(trial, 100, latency('mean')), meanResponse(cycle, weights, rho));
  });
});

/**
 * Mean response under Poisson arrivals at a rate of `rho` a unit of time, sent round by a cycle of letters, one for each
 * server, over exponential servers with a service rate of weight / sum of weights, so that each has load `rho`. For each
 * server a chain of the place in the cycle and its queue, which ends at 60: arrivals come in groups, but 0.4^60 is 10^-24.
 */
function meanResponse(cycle: string, weights: readonly number[], rho: number): number {
  const inSystem = weights.map((weight, server) => {
    const mean = stationary([0, 0], ([place, queue]: State) => {
      const joined = cycle.charCodeAt(place) - 'a'.charCodeAt(0) === server ? Math.min(queue + 1, 60) : queue;
      const steps: Step[] = [[[(place + 1) % cycle.length, joined], rho]];
      if (queue > 0) steps.push([[place, queue - 1], weight / sum(weights)]);
      return steps;
    });
    return mean(([, queue]) => queue);
  });
  return sum(inSystem) / rho;
}
