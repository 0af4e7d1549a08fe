import { Bench } from 'tinybench';
import { PLAIN_LOAD_BALANCER } from '../src/balancer/load_balancer.ts';
import { runTrial } from '../src/run/trial.ts';
import type { TrialConfig } from '../src/sim/config.ts';
import { runBareQueues } from './bare_queues.ts';

const SERVERS = 20;
const LOAD = 0.7;

/** Twenty exponential servers behind round robin, checked every second; histogram, fairness, digests: everything on. */
export function plainTrial(requests: number): TrialConfig {
  const ratePerMs = LOAD * SERVERS;
  return {
    durationMs: requests / ratePerMs,
    warmupMs: 0,
    instances: Array.from({ length: SERVERS }, (_, i) => ({
      id: `i-${i + 1}`,
      address: `10.0.0.${i + 1}:8080`,
      zone: null,
      weight: 1,
      concurrency: 1,
      queue: Infinity,
      serviceTime: { kind: 'exponential', meanMs: 1 },
      onClientGone: 'finish',
    })),
    callers: [{ id: 'caller-1', zone: null, workers: 1 }],
    load: { arrivals: 'poisson', ratePerMs, keys: null },
    networkLatency: null,
    discoveryLag: null,
    registry: { kind: 'memory', lease: null },
    strategy: { name: 'round-robin', options: {} },
    loadBalancer: PLAIN_LOAD_BALANCER,
    healthCheck: {
      settings: {
        system: 'envoy',
        intervalMs: 1000,
        timeoutMs: 200,
        unhealthyThreshold: 3,
        healthyThreshold: 2,
        intervalJitterMs: 0,
      },
      by: 'caller',
      kind: 'http',
      through: 'port',
      costMs: 0,
    },
    outlierDetection: null,
    failureAccrual: null,
    heartbeat: null,
    gossip: null,
    request: { timeoutMs: Infinity, perTryTimeoutMs: Infinity, connectTimeoutMs: Infinity, retries: 0, retryOn: [] },
    faults: [],
  };
}

/** The same with a network, timeouts, keys and ten callers. */
function wholeTrial(requests: number): TrialConfig {
  return {
    ...plainTrial(requests),
    callers: Array.from({ length: 10 }, (_, i) => ({ id: `caller-${i + 1}`, zone: null, workers: 1 })),
    load: { arrivals: 'poisson', ratePerMs: LOAD * SERVERS, keys: { kind: 'zipf', count: 10_000, exponent: 0.9 } },
    networkLatency: { kind: 'uniform', minMs: 0.2, maxMs: 0.6 },
    request: {
      timeoutMs: 3000,
      perTryTimeoutMs: 1000,
      connectTimeoutMs: 250,
      retries: 1,
      retryOn: ['connect-failure'],
    },
  };
}

/**
 * Simulated requests a second, beside a bare loop that does the same arrivals and queues. The two run in turn, round
 * after round, so that a machine that changes its pace changes both; what counts is the ratio.
 */
export async function benchEngine({ requests, rounds }: { requests: number; rounds: number }): Promise<string> {
  const contenders: [string, (seed: number) => unknown][] = [
    ['bare typed-array loop', (seed) => runBareQueues(SERVERS, LOAD, requests, seed)],
    ['meshtrial, plain', (seed) => runTrial(plainTrial(requests), seed, { recordSeries: false })],
    ['meshtrial, network and timeouts', (seed) => runTrial(wholeTrial(requests), seed, { recordSeries: false })],
  ];
  const rates = contenders.map((): number[] => []);
  for (let round = 0; round < rounds + 1; round++) {
    const bench = new Bench({ iterations: 1, time: 0, warmup: false });
    for (const [name, run] of contenders) bench.add(name, () => void run(round + 1));
    await bench.run();
    // The first round warms up the compiler.
    if (round === 0 && rounds > 1) continue;
    bench.tasks.forEach(({ result }, i) => {
      if (result.state !== 'completed') throw new Error(`bench: ${contenders[i][0]} did not complete`);
      rates[i].push(requests / result.latency.mean / 1000);
    });
  }
  const rows = contenders.map(([name], i) => {
    const ratios = rates[i].map((rate, round) => rate / rates[0][round]);
    return `${name.padEnd(34)}${median(rates[i]).toFixed(2).padStart(8)} M/s${median(ratios).toFixed(3).padStart(10)}`;
  });
  const head = `${'requests simulated'.padEnd(34)}${'median'.padStart(12)}${'of bare'.padStart(10)}`;
  return [`${requests} requests a run, ${rounds} interleaved rounds`, head, ...rows].join('\n');
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
