import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { outcomeNames } from '../../src/core/outcome.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import type { InstanceConfig, TrialConfig } from '../../src/sim/config.ts';
import type { Gauges } from '../../src/sim/recorder.ts';
import { type RunEnd, runWorld, type TrialObserver } from '../../src/sim/world.ts';

/** Instances `i-1`, `i-2`, ... with one worker, no queue limit and a constant service of 1 ms, but for what is written. */
export function instances(count: number, written: Partial<InstanceConfig> = {}): InstanceConfig[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `i-${i + 1}`,
    address: `10.0.0.${i + 1}:80`,
    zone: null,
    weight: 1,
    concurrency: 1,
    queue: Infinity,
    serviceTime: { kind: 'constant', valueMs: 1 },
    onClientGone: 'finish',
    ...written,
  }));
}

export function callers(count: number): TrialConfig['callers'] {
  return Array.from({ length: count }, (_, i) => ({ id: `caller-${i + 1}`, zone: null, workers: 1 }));
}

/** The smallest trial: one instance, one caller, ten constant requests a second for 10 s; nothing else is there. */
export function trialOf(written: Partial<TrialConfig> = {}): TrialConfig {
  return {
    durationMs: 10_000,
    warmupMs: 0,
    instances: instances(1),
    callers: callers(1),
    load: { arrivals: 'constant', ratePerMs: 0.01, keys: null },
    networkLatency: null,
    discoveryLag: null,
    registry: { kind: 'memory', lease: null },
    strategy: { name: 'round-robin', options: {} },
    loadBalancer: PLAIN_LOAD_BALANCER,
    healthCheck: null,
    outlierDetection: null,
    failureAccrual: null,
    heartbeat: null,
    gossip: null,
    request: PLAIN_REQUEST,
    faults: [],
    ...written,
  };
}

/** Everything a world said, as data. */
export interface Trace {
  readonly arrivals: { atMs: number; request: number; caller: number; key: number; demandMs: number }[];
  readonly sends: { atMs: number; request: number; attempt: number; caller: number; instance: number }[];
  readonly ends: {
    atMs: number;
    request: number;
    attempt: number;
    instance: number;
    sentAtMs: number;
    outcome: string;
  }[];
  readonly done: {
    atMs: number;
    request: number;
    arrivedAtMs: number;
    outcome: string;
    attempts: number;
    lastInstance: number;
  }[];
  readonly beliefs: {
    atMs: number;
    caller: number;
    instance: number;
    good: boolean;
    cause: string;
    evidenceAtMs: number;
  }[];
  readonly verdicts: {
    atMs: number;
    caller: number;
    instance: number;
    source: string;
    good: boolean;
    evidenceAtMs: number;
  }[];
  readonly probing: { atMs: number; caller: number; instance: number; probing: boolean }[];
  readonly views: { atMs: number; caller: number; instance: number; inView: boolean }[];
  readonly probes: { atMs: number; caller: number; instance: number; passed: boolean }[];
  readonly truths: { atMs: number; instance: number; up: boolean; entry: number }[];
  readonly faults: { atMs: number; what: string; entry: number; event: number; instance: number }[];
  end: RunEnd;
}

/**
 * Runs a trial and keeps all it says: for small worlds. `onArrival` is called just before each request is sent on its
 * way, and may read the gauges that `onGauges` was given.
 */
export function traceOf(
  trial: TrialConfig,
  seed = 1,
  onGauges: (gauges: Gauges) => void = () => {},
  onArrival: () => void = () => {},
): Trace {
  const trace: Trace = {
    arrivals: [],
    sends: [],
    ends: [],
    done: [],
    beliefs: [],
    verdicts: [],
    probing: [],
    views: [],
    probes: [],
    truths: [],
    faults: [],
    end: { endMs: 0, unfinishedArrivalsMs: [] },
  };
  const observer: TrialObserver = {
    arrive(atMs, request, caller, key, demandMs) {
      trace.arrivals.push({ atMs, request, caller, key, demandMs });
      onArrival();
    },
    send: (atMs, request, attempt, caller, instance) => trace.sends.push({ atMs, request, attempt, caller, instance }),
    attemptEnd: (atMs, request, attempt, _caller, instance, sentAtMs, outcome) =>
      trace.ends.push({ atMs, request, attempt, instance, sentAtMs, outcome: outcomeNames[outcome] }),
    done: (atMs, request, _caller, arrivedAtMs, outcome, attempts, lastInstance) =>
      trace.done.push({ atMs, request, arrivedAtMs, outcome: outcomeNames[outcome], attempts, lastInstance }),
    belief: (atMs, caller, instance, good, cause, evidenceAtMs) =>
      trace.beliefs.push({ atMs, caller, instance, good, cause, evidenceAtMs }),
    view: (atMs, caller, instance, inView) => trace.views.push({ atMs, caller, instance, inView }),
    verdict: (atMs, caller, instance, source, good, evidenceAtMs) =>
      trace.verdicts.push({ atMs, caller, instance, source, good, evidenceAtMs }),
    probing: (atMs, caller, instance, probing) => trace.probing.push({ atMs, caller, instance, probing }),
    pickable: () => {},
    panic: () => {},
    probe: (atMs, caller, instance, passed) => trace.probes.push({ atMs, caller, instance, passed }),
    faultStart: (atMs, entry, event, instance) => trace.faults.push({ atMs, what: 'start', entry, event, instance }),
    faultEnd: (atMs, entry, event, instance) => trace.faults.push({ atMs, what: 'end', entry, event, instance }),
    truth: (atMs, instance, up, entry) => trace.truths.push({ atMs, instance, up, entry }),
    impaired: (atMs, instance, impaired, entry) =>
      trace.faults.push({ atMs, what: impaired ? 'impaired' : 'restored', entry, event: -1, instance }),
    planned: (atMs, instance, planned) =>
      trace.faults.push({ atMs, what: planned ? 'planned' : 'unplanned', entry: -1, event: -1, instance }),
    startMeasuring: () => {},
    stopMeasuring: () => {},
  };
  trace.end = runWorld(trial, seed, (gauges) => {
    onGauges(gauges);
    return observer;
  });
  return trace;
}
