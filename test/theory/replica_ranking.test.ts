import { describe, it } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { randomStream } from '../../src/core/random.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import type { RecordedOutage } from '../../src/sim/faults/when.ts';
import { callers, instances } from '../helpers/trial.ts';
import { expectBelow, queueing } from './theory.ts';

/*
 * C3 (Suresh et al., NSDI 2015), by the parameters of the authors' simulator (lalithsuresh/absim, factorial.py and
 * simulations/muUpdater.py as last committed, which is after the paper): 50 servers with four workers each and exponential
 * service, of 4 ms while slow; every so often each of them tosses a coin whether it is slow or six times as fast until the
 * next time; 150 clients, at 0.99 of what the servers could do if all were slow, 2 ms each way, three servers to choose from.
 *
 * Theirs chooses among three neighbours, other ones each time: here a caller keeps to its three or four. C3's rate control
 * and its reads of all three in one of ten cases do not exist here. Compared is the order that theory.md names, of the
 * 99.9th percentiles by the ranking and by least outstanding requests (theirs: expDelay, pending), and no figure.
 */
describe('the 99.9th percentile, where the speed of servers varies with time (C3, NSDI 2015)', () => {
  const [SERVERS, CLIENTS, REPLICAS] = [50, 150, 3];
  const [SLOW_MS, FASTER] = [4, 6];

  /** When each of them is slow. */
  function slowSpells(seed: number, everyMs: number, untilMs: number): RecordedOutage[] {
    const random = randomStream(`${seed}/speeds`);
    const spells: RecordedOutage[] = [];
    for (let instance = 0; instance < SERVERS; instance++) {
      let slowSinceMs: number | null = null;
      for (let atMs = 0; atMs < untilMs; atMs += everyMs) {
        const isSlow = random.unit() < 0.5;
        if (isSlow) slowSinceMs ??= atMs;
        else if (slowSinceMs !== null) {
          spells.push({ instance, downMs: slowSinceMs, upMs: atMs });
          slowSinceMs = null;
        }
      }
      if (slowSinceMs !== null) spells.push({ instance, downMs: slowSinceMs, upMs: Infinity });
    }
    return spells;
  }

  // Two of their intervals, which go from 10 to 500 ms.
  it.each([100, 500])('is lower by the cubic ranking than by least requests, %d ms', (everyMs) => {
    const p999 = (name: string, options: TrialConfig['strategy']['options']): number[] =>
      Array.from({ length: 10 }, (_, i) => {
        const seed = i + 1;
        const trial = queueing(SERVERS, 0, {
          durationMs: 1200,
          warmupMs: 200,
          instances: instances(SERVERS, {
            concurrency: 4,
            serviceTime: { kind: 'exponential', meanMs: SLOW_MS / FASTER },
          }),
          callers: callers(CLIENTS),
          load: { arrivals: 'poisson', ratePerMs: (0.99 * SERVERS * 4) / SLOW_MS, keys: null },
          networkLatency: { kind: 'constant', valueMs: 2 },
          loadBalancer: {
            ...PLAIN_LOAD_BALANCER,
            subsetting: { name: 'deterministic', options: { size: REPLICAS } },
          },
          faults: [
            {
              action: { kind: 'slow', factor: FASTER },
              target: { kind: 'instances', indexes: Array.from({ length: SERVERS }, (_, i) => i) },
              when: { kind: 'trace', outages: slowSpells(seed, everyMs, 1200) },
            },
          ],
          strategy: { name, options },
        });
        return runTrial(trial, seed, { recordSeries: false }).measures.latencyMs.p999 ?? Number.NaN;
      });
    // As many callers share a server.
    const ranked = p999('c3', { clients: (CLIENTS * REPLICAS) / SERVERS });
    expectBelow(ranked, p999('least-request', { algorithm: 'full-scan' }));
  });
});
