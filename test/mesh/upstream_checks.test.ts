import { expect, it } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { HAPROXY_CHECK, type HealthCheckSettings } from '../../src/health/checks/settings.ts';
import type { ProbeAnswer } from '../../src/health/probe.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Upstream } from '../../src/mesh/upstream.ts';
import { createMemoryRegistry } from '../../src/registry/memory_registry.ts';
import { instance } from '../health/checks/fake_host.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

const envoy: HealthCheckSettings = {
  ...{ system: 'envoy', intervalMs: 1000, timeoutMs: 500, unhealthyThreshold: 1, healthyThreshold: 2 },
};

/** Two hosts; probes of `a` say what `said` holds, those of `b` always pass. */
function upstreamOf(settings: HealthCheckSettings) {
  const clock = new ManualClock();
  const registry = createMemoryRegistry(clock);
  for (const id of ['a', 'b']) registry.register('s', instance(id), null);
  const calls = new CallTable(1);
  const said: { a: ProbeAnswer } = { a: 'pass' };
  const hosts = new Map<string, Host>();
  const beliefs: string[] = [];
  let sentTo = '';
  const upstream = new Upstream({
    service: 's',
    discovery: registry,
    clock,
    random: randomStream('upstream-checks'),
    transport: {
      send(_call, host) {
        sentTo = host.instance.id;
      },
      abandon: () => {},
    },
    strategy: strategyNamed('round-robin').withOptions({}),
    loadBalancer: { ...PLAIN_LOAD_BALANCER, panicThreshold: 0, overprovisioningPercent: 200 },
    healthCheck: {
      settings,
      probe: (target, _timeoutMs, done) => {
        const timer = clock.schedule(1, () => done(target.id === 'a' ? said.a : 'pass'), 0);
        return () => clock.cancel(timer);
      },
    },
    request: PLAIN_REQUEST,
    calls,
    observer: {
      onSend: () => {},
      onAttemptEnd: () => {},
      onView: (host) => void hosts.set(host.instance.id, host),
      onBelief: (host, good, cause) => void beliefs.push(`${host.instance.id} ${good} by ${cause}`),
      onPickable: () => {},
      onPanic: () => {},
      onProbe: () => {},
    },
    onDone: () => {},
  });
  const send = (outcome: Outcome, accepted = true): string => {
    const call = calls.open();
    upstream.start(call, NO_KEY);
    if (accepted) upstream.accept(call);
    upstream.settle(call, sentTo === 'a' ? outcome : Outcome.ok);
    return sentTo;
  };
  const host = (id: string) => hosts.get(id) as Host;
  return { clock, upstream, said, host, beliefs, send };
}

it('a degraded answer has the host used for what others cannot take, until it says otherwise', () => {
  const { clock, said, host, beliefs, send } = upstreamOf(envoy);
  clock.advance(2000);
  said.a = 'degraded';
  clock.advance(2000);
  expect(host('a')).toMatchObject({ healthy: true, degraded: true });
  expect(new Set(Array.from({ length: 20 }, () => send(Outcome.ok)))).toEqual(new Set(['b']));
  said.a = 'pass';
  clock.advance(2000);
  expect(host('a')).toMatchObject({ healthy: true, degraded: false });
  expect(beliefs.toSorted()).toEqual(['a true by activeCheck', 'b true by activeCheck']);
});

it('an immediate failure, by a probe or an answer, fails and excludes, until it has recovered', () => {
  const { clock, upstream, said, host, beliefs } = upstreamOf(envoy);
  clock.advance(2000);
  said.a = 'immediateFail';
  clock.advance(1500);
  expect(host('a')).toMatchObject({ healthy: false, excluded: true });
  said.a = 'pass';
  clock.advance(4000);
  expect(host('a')).toMatchObject({ healthy: true, excluded: false });
  upstream.failAtOnce(host('a'), clock.now());
  expect(host('a')).toMatchObject({ healthy: false, excluded: true });
  clock.advance(4000);
  expect(host('a')).toMatchObject({ healthy: true, excluded: false });
  const turns = ['a true', 'a false', 'a true', 'a false', 'a true'].map((turn) => `${turn} by activeCheck`);
  expect(beliefs.filter((turn) => turn.startsWith('a'))).toEqual(turns);
});

it.each<['layer4' | 'layer7', Outcome, boolean, boolean]>([
  ['layer7', Outcome.error, true, true],
  ['layer7', Outcome.timedOut, true, true],
  ['layer4', Outcome.error, true, false],
  ['layer4', Outcome.refused, false, true],
  ['layer4', Outcome.timedOut, false, true],
  ['layer4', Outcome.timedOut, true, false],
])('HAProxy hears of requests: %s, outcome %d, accepted %s: marked down %s', (observe, outcome, accepted, down) => {
  const settings: HealthCheckSettings = {
    ...HAPROXY_CHECK,
    ...{ interMs: 60_000, observe, errorLimit: 2, onError: 'mark-down' },
  };
  const { send, host, beliefs } = upstreamOf(settings);
  // Servers are up before anything is known of them.
  expect(beliefs).toEqual(['a true by registry', 'b true by registry']);
  for (let i = 0; i < 4; i++) send(outcome, accepted);
  expect(host('a').healthy).toBe(!down);
});
