import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { type ConnectionSettings, GRPC_CONNECTIONS } from '../../src/core/connectivity.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import type { FaultAction, FaultConfig, TrialConfig } from '../../src/sim/config.ts';
import { callers, instances, type Trace, traceOf, trialOf } from '../helpers/trial.ts';

const LEG_MS = 2;
/** TCP's handshake, and the round trip until the server's settings are there. */
const CONNECT_MS = 4 * LEG_MS;
const AT_MS = 4000;

const fault = (action: FaultAction, forMs: number, atMs = AT_MS, instance = 0): FaultConfig => ({
  action,
  target: { kind: 'instances', indexes: [instance] },
  when: { kind: 'at', atMs, forMs },
});

const world = (written: Partial<TrialConfig> = {}, connections: Partial<ConnectionSettings> = {}): TrialConfig =>
  trialOf({
    instances: instances(2),
    networkLatency: { kind: 'constant', valueMs: LEG_MS },
    strategy: { name: 'round-robin', options: { system: 'grpc-go' } },
    request: { ...PLAIN_REQUEST, timeoutMs: 30_000, perTryTimeoutMs: 30_000, connectTimeoutMs: 30_000 },
    loadBalancer: {
      ...PLAIN_LOAD_BALANCER,
      panicThreshold: 0,
      failover: 'all-or-nothing',
      connections: { ...GRPC_CONNECTIONS, jitter: 0, ...connections },
    },
    ...written,
  });

const lone = (written: Partial<TrialConfig> = {}, connections: Partial<ConnectionSettings> = {}): TrialConfig =>
  world({ instances: instances(1), ...written }, connections);

/** When the caller believes in that instance, and when not any more. */
const beliefs = (trace: Trace, instance = 0): string[] =>
  trace.beliefs
    .filter((each) => each.instance === instance)
    .map(({ atMs, good, cause }) => `${atMs} ${good ? 'good' : 'bad'} by ${cause}`);

const outcomes = (trace: Trace): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { outcome } of trace.done) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};

