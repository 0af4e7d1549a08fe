import { PLAIN_LOAD_BALANCER } from '../../../src/balancer/load_balancer.ts';
import * as lists from '../../../src/run/lists.ts';
import type { Selection } from '../../../src/run/replay/event_log.ts';
import type { Replay } from '../../../src/run/replay/replay.ts';
import { replayTrial } from '../../../src/run/replay/replay.ts';
import { readScenario } from '../../../src/scenario/read_scenario.ts';
import type { TrialConfig } from '../../../src/sim/config.ts';
import { SESSIONS } from '../../helpers/sessions.ts';
import { trialOf } from '../../helpers/trial.ts';

/** Two zones, checks, one retry, and a zone that goes dark from 2 s to 4 s of 6 s; measured from 1 s. */
export const DARK_ZONE = `name: dark-zone
duration: 6s
warmup: 1s
seed: 3
instances:
  - { count: 4, zones: [a, b], concurrency: 4, queue: 4, serviceTime: { exponential: { mean: 5ms } } }
callers: { count: 2 }
load: { arrivals: poisson, rate: 200/s, keys: { uniform: { count: 50 } } }
network: { latency: 1ms }
loadBalancer: { policy: least-request }
healthCheck: { interval: 500ms, timeout: 100ms, unhealthyThreshold: 2, healthyThreshold: 1 }
request: { timeout: 2s, connectTimeout: 50ms, retries: { attempts: 1, retryOn: [connect-failure] } }
faults: [{ blackhole: { zone: b }, at: 2s, for: 2s }]
`;

export function trialIn(yaml: string): TrialConfig {
  const read = readScenario(yaml, 'test.yaml', lists);
  if ('problems' in read) throw new Error(read.problems.map(({ message }) => message).join('\n'));
  return read.scenario.columns[0].trial;
}

/** Everything, but for what is said. */
export function replayed(trial: TrialConfig, selection: Partial<Selection> = {}, seed = 3): Replay {
  return replayTrial(trial, seed, { requests: [], instances: [], events: Infinity, aroundMs: null, ...selection });
}

/** The events of one kind. */
export function eventsOf<K extends Replay['events'][number]['kind']>({ events }: Replay, kind: K) {
  return events.filter((event): event is Extract<Replay['events'][number], { kind: K }> => event.kind === kind);
}

/** All that a load balancer can be made of, a part each. */
export const settings: Readonly<Record<string, Partial<TrialConfig>>> = {
  'session affinity': {
    loadBalancer: {
      ...PLAIN_LOAD_BALANCER,
      sessionAffinity: { ...SESSIONS, ttlMs: 1000, maxSessions: 20 },
    },
  },
  'strict sessions': {
    loadBalancer: {
      ...PLAIN_LOAD_BALANCER,
      sessionAffinity: { ...SESSIONS, ttlMs: 1000, maxSessions: 20, strict: true },
    },
  },
  'zones by weight': {
    loadBalancer: { ...PLAIN_LOAD_BALANCER, locality: { kind: 'weighted', weights: { a: 1, b: 3 } } },
  },
  'locality failover': {
    loadBalancer: { ...PLAIN_LOAD_BALANCER, locality: { kind: 'failover', failover: [] } },
    callers: [{ id: 'x', zone: 'b', workers: 1 }],
  },
  'slow start': {
    loadBalancer: {
      ...PLAIN_LOAD_BALANCER,
      slowStart: { kind: 'envoy', windowMs: 2000, aggression: 1, minWeightShare: 0.1 },
    },
  },
  workers: { callers: [{ id: 'x', zone: 'a', workers: 3 }] },
  'a registry of leases': { registry: trialOf().registry, healthCheck: null },
};
