import { describe, expect, it, test } from 'vitest';
import { type LoadBalancerSettings, PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategies } from '../../src/balancer/strategies/index.ts';
import type { StrategyTraits } from '../../src/balancer/strategy.ts';
import { PLAIN_REQUEST, UNTRIED_HOSTS } from '../../src/mesh/request_policy.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { envoyChecks } from '../helpers/checks.ts';
import { SESSIONS } from '../helpers/sessions.ts';
import { callers, instances, traceOf, trialOf } from '../helpers/trial.ts';

const measured = (trial: TrialConfig) => runTrial(trial, 1, { recordSeries: false }).measures;

/** Who crashes from 2 s to 4 s: most of the first priority, or all but the backups. */
const MOST = [1, 2, 3];
const ALL_BUT_BACKUPS = [0, 1, 2, 3, 4, 5];

/** Two zones of four, two priorities, two backups, some hosts that crash for a while. */
function world(
  name: string,
  loadBalancer: Partial<LoadBalancerSettings>,
  { workers = 1, crashed = MOST }: { workers?: number; crashed?: readonly number[] } = {},
): TrialConfig {
  return trialOf({
    durationMs: 6000,
    instances: instances(8, { concurrency: 2 }).map((instance, i) => ({
      ...instance,
      zone: i % 2 === 0 ? 'a' : 'b',
      weight: 1 + (i % 3),
      priority: i < 5 ? 0 : 1,
      backup: i >= 6,
      metadata: { stage: i === 0 ? 'canary' : 'prod' },
    })),
    callers: callers(4).map((caller, i) => ({ ...caller, zone: i % 2 === 0 ? 'a' : 'b', workers })),
    load: { arrivals: 'poisson', ratePerMs: 0.5, keys: { kind: 'uniform', count: 50 } },
    networkLatency: { kind: 'constant', valueMs: 0.3 },
    strategy: { name, options: {} },
    loadBalancer: { ...PLAIN_LOAD_BALANCER, ...loadBalancer },
    healthCheck: envoyChecks({
      intervalMs: 200,
      timeoutMs: 50,
      unhealthyThreshold: 1,
      healthyThreshold: 1,
      intervalJitterMs: 0,
    }),
    request: {
      ...PLAIN_REQUEST,
      timeoutMs: 500,
      retries: 2,
      retryOn: ['connect-failure', 'reset', '5xx'],
      hostSelection: { ...UNTRIED_HOSTS, updateFrequency: 1 },
    },
    faults: [
      {
        action: { kind: 'crash' },
        target: { kind: 'instances', indexes: crashed },
        when: { kind: 'at', atMs: 2000, forMs: 2000 },
      },
    ],
  });
}

interface Case {
  readonly loadBalancer: Partial<LoadBalancerSettings>;
  readonly crashed?: readonly number[];
  /** Strategies that the setting must make a difference to. Absent: all. */
  readonly concerns?: (traits: StrategyTraits) => boolean;
}

const cases: Record<string, Case> = {
  'priorities and backups': { loadBalancer: { backups: 'first' }, crashed: ALL_BUT_BACKUPS },
  'all or nothing': { loadBalancer: { failover: 'all-or-nothing' } },
  'zones by weight': { loadBalancer: { locality: { kind: 'weighted', weights: { a: 2 } } } },
  'zone-aware routing': {
    loadBalancer: {
      locality: {
        kind: 'zone-aware',
        minClusterSize: 1,
        basis: 'hosts',
        routingEnabledPercent: 100,
        forceLocalZoneMinSize: null,
      },
    },
    // As in Envoy, not those that hash.
    concerns: ({ affinity }) => affinity === 'none',
  },
  'locality failover': { loadBalancer: { locality: { kind: 'failover', failover: [] } } },
  subset: { loadBalancer: { subset: { selectors: [{ keys: ['stage'] }], match: { stage: 'prod' } } } },
  'random aperture': { loadBalancer: { subsetting: { name: 'random-aperture', options: {} } } },
  'deterministic aperture': {
    loadBalancer: { subsetting: { name: 'deterministic-aperture', options: { minAperture: 3 } } },
  },
  'slow start': {
    loadBalancer: { slowStart: { kind: 'haproxy', windowMs: 1000 } },
    concerns: ({ weighted, fixedWeights = false }) => weighted !== 'none' && !fixedWeights,
  },
  sessions: {
    loadBalancer: { sessionAffinity: { ...SESSIONS, ttlMs: 1000, maxSessions: 20 } },
  },
};

