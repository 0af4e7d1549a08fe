import { describe, expect, it } from 'vitest';
import { strategies } from '../../src/balancer/strategies/index.ts';
import type { FaultConfig, TrialConfig } from '../../src/sim/config.ts';
import type { Gauges } from '../../src/sim/recorder.ts';
import { instances, type Trace, traceOf, trialOf } from '../helpers/trial.ts';
import { estimate, expectAgreement } from './theory.ts';

const RATE_PER_MS = 1.2;

const world = (strategy: string, durationMs: number, faults: readonly FaultConfig[]): TrialConfig =>
  trialOf({
    durationMs,
    instances: instances(4, { concurrency: 2, queue: 50, serviceTime: { kind: 'exponential', meanMs: 5 } }),
    load: { arrivals: 'poisson', ratePerMs: RATE_PER_MS, keys: null },
    strategy: { name: strategy, options: {} },
    request: {
      timeoutMs: Infinity,
      perTryTimeoutMs: Infinity,
      connectTimeoutMs: Infinity,
      retries: 2,
      retryOn: ['connect-failure', 'reset', '5xx'],
    },
    faults,
  });

/** What servers held at each arrival, just before it, by their gauges; and the trace. */
function watch(trial: TrialConfig, seed: number): { held: number[]; trace: Trace } {
  const held: number[] = [];
  let gauges: Gauges | null = null;
  const trace = traceOf(
    trial,
    seed,
    (given) => {
      gauges = given;
    },
    () => {
      if (gauges === null) return;
      let count = 0;
      for (let i = 0; i < trial.instances.length; i++) count += gauges.busy(i) + gauges.queued(i);
      held.push(count);
    },
  );
  return { held, trace };
}

describe("Little's law", () => {
  const faults: FaultConfig[] = [
    { action: { kind: 'crash' }, target: { kind: 'count', count: 1 }, when: { kind: 'at', atMs: 500, forMs: 300 } },
    { action: { kind: 'hang' }, target: { kind: 'count', count: 2 }, when: { kind: 'at', atMs: 1000, forMs: 200 } },
    {
      action: { kind: 'slow', factor: 3 },
      target: { kind: 'count', count: 1 },
      when: { kind: 'at', atMs: 200, forMs: 900 },
    },
  ];
  for (const { name } of strategies) {
    it(`under ${name}, whatever fails, servers hold at every arrival just those requests that callers wait for`, () => {
      // Then the area under the number in the system is the sum of the times in it, L T = N W, path by path.
      const { held, trace } = watch(world(name, 2000, faults), 1);
      let done = 0;
      trace.arrivals.forEach(({ atMs }, before) => {
        while (done < trace.done.length && trace.done[done].atMs < atMs) done++;
        expect(held[before], `at arrival ${before}`).toBe(before - done);
      });
      expect(Math.max(...held)).toBeGreaterThan(50);
      expect(trace.end.unfinishedArrivalsMs).toEqual([]);
    });
  }

  it('has L = lambda W, L as Poisson arrivals see it', () => {
    const runs = Array.from({ length: 40 }, (_, r) => {
      const { held, trace } = watch(world('random', 8000, []), r + 1);
      const seen = held.reduce((sum, count) => sum + count, 0) / held.length;
      const waited = trace.done.reduce((sum, { atMs, arrivedAtMs }) => sum + atMs - arrivedAtMs, 0) / trace.done.length;
      return seen / (RATE_PER_MS * waited);
    });
    expectAgreement(estimate(runs), 1, 0.02);
  });
});