describe('connections in the simulator', () => {
  it('stand after two round trips, for which the first requests wait', () => {
    const trace = traceOf(lone({ load: { arrivals: 'constant', ratePerMs: 0.5, keys: null } }));
    expect(beliefs(trace)).toEqual([`${CONNECT_MS} good by connection`]);
    const early = trace.done.filter(({ arrivedAtMs }) => arrivedAtMs < CONNECT_MS);
    expect(early.length).toBeGreaterThan(2);
    for (const { request } of early) {
      expect(trace.sends.find((send) => send.request === request)?.atMs).toBe(CONNECT_MS);
    }
    expect(Object.keys(outcomes(trace))).toEqual(['ok']);
  });

  it('crash: is heard of one leg later, and the host again after the wait that its failures have come to', () => {
    const trace = traceOf(lone({ faults: [fault({ kind: 'crash' }, 2500)] }));
    // Refused after a round trip at 4002, 5006 and, 1.6 s after that, 6610.
    const back = AT_MS + LEG_MS + 4 + 1000 + 4 + 1600;
    expect(beliefs(trace)).toEqual([
      `${CONNECT_MS} good by connection`,
      `${AT_MS + LEG_MS} bad by connection`,
      `${back + CONNECT_MS} good by connection`,
    ]);
    // What comes while it connects for the first time waits; once that has failed, requests fail at once.
    const failed = trace.done.filter(({ outcome }) => outcome === 'noHost');
    expect(failed.length).toBeGreaterThan(20);
    for (const { atMs, arrivedAtMs } of failed) {
      expect(atMs).toBe(Math.max(arrivedAtMs, AT_MS + LEG_MS + 4));
      expect(arrivedAtMs).toBeLessThan(back + CONNECT_MS);
    }
  });

  it('crash: with waitForReady all requests wait until it is back', () => {
    const trace = traceOf(lone({ faults: [fault({ kind: 'crash' }, 2500)] }, { waitForReady: true }));
    expect(outcomes(trace).noHost).toBeUndefined();
    const waited = trace.done.filter(({ arrivedAtMs }) => arrivedAtMs > AT_MS + LEG_MS && arrivedAtMs < 6500);
    expect(waited.every(({ atMs, outcome }) => outcome === 'ok' && atMs > 6610)).toBe(true);
  });

  it('blackhole: nobody hears of it, until a request finds that the host that came back knows no connection', () => {
    const trace = traceOf(lone({ faults: [fault({ kind: 'blackhole' }, 1000)] }));
    const [stale] = trace.ends.filter(({ outcome }) => outcome === 'reset');
    expect(stale.sentAtMs).toBeGreaterThanOrEqual(AT_MS + 1000 - LEG_MS);
    expect(stale.atMs).toBe(stale.sentAtMs + 2 * LEG_MS);
    expect(beliefs(trace).slice(1)).toEqual([
      `${stale.atMs} bad by connection`,
      `${stale.atMs + CONNECT_MS} good by connection`,
    ]);
    expect(outcomes(trace).reset).toBe(1);
    // Of what was sent into the dark nothing comes back.
    const lost = trace.sends.filter(({ atMs }) => atMs > AT_MS && atMs < AT_MS + 1000 - LEG_MS);
    const ended = new Set(trace.ends.filter(({ outcome }) => outcome !== 'timedOut').map(({ request }) => request));
    expect(lost.length).toBeGreaterThan(5);
    expect(lost.filter(({ request }) => ended.has(request))).toEqual([]);
  });

  it('blackhole: an attempt to connect is given up after 20 s', () => {
    const faults = [fault({ kind: 'blackhole' }, 60_000, 0)];
    const trace = traceOf(lone({ faults, durationMs: 30_000 }));
    const failed = trace.done.filter(({ outcome }) => outcome === 'noHost');
    expect(Math.min(...failed.map(({ atMs }) => atMs))).toBe(20_000);
    expect(failed.some(({ arrivedAtMs }) => arrivedAtMs < 200)).toBe(true);
  });

  it('hang: keeps its connections, and takes those that its kernel has accepted once it wakes', () => {
    const faults = [fault({ kind: 'hang' }, 3000)];
    expect(beliefs(traceOf(lone({ faults })))).toEqual([`${CONNECT_MS} good by connection`]);
    const late = traceOf(lone({ faults: [fault({ kind: 'hang' }, 3000, 0)] }));
    expect(beliefs(late)).toEqual([`${3000 + LEG_MS} good by connection`]);
    expect(late.done[0].atMs).toBeGreaterThan(3000);
  });

  it('restart: a process that is asked to terminate takes no more, and answers what it has', () => {
    const trial = lone({
      instances: instances(1, { concurrency: 4, serviceTime: { kind: 'constant', valueMs: 300 } }),
      // The registry says so much later.
      discoveryLag: { kind: 'constant', valueMs: 8000 },
      durationMs: 20_000,
      faults: [fault({ kind: 'restart', drainMs: 500, graceMs: 5000, downMs: 1000, everyMs: 1 }, 1, 10_000)],
    });
    const trace = traceOf(trial);
    expect(beliefs(trace)[1]).toBe(`${10_500 + LEG_MS} bad by connection`);
    const during = trace.ends.filter(({ sentAtMs }) => sentAtMs > 10_000 && sentAtMs < 10_500 - LEG_MS);
    expect(during.length).toBeGreaterThan(3);
    expect(new Set(during.map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
  });

  it('restart: what is sent before the caller knows of it is served, also by a process that has nothing else to do', () => {
    const trial = lone({
      instances: instances(2),
      load: { arrivals: 'constant', ratePerMs: 2, keys: null },
      discoveryLag: { kind: 'constant', valueMs: 8000 },
      faults: [fault({ kind: 'restart', drainMs: 500, graceMs: 1000, downMs: 1000, everyMs: 1 }, 1)],
    });
    // Packets that overtake others do not on one connection.
    const networkLatency = { kind: 'uniform', minMs: 0, maxMs: 100 } as const;
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
    const jittery = seeds.map((seed) => Object.keys(outcomes(traceOf({ ...trial, networkLatency }, seed))));
    expect(jittery).toEqual(seeds.map(() => ['ok']));
    const trace = traceOf(trial);
    const late = trace.ends.filter(({ instance, sentAtMs }) => {
      const sinceMs = sentAtMs - (AT_MS + 500);
      return instance === 0 && sinceMs > -LEG_MS && sinceMs < LEG_MS;
    });
    expect(late.length).toBeGreaterThan(2);
    expect(Object.keys(outcomes(trace))).toEqual(['ok']);
  });

  it('an instance that hangs and is killed refuses who waited for it', () => {
    const faults = [fault({ kind: 'hang' }, 3000, 0), fault({ kind: 'crash' }, 5000, 1000)];
    const trace = traceOf(lone({ faults }));
    const failed = trace.done.filter(({ outcome }) => outcome === 'noHost');
    expect(Math.min(...failed.map(({ atMs }) => atMs))).toBe(1000 + LEG_MS);
  });

  it("are nobody else's: callers have their own", () => {
    const trace = traceOf(world({ callers: callers(3), faults: [fault({ kind: 'crash' }, 1000)] }));
    const heard = trace.beliefs.filter(({ good }) => !good);
    expect(heard.map(({ caller, atMs }) => [caller, atMs])).toEqual(
      [0, 1, 2].map((caller) => [caller, AT_MS + LEG_MS]),
    );
  });

  it('ring-hash connects to hosts as keys lead to them, and to those alone', () => {
    const strategy = { name: 'ring-hash', options: { system: 'grpc' } };
    const load = { arrivals: 'constant', ratePerMs: 0.01, keys: { kind: 'uniform', count: 1 } } as const;
    const trace = traceOf(world({ instances: instances(5), strategy, load, faults: [] }));
    const used = new Set(trace.sends.map(({ instance }) => instance));
    expect(used.size).toBe(1);
    const [first] = trace.done;
    expect(first.atMs - first.arrivedAtMs).toBeCloseTo(CONNECT_MS + 2 * LEG_MS + 1, 6);
    expect(trace.beliefs.every(({ cause }) => cause === 'registry')).toBe(true);
  });

  it('fail over to the second priority after 10 s where the first is cut off', () => {
    const [first, second] = instances(2);
    const faults = [fault({ kind: 'blackhole' }, 60_000, 0)];
    const trial = world({ instances: [first, { ...second, priority: 1 }], faults, durationMs: 15_000 });
    const trace = traceOf(trial);
    expect(beliefs(trace, 1)).toEqual([`${10_000 + CONNECT_MS} good by connection`]);
    expect(trace.sends[0].atMs).toBe(10_000 + CONNECT_MS);
    expect(new Set(trace.sends.map(({ instance }) => instance))).toEqual(new Set([1]));
    expect(Object.keys(outcomes(trace))).toEqual(['ok']);
  });

  const action = fc.constantFrom<FaultAction>({ kind: 'crash' }, { kind: 'blackhole' }, { kind: 'hang' });
  const anyFault = fc
    .tuple(action, fc.integer({ min: 0, max: 6000 }), fc.integer({ min: 1, max: 4000 }), fc.nat(2))
    .map(([kind, atMs, forMs, instance]) => fault(kind, forMs, atMs, instance));

  test.prop([
    fc.array(anyFault, { maxLength: 6 }),
    fc.constantFrom(
      { name: 'round-robin', options: { system: 'grpc-core' } },
      { name: 'ring-hash', options: { system: 'grpc' } },
    ),
    fc.boolean(),
    fc.constantFrom(0, 1, 2),
  ])('every request ends once, over a connection, and the same again', (faults, strategy, waitForReady, backups) => {
    const written = instances(3).map((each, i) => ({ ...each, priority: i >= 3 - backups ? 1 : 0 }));
    const trial = world(
      {
        ...{ instances: written, faults, strategy },
        load: { arrivals: 'constant', ratePerMs: 0.02, keys: { kind: 'uniform', count: 50 } },
        request: {
          ...{ timeoutMs: 2000, perTryTimeoutMs: 800, connectTimeoutMs: 800, retries: 1 },
          retryOn: ['reset', 'timeout', 'connect-failure'],
        },
      },
      { waitForReady },
    );
    const trace = traceOf(trial);
    const ended = trace.done.map(({ request }) => request);
    expect(new Set(ended).size).toBe(ended.length);
    expect(ended.length + trace.end.unfinishedArrivalsMs.length).toBeGreaterThanOrEqual(
      trace.arrivals.filter(({ atMs }) => atMs < trial.durationMs).length,
    );
    // Nobody is refused a request over a connection that stood.
    expect(outcomes(trace).refused).toBeUndefined();
    if (waitForReady) expect(outcomes(trace).noHost).toBeUndefined();
    expect(JSON.stringify(traceOf(trial))).toBe(JSON.stringify(trace));
  });
});