const run = (name: string, settings: Partial<LoadBalancerSettings>, crashed: readonly number[]) =>
  measured(world(name, settings, { workers: 2, crashed }));

/** What happens without any setting: the same for all cases in which the same hosts crash. */
const plainRuns = new Map<string, ReturnType<typeof run>>();
function plainRun(name: string, crashed: readonly number[]): ReturnType<typeof run> {
  const key = `${name} ${crashed}`;
  const known = plainRuns.get(key) ?? run(name, {}, crashed);
  plainRuns.set(key, known);
  return known;
}

describe.each(Object.entries(cases))('%s', (_name, { loadBalancer, crashed = MOST, concerns = () => true }) => {
  it.each(strategies)('$name works with it, and with retries that avoid priorities', ({ name, variantOf }) => {
    const { requests, inputDigest, digest } = run(name, loadBalancer, crashed);
    const { offered, succeeded, failed } = requests;
    expect(succeeded + failed, 'requests that have an answer at the end').toBe(offered);
    expect(succeeded / offered, 'share of requests that succeed').toBeGreaterThan(0.9);
    const { inputDigest: arrivals } = plainRun('round-robin', crashed);
    expect(inputDigest, 'what arrives, as with round robin and without the setting').toBe(arrivals);
    if (!concerns(variantOf({}).traits)) return;
    expect(digest, 'what happens, as without the setting').not.toBe(plainRun(name, crashed).digest);
  });
});

test('retries that avoid priorities reach hosts that get no load otherwise', () => {
  const { instances: rows } = measured({
    ...world('round-robin', {}),
    healthCheck: null,
    faults: [
      {
        action: { kind: 'errors', rate: 1, probes: false },
        target: { kind: 'instances', indexes: [0] },
        when: { kind: 'at', atMs: 0, forMs: Infinity },
      },
    ],
  });
  // The first priority is whole, so that the second gets retries only; of each five requests one fails.
  const second = rows.slice(5, 6).reduce((sum, { requests }) => sum + requests, 0);
  const first = rows.slice(0, 5).reduce((sum, { requests }) => sum + requests, 0);
  expect(second / first, 'requests to the second priority for each to the first').toBeCloseTo(0.2, 2);
  for (const { expectedShare } of rows.slice(5))
    expect(expectedShare, 'share due to those that get retries only').toBe(0);
});

test('each worker of a caller takes turns of its own; which worker gets a request no strategy decides', () => {
  const trial = trialOf({
    instances: instances(3),
    callers: callers(1).map((caller) => ({ ...caller, workers: 2 })),
    load: { arrivals: 'poisson', ratePerMs: 0.1, keys: null },
  });
  const order = traceOf(trial).sends.map(({ instance }) => instance);
  const steps = order.slice(1).map((instance, i) => (instance - order[i] + 3) % 3);
  // One cursor would always move on by one.
  expect(new Set(steps), 'steps from each instance to the next').toEqual(new Set([0, 1, 2]));
  const one = trialOf({ ...trial, callers: callers(1) });
  expect(traceOf(trial).arrivals, 'what arrives, as with one worker').toEqual(traceOf(one).arrivals);
});

test('an instance that asks to be spared is, by who listens', () => {
  // i-1 is full with one request of 50 ms, and rejects the others.
  const [small, large] = [{ queue: 0, concurrency: 1 }, { concurrency: 100 }];
  const rejections = (policy: Record<string, number | string>, retryAfterMs?: number): number => {
    const service = { kind: 'constant', valueMs: 50 } as const;
    const fleet = instances(2, { serviceTime: service }).map((one, i) => ({ ...one, ...(i === 0 ? small : large) }));
    const trial = trialOf({
      durationMs: 60_000,
      instances: fleet.map((one) => (retryAfterMs === undefined ? one : { ...one, retryAfterMs })),
      load: { arrivals: 'poisson', ratePerMs: 0.1, keys: null },
      strategy: { name: 'peak-ewma', options: policy },
    });
    return traceOf(trial).done.filter(({ outcome }) => outcome === 'rejected').length;
  };
  const penalties = { defaultRtt: 30, peak: 'decayed', failurePenalty: 1000 };
  const [deaf, alone, asking] = [rejections({}, 60_000), rejections(penalties), rejections(penalties, 60_000)];
  expect(deaf).toBe(rejections({}));
  expect(deaf).toBeGreaterThan(alone);
  expect(alone).toBeGreaterThan(asking);
});
