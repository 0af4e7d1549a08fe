import { expect, it } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { accrualNamed } from '../../src/health/accrual/index.ts';
import { createOutlierDetection } from '../../src/health/outlier/outlier_detection.ts';
import { OUTLIER_DETECTION } from '../../src/health/outlier/settings.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Upstream } from '../../src/mesh/upstream.ts';
import { createMemoryRegistry } from '../../src/registry/memory_registry.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

/** Two hosts; one failure takes one out by failure accrual, for a second the first time. */
function upstreamOf({ ejecting = false } = {}) {
  const clock = new ManualClock();
  const registry = createMemoryRegistry(clock);
  const register = (id: string, weight = 1) =>
    registry.register('s', { id, address: `${id}:80`, zone: null, weight }, null);
  const leases = ['a', 'b'].map((id) => register(id));
  const calls = new CallTable(1);
  const log: string[] = [];
  const note = (what: string, id: string) => id === 'a' && log.push(`${clock.now()} ${what}`);
  const sent: string[] = [];
  const settings = { ...OUTLIER_DETECTION, maxEjectionPercent: 100, consecutive5xx: 1, intervalMs: 500 };
  const upstream = new Upstream({
    service: 's',
    discovery: registry,
    clock,
    random: randomStream('half-open'),
    transport: { send: (_call, host) => sent.push(host.instance.id), abandon: () => {} },
    strategy: strategyNamed('round-robin').withOptions({}),
    loadBalancer: { ...PLAIN_LOAD_BALANCER, panicThreshold: 0 },
    healthCheck: null,
    passive: ejecting ? (ports) => createOutlierDetection({ ...ports, settings }) : null,
    accrual: (ports) => accrualNamed('linkerd').create({ ...ports, options: { maxFailures: 1, jitter: 0 } }),
    request: PLAIN_REQUEST,
    calls,
    observer: {
      onSend: (_call, host) => note('send', host.instance.id),
      onAttemptEnd: () => {},
      onView: (host, inView) => note(inView ? 'in view' : 'gone', host.instance.id),
      onBelief: (host, good, cause, evidence) =>
        note(`${good ? 'trust' : 'distrust'} by ${cause} of ${evidence}`, host.instance.id),
      onVerdict: (host, cause, good) => note(`${cause} says ${good}`, host.instance.id),
      onProbing: (host, probing) => note(`probing ${probing}`, host.instance.id),
      onPickable: (host, pickable) => note(`pickable ${pickable}`, host.instance.id),
      onPanic: () => {},
      onProbe: () => {},
    },
    onDone: () => {},
  });
  /** Sends until one goes to `a`, or three have not; the answer of `a` is left open. */
  const sendToA = (): ((outcome: Outcome) => void) | null => {
    for (let i = 0; i < 3; i++) {
      const call = calls.open();
      upstream.start(call, NO_KEY);
      if (sent.at(-1) === 'a') return (outcome) => upstream.settle(call, outcome);
      upstream.settle(call, Outcome.ok);
    }
    return null;
  };
  return { clock, upstream, sendToA, register, leases, taken: () => log.splice(0) };
}

it('a host that is let in for one request is not believed in until that has succeeded', () => {
  const { clock, sendToA, taken } = upstreamOf();
  expect(taken()).toEqual([
    ...['0 in view', '0 registry says true', '0 accrual says true', '0 trust by registry of 0', '0 pickable true'],
  ]);
  sendToA()?.(Outcome.error);
  expect(taken()).toEqual(['0 send', '0 accrual says false', '0 distrust by accrual of 0', '0 pickable false']);
  clock.advanceTo(1500);
  expect(taken()).toEqual(['1000 probing true', '1000 pickable true']);
  const failing = sendToA();
  // The send is told before what it changes: whoever watches sees it go to a host that may be picked.
  expect(taken()).toEqual(['1500 send', '1500 probing false', '1500 pickable false']);
  expect(sendToA()).toBeNull();
  failing?.(Outcome.error);
  clock.advanceTo(3600);
  expect(taken()).toEqual(['3500 probing true', '3500 pickable true']);
  const passing = sendToA();
  clock.advanceTo(3700);
  taken();
  passing?.(Outcome.ok);
  expect(taken()).toEqual(['3700 accrual says true', '3700 trust by accrual of 3600', '3700 pickable true']);
});

it('stays out while something else speaks against it', () => {
  const { clock, sendToA, taken } = upstreamOf({ ejecting: true });
  taken();
  sendToA()?.(Outcome.error);
  expect(taken()).toEqual([
    ...['0 send', '0 ejection says false', '0 distrust by ejection of 0', '0 pickable false', '0 accrual says false'],
  ]);
  clock.advanceTo(1200);
  expect(taken()).toEqual(['1000 probing true']);
  expect(sendToA()).toBeNull();
  // The ejection ends, and the single request may go.
  clock.advanceTo(30_000);
  expect(taken()).toEqual(['30000 ejection says true', '30000 pickable true']);
  sendToA()?.(Outcome.ok);
  expect(taken().slice(-2)).toEqual(['30000 trust by accrual of 30000', '30000 pickable true']);
});

it('forgets what was under way when it leaves the view, and knows nothing of it when it is back', () => {
  const { clock, upstream, sendToA, register, leases, taken } = upstreamOf();
  sendToA()?.(Outcome.error);
  clock.advanceTo(1000);
  taken();
  leases[0]?.revoke();
  expect(taken()).toEqual(['1000 gone', '1000 registry says false', '1000 probing false', '1000 pickable false']);
  register('a');
  expect(taken()).toEqual([
    ...['1000 in view', '1000 registry says true', '1000 accrual says true', '1000 trust by registry of 1000'],
    '1000 pickable true',
  ]);
  sendToA()?.(Outcome.ok);
  sendToA()?.(Outcome.error);
  expect(taken(), 'as of any other: it was not let in for one request').toEqual([
    ...['1000 send', '1000 send', '1000 accrual says false', '1000 distrust by accrual of 1000'],
    '1000 pickable false',
  ]);
  upstream.close();
});

it('is another service to Linkerd once it weighs something else', () => {
  const { clock, sendToA, register, taken } = upstreamOf();
  const pending = sendToA();
  sendToA()?.(Outcome.error);
  clock.advanceTo(500);
  taken();
  register('a', 2);
  expect(taken()).toEqual(['500 accrual says true', '500 trust by accrual of 500', '500 pickable true']);
  pending?.(Outcome.error);
  expect(taken(), 'of the one before').toEqual([]);
  register('b', 2);
  sendToA()?.(Outcome.error);
  expect(taken()).toEqual([
    ...['500 send', '500 accrual says false', '500 distrust by accrual of 500', '500 pickable false'],
  ]);
});

it('leaves no wait on the clock, neither of a host that has left nor when it closes', () => {
  const { clock, upstream, sendToA, register, leases } = upstreamOf();
  sendToA()?.(Outcome.error);
  expect(clock.pending, 'until it may be tried').toBe(1);
  leases[0]?.revoke();
  expect(clock.pending, 'once it has left').toBe(0);
  register('a');
  sendToA()?.(Outcome.error);
  expect(clock.pending, 'until it may be tried, once more').toBe(1);
  upstream.close();
  expect(clock.pending, 'once the upstream is closed').toBe(0);
});
