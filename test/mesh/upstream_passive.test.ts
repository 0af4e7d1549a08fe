import { expect, it } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Instance } from '../../src/core/instance.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome, outcomeNames } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { createOutlierDetection } from '../../src/health/outlier/outlier_detection.ts';
import { OUTLIER_DETECTION, type OutlierDetectionSettings } from '../../src/health/outlier/settings.ts';
import type { ProbeVerdict } from '../../src/health/probe.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Upstream } from '../../src/mesh/upstream.ts';
import { createMemoryRegistry } from '../../src/registry/memory_registry.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

const instance = (id: string): Instance => ({ id, address: `${id}:80`, zone: null, weight: 1 });

/** One error ejects a host of these two, for 30 s; `verdict` is what checks find each second, where there are any. */
function upstreamOf(
  verdict: (() => Exclude<ProbeVerdict, 'timeout'>) | null,
  written: Partial<OutlierDetectionSettings> = {},
  panicThreshold = 0,
) {
  const clock = new ManualClock();
  const registry = createMemoryRegistry(clock);
  const leases = ['a', 'b'].map((id) => registry.register('s', instance(id), null));
  const calls = new CallTable(1);
  const log: string[] = [];
  const note = (what: string): void => void log.push(`${clock.now()} ${what}`);
  const sent: string[] = [];
  const upstream = new Upstream({
    service: 's',
    discovery: registry,
    clock,
    random: randomStream('passive'),
    transport: { send: (_call, host) => sent.push(host.instance.id), abandon: () => {} },
    strategy: strategyNamed('round-robin').withOptions({}),
    loadBalancer: { ...PLAIN_LOAD_BALANCER, panicThreshold },
    healthCheck:
      verdict === null
        ? null
        : {
            settings: {
              ...({ system: 'envoy', intervalMs: 1000, timeoutMs: 500 } as const),
              ...{ unhealthyThreshold: 1, healthyThreshold: 2, intervalJitterMs: 0 },
            },
            probe: (target, _timeoutMs, done) => {
              const timer = clock.schedule(0, () => done(target.id === 'a' ? verdict() : 'pass'), 0);
              return () => clock.cancel(timer);
            },
          },
    passive: (ports) =>
      createOutlierDetection({
        ...ports,
        settings: { ...OUTLIER_DETECTION, maxEjectionPercent: 100, consecutive5xx: 1, ...written },
      }),
    request: PLAIN_REQUEST,
    calls,
    observer: {
      onSend: () => {},
      onAttemptEnd: (_call, host, _attempt, _sentAtMs, outcome) =>
        note(`${outcomeNames[outcome]} of ${host.instance.id}`),
      onView: () => {},
      onBelief: (host, good, cause, evidenceAtMs) =>
        note(`${good ? 'trust' : 'distrust'} ${host.instance.id} by ${cause} of ${Math.floor(evidenceAtMs)}`),
      onPickable: (host, pickable) => note(`${pickable ? 'pickable' : 'not pickable'} ${host.instance.id}`),
      onPanic: (panic) => note(`panic ${panic}`),
      onProbe: () => {},
    },
    onDone: () => {},
  });
  /** Sends until one goes to `a`, and answers that. */
  const answerOfA = (outcome: Outcome, afterMs = 0): void => {
    for (;;) {
      const call = calls.open();
      upstream.start(call, NO_KEY);
      const toA = sent.at(-1) === 'a';
      clock.advance(toA ? afterMs : 0);
      upstream.settle(call, toA ? outcome : Outcome.ok);
      if (toA) return;
    }
  };
  const taken = (): string[] => log.splice(0).filter((line) => !line.endsWith('ok of b'));
  return { clock, upstream, answerOfA, taken, leases, sent };
}

it('is told of in order: result, belief, pickable', () => {
  const { clock, answerOfA, taken } = upstreamOf(null);
  taken();
  clock.advance(100);
  answerOfA(Outcome.error, 7);
  expect(taken()).toEqual(['107 error of a', '107 distrust a by ejection of 100', '107 not pickable a']);
  clock.advanceTo(39_999);
  expect(taken()).toEqual([]);
  clock.advanceTo(40_000);
  expect(taken()).toEqual(['40000 trust a by ejection of 40000', '40000 pickable a']);
});

it('an ejected host is used in panic', () => {
  const { answerOfA, taken, sent } = upstreamOf(null, {}, 0.6);
  taken();
  answerOfA(Outcome.error);
  expect(taken()).toEqual(['0 error of a', '0 distrust a by ejection of 0', '0 panic true']);
  sent.splice(0);
  answerOfA(Outcome.ok);
  expect(sent).toContain('a');
});

it('an active check that passes ends an ejection', () => {
  const { clock, answerOfA, taken } = upstreamOf(() => 'pass');
  clock.advanceTo(2000);
  taken();
  answerOfA(Outcome.error);
  clock.advanceTo(3000);
  const [failed, out, , back] = taken();
  expect([failed, out]).toEqual(['2000 error of a', '2000 distrust a by ejection of 2000']);
  expect(back).toMatch(/^2\d\d\d\S* trust a by ejection/);
});

it('a host is good once neither its checks nor its requests speak against it', () => {
  let verdict: 'pass' | 'refused' = 'pass';
  const { clock, answerOfA, taken } = upstreamOf(() => verdict, { successfulActiveHealthCheckUnejectHost: false });
  clock.advanceTo(2000);
  answerOfA(Outcome.error);
  verdict = 'refused';
  taken();
  clock.advanceTo(50_000); // the ejection has ended, and checks fail
  expect(taken()).toEqual([]);
  verdict = 'pass';
  clock.advanceTo(52_500);
  expect(taken().map((line) => line.replace(/^\d+\S* /, '').replace(/ of \d+/, ''))).toEqual([
    'trust a by activeCheck',
    'pickable a',
  ]);
});

it('the check that finds an ejected host well ends its ejection too', () => {
  let verdict: 'pass' | 'refused' = 'pass';
  const { clock, answerOfA, taken } = upstreamOf(() => verdict);
  clock.advanceTo(2000);
  verdict = 'refused';
  answerOfA(Outcome.error);
  clock.advanceTo(4000);
  verdict = 'pass';
  taken();
  clock.advanceTo(5000);
  expect(taken()).toEqual([]); // one pass of two
  clock.advanceTo(6000);
  expect(taken()[0]).toMatch(/^5\d\d\d\S* trust a by activeCheck/);
});

it('forgets a host that leaves, and stops with its upstream', () => {
  const { clock, upstream, answerOfA, taken, leases } = upstreamOf(null);
  answerOfA(Outcome.error);
  taken();
  leases[0]?.revoke();
  expect(taken()).toEqual([]); // out already
  clock.advanceTo(100_000);
  expect(taken()).toEqual([]);
  upstream.close();
  expect(clock.pending).toBe(0);
});
