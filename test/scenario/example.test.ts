import { expect, test } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { example, minimal, onlyColumn, valid } from './vocabulary.ts';

const serviceTime = { kind: 'lognormal', medianMs: 8, p99Ms: 60 } as const;
const zones = ['a', 'b', 'c'] as const;

const trial = {
  durationMs: 120_000,
  warmupMs: 20_000,
  instances: Array.from({ length: 12 }, (_, i) => ({
    id: `${zones[i % 3]}-${Math.floor(i / 3) + 1}`,
    address: `10.0.0.${i + 1}:8080`,
    zone: zones[i % 3] as string,
    weight: 1,
    concurrency: 4,
    queue: 64,
    serviceTime,
    onClientGone: 'finish' as const,
  })),
  callers: Array.from({ length: 10 }, (_, i) => ({ id: `caller-${i + 1}`, zone: zones[i % 3] as string, workers: 1 })),
  load: { arrivals: 'poisson', ratePerMs: 2, keys: { kind: 'zipf', count: 10_000, exponent: 0.9 } },
  networkLatency: { kind: 'uniform', minMs: 0.2, maxMs: 0.6 },
  discoveryLag: { kind: 'uniform', minMs: 50, maxMs: 250 },
  registry: { kind: 'memory', lease: null },
  loadBalancer: PLAIN_LOAD_BALANCER,
  healthCheck: {
    settings: {
      system: 'envoy',
      intervalMs: 2_000,
      timeoutMs: 500,
      unhealthyThreshold: 3,
      healthyThreshold: 2,
      intervalJitterMs: 200,
      intervalJitterPercent: 0,
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
  request: {
    timeoutMs: 3_000,
    perTryTimeoutMs: 1_000,
    connectTimeoutMs: 250,
    retries: 1,
    retryOn: ['connect-failure', 'reset', 'timeout'],
  },
  faults: [
    {
      action: { kind: 'blackhole' },
      target: { kind: 'zone', zone: 'b' },
      when: { kind: 'at', atMs: 60_000, forMs: 20_000 },
    },
    {
      action: { kind: 'crash' },
      target: { kind: 'instances', indexes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] },
      when: {
        kind: 'lifetime',
        start: 'up',
        together: false,
        lifetime: { kind: 'weibull', meanMs: 3_600_000, shape: 1.5 },
        repair: { kind: 'exponential', meanMs: 30_000 },
      },
    },
    {
      action: { kind: 'errors', rate: 0.05, probes: false },
      target: { kind: 'instances', indexes: [0] },
      when: { kind: 'at', atMs: 30_000, forMs: Number.POSITIVE_INFINITY },
    },
  ],
} as const;

const onAll = { strategies: null, variants: null, abortOnFail: false };

const expected: Scenario = {
  name: 'zone-outage',
  description: 'One of three zones goes dark for 20 s. How long do callers notice?',
  seed: 42,
  replications: 10,
  precision: [],
  maxReplications: 10,
  impact: 'none',
  thresholds: [
    { expression: 'latency.p99 < 500ms', metric: 'latency.p99', operator: '<', limit: 500, ...onAll },
    { expression: 'failover.detect.p99 < 8s', metric: 'failover.detect.p99', operator: '<', limit: 8_000, ...onAll },
    { expression: 'fairness.jain > 0.9', metric: 'fairness.jain', operator: '>', limit: 0.9, ...onAll },
  ],
  columns: ['ring', 'round-robin', 'random', 'least-request', 'peak-ewma'].map((name, point) => ({
    strategy: name,
    variant: null,
    point,
    params: {},
    trial: { ...trial, strategy: { name, options: {} } },
  })),
};

test('the example of the design document', () => {
  expect(valid(example)).toStrictEqual(expected);
});

test('the same as bytes, with a byte order mark, with Windows line ends', () => {
  expect(valid(new TextEncoder().encode(example))).toStrictEqual(expected);
  expect(valid(`\uFEFF${example}`)).toStrictEqual(expected);
  expect(valid(example.replaceAll('\n', '\r\n'))).toStrictEqual(expected);
});

test('what is not written is not there', () => {
  expect(valid(minimal())).toStrictEqual({
    name: 'minimal',
    description: '',
    seed: 1,
    replications: 1,
    precision: [],
    maxReplications: 1,
    impact: 'none',
    thresholds: [],
    columns: [
      {
        strategy: 'random',
        variant: null,
        point: 0,
        params: {},
        trial: {
          durationMs: 10_000,
          warmupMs: 0,
          instances: ['i-1', 'i-2'].map((id, i) => ({
            id,
            address: `10.0.0.${i + 1}:8080`,
            zone: null,
            weight: 1,
            concurrency: 1,
            queue: Number.POSITIVE_INFINITY,
            serviceTime: { kind: 'constant', valueMs: 10 },
            onClientGone: 'finish',
          })),
          callers: [{ id: 'caller-1', zone: null, workers: 1 }],
          load: { arrivals: 'poisson', ratePerMs: 0.1, keys: null },
          networkLatency: null,
          discoveryLag: null,
          registry: { kind: 'memory', lease: null },
          strategy: { name: 'random', options: {} },
          loadBalancer: PLAIN_LOAD_BALANCER,
          healthCheck: null,
          outlierDetection: null,
          failureAccrual: null,
          heartbeat: null,
          gossip: null,
          request: PLAIN_REQUEST,
          faults: [],
        },
      },
    ],
  });
});

test('a written block has its own defaults', () => {
  const { trial } = onlyColumn(
    minimal({
      healthCheck: '{ interval: 2s, timeout: 1s, unhealthyThreshold: 3, healthyThreshold: 2 }',
      request: '{ perTryTimeout: 1s, retries: { attempts: 2 } }',
      registry: '{ ttl: 30s, renewInterval: 10s }',
      faults:
        '[{ restart: { instances: all, drain: 2s, down: 3s }, at: 1s }, { restart: { zone: z, down: 3s, every: 0s }, at: 0s }]',
      instances: '[{ count: 1, zone: z, serviceTime: 10ms }]',
    }),
  );
  expect(trial.healthCheck).toMatchObject({
    kind: 'http',
    by: 'caller',
    settings: { system: 'envoy', intervalJitterMs: 0 },
  });
  expect(trial.request).toStrictEqual({
    timeoutMs: Number.POSITIVE_INFINITY,
    perTryTimeoutMs: 1_000,
    connectTimeoutMs: 1_000,
    retries: 2,
    retryOn: ['connect-failure', 'reset'],
  });
  expect(trial.registry).toStrictEqual({ kind: 'memory', lease: { ttlMs: 30_000, renewIntervalMs: 10_000 } });
  expect(trial.faults.map(({ action }) => action)).toStrictEqual([
    { kind: 'restart', drainMs: 2_000, downMs: 3_000, everyMs: 5_000 },
    { kind: 'restart', drainMs: 0, downMs: 3_000, everyMs: 0 },
  ]);
});

test('a run may last a month; lives may be longer than the run', () => {
  const faults = '[{ crash: { instances: all }, lifetime: { exponential: { mean: 365d } }, repair: 1h }]';
  const { trial } = onlyColumn(minimal({ duration: '31d', faults }));
  expect(trial.durationMs).toBe(31 * 86_400_000);
  expect(trial.faults[0].when).toMatchObject({ lifetime: { kind: 'exponential', meanMs: 365 * 86_400_000 } });
});
