import { describe, expect, it } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { type ConnectionSettings, GRPC_CONNECTIONS } from '../../src/core/connectivity.ts';
import type { Instance } from '../../src/core/instance.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome, outcomeNames } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import type { HealthCheckSettings } from '../../src/health/checks/settings.ts';
import type { ConnectionListener } from '../../src/health/connections/connector.ts';
import type { PassiveListener } from '../../src/health/passive.ts';
import type { Probe, ProbeAnswer } from '../../src/health/probe.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Upstream } from '../../src/mesh/upstream.ts';
import { createMemoryRegistry } from '../../src/registry/memory_registry.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

const instance = (id: string): Instance => ({ id, address: `${id}:80`, zone: null, weight: 1 });

const CHECKS: HealthCheckSettings = {
  ...{
    system: 'envoy',
    intervalMs: 1000,
    timeoutMs: 500,
    unhealthyThreshold: 1,
    healthyThreshold: 1,
    initialJitterMs: 0,
  },
};

/** An upstream over a and b whose connections, ejections and answers to checks, if there are any, the test makes. */
function upstreamOf(
  strategy = 'round-robin',
  options: WrittenOptions = { system: 'grpc-go' },
  written = {},
  checks: HealthCheckSettings | null = null,
) {
  const clock = new ManualClock();
  const registry = createMemoryRegistry(clock);
  const leases = new Map(['a', 'b'].map((id) => [id, registry.register('s', instance(id), null)]));
  const calls = new CallTable(1);
  const log: string[] = [];
  const note = (what: string): void => void log.push(what);
  const lines = new Map<string, ConnectionListener>();
  const checked = new Map<string, (verdict: ProbeAnswer) => void>();
  const probe: Probe = ({ id }, _timeoutMs, done) => {
    checked.set(id, done);
    return () => {};
  };
  let eject: PassiveListener = () => {};
  const settings: ConnectionSettings = { ...GRPC_CONNECTIONS, ...written };
  const upstream = new Upstream({
    service: 's',
    discovery: registry,
    clock,
    random: randomStream('connections'),
    transport: { send: (_call, host) => note(`send ${host.instance.id}`), abandon: () => {} },
    strategy: strategyNamed(strategy).withOptions(options),
    loadBalancer: { ...PLAIN_LOAD_BALANCER, panicThreshold: 0, failover: 'all-or-nothing', connections: settings },
    healthCheck: checks && { settings: checks, probe },
    connector: ({ id }, _timeoutMs, listener) => {
      note(`connect ${id}`);
      lines.set(id, listener);
      return () => note(`disconnect ${id}`);
    },
    passive: ({ listener }) => {
      eject = listener;
      return {
        add: () => {},
        remove: () => {},
        started: () => {},
        ended: () => {},
        checkPassed: () => {},
        close: () => {},
      };
    },
    request: PLAIN_REQUEST,
    calls,
    observer: {
      onSend: () => {},
      onAttemptEnd: () => {},
      onView: () => {},
      onBelief: (host, good, cause) => note(`${good ? 'trust' : 'distrust'} ${host.instance.id} by ${cause}`),
      onPickable: () => {},
      onPanic: () => {},
      onProbe: () => {},
    },
    onDone: (_call, outcome) => note(`done ${outcomeNames[outcome]}`),
  });
  const start = (): number => {
    const call = calls.open();
    upstream.start(call, NO_KEY);
    return call;
  };
  const line = (id: string): ConnectionListener => lines.get(id) as ConnectionListener;
  clock.advance(0);
  return {
    ...{ clock, registry, leases, upstream, calls, start },
    taken: () => log.splice(0),
    connects: (id: string) => line(id).onDone(true),
    fails: (id: string) => line(id).onDone(false),
    loses: (id: string) => line(id).onLost(),
    answers: (id: string, verdict: ProbeAnswer) => checked.get(id)?.(verdict),
    eject: (slot: number, out: boolean) => eject(slot, out, clock.now(), false),
  };
}

describe('Upstream over connections', () => {
  it('sends what has waited, the longest first, as soon as a connection stands', () => {
    const { start, taken, connects, upstream } = upstreamOf();
    expect(taken()).toEqual(['connect a', 'connect b']);
    const calls = [start(), start()];
    expect(taken()).toEqual([]);
    connects('b');
    expect(taken()).toEqual(['trust b by connection', 'send b', 'send b']);
    for (const call of calls) upstream.settle(call, Outcome.ok);
    expect(taken()).toEqual(['done ok', 'done ok']);
  });

  it('ends what has waited once all have failed', () => {
    const { start, taken, fails } = upstreamOf();
    start();
    taken();
    fails('a');
    expect(taken()).toEqual([]);
    fails('b');
    expect(taken()).toEqual(['done noHost']);
    start();
    expect(taken()).toEqual(['done noHost']);
  });

  it('waits on where requests are to wait, and goes to who is back first', () => {
    const { clock, start, taken, fails, connects } = upstreamOf(
      'round-robin',
      { system: 'grpc-go' },
      { waitForReady: true },
    );
    start();
    for (const id of ['a', 'b']) fails(id);
    taken();
    clock.advance(1000);
    expect(taken()).toEqual(['connect a', 'connect b']);
    connects('a');
    expect(taken()).toEqual(['trust a by connection', 'send a']);
  });

  // A client of gRPC core 1.51.1 with round_robin, a port where nobody listens and one where nobody answers: calls were
  // answered UNAVAILABLE as the second attempt ended, at once after it, and as soon as somebody was ready. Later the last
  // server that was ready stopped: the client tried it again at once, and again a second after that.
  it.each([false, true])('takes requests as gRPC core does, waitForReady: %s', (waitForReady) => {
    const options = { system: 'grpc-core' } as const;
    const { clock, start, taken, fails, connects, loses } = upstreamOf('round-robin', options, {
      ...options,
      ...{ waitForReady, jitter: 0 },
    });
    taken();
    start();
    fails('a');
    start();
    clock.advance(500);
    expect(taken()).toEqual([]);
    fails('b');
    expect(taken()).toEqual(waitForReady ? [] : ['done noHost', 'done noHost']);
    start();
    expect(taken()).toEqual(waitForReady ? [] : ['done noHost']);
    clock.advance(500);
    expect(taken()).toEqual(['connect a', 'connect b']);
    connects('a');
    expect(taken()).toEqual(['trust a by connection', ...Array(waitForReady ? 3 : 0).fill('send a')]);
    start();
    expect(taken()).toEqual(['send a']);
    fails('b');
    loses('a');
    expect(taken()).toEqual(['distrust a by connection']);
    clock.advance(0);
    fails('a');
    expect(taken()).toEqual(['connect a']);
    clock.advance(999);
    expect(taken()).toEqual([]);
    clock.advance(1);
    expect(taken()).toEqual(['connect a']);
  });

  it('connects again at once where a connection is lost, and picks whoever is left', () => {
    const { clock, start, taken, connects, loses } = upstreamOf();
    for (const id of ['a', 'b']) connects(id);
    taken();
    loses('a');
    expect(taken()).toEqual(['distrust a by connection']);
    start();
    start();
    expect(taken()).toEqual(['send b', 'send b']);
    clock.advance(0);
    expect(taken()).toEqual(['connect a']);
  });

  it('keeps the connection of a host that is ejected (A50), which takes requests again once it is not', () => {
    const { clock, start, taken, connects, eject } = upstreamOf();
    for (const id of ['a', 'b']) connects(id);
    taken();
    eject(0, true);
    eject(1, true);
    expect(taken()).toEqual(['distrust a by ejection', 'distrust b by ejection']);
    start();
    clock.advance(5000);
    expect(taken()).toEqual(['done noHost']);
    eject(1, false);
    start();
    expect(taken()).toEqual(['trust b by ejection', 'send b']);
  });

  it('an ejected host whose connection is lost waits for one, and is out even so', () => {
    const { clock, start, taken, connects, eject, loses } = upstreamOf();
    for (const id of ['a', 'b']) connects(id);
    eject(0, true);
    loses('a');
    loses('b');
    clock.advance(0);
    taken();
    start();
    connects('a');
    // Ready, and ejected: it fails; the other one connects yet.
    expect(taken()).toEqual([]);
    eject(0, false);
    expect(taken()).toEqual(['trust a by ejection', 'send a']);
  });

  it('waits for the first answer to a check, as while connecting (A17), and fails where it is bad', () => {
    const { start, taken, connects, answers } = upstreamOf('round-robin', { system: 'grpc-go' }, {}, CHECKS);
    for (const id of ['a', 'b']) connects(id);
    taken();
    start();
    answers('a', 'badAnswer');
    expect(taken()).toEqual([]);
    answers('b', 'badAnswer');
    expect(taken()).toEqual(['done noHost']);
    start();
    expect(taken()).toEqual(['done noHost']);
  });

  it('sends what has waited once the first check has passed', () => {
    const { start, taken, connects, answers } = upstreamOf('round-robin', { system: 'grpc-go' }, {}, CHECKS);
    for (const id of ['a', 'b']) connects(id);
    start();
    taken();
    answers('a', 'pass');
    expect(taken()).toEqual(['trust a by activeCheck', 'send a']);
  });

  it('ring-hash connects to hosts before any check of them has answered', () => {
    const { clock, start, taken, connects, answers } = upstreamOf('ring-hash', { system: 'grpc' }, {}, CHECKS);
    start();
    clock.advance(0);
    const [asked] = taken().map((line) => line.split(' ')[1]);
    connects(asked);
    expect(taken()).toEqual([]);
    answers(asked, 'pass');
    expect(taken()).toEqual([`trust ${asked} by activeCheck`, `send ${asked}`]);
  });

  it('lets go of the connection to who leaves, and of all when it is closed', () => {
    const { leases, clock, taken, connects, upstream } = upstreamOf();
    connects('a');
    taken();
    leases.get('a')?.revoke();
    expect(taken().filter((line) => line.startsWith('disconnect'))).toEqual(['disconnect a']);
    upstream.close();
    expect(taken()).toEqual(['disconnect b']);
    expect(clock.pending).toBe(0);
  });

  it('ring-hash trusts whom it has not connected to, and distrusts whom it could not', () => {
    const { clock, start, taken, fails, connects } = upstreamOf('ring-hash', { system: 'grpc' });
    expect(taken()).toEqual(['trust a by registry', 'trust b by registry']);
    start();
    clock.advance(0);
    const [asked] = taken().map((line) => line.split(' ')[1]);
    const other = asked === 'a' ? 'b' : 'a';
    fails(asked);
    clock.advance(0);
    expect(taken()).toEqual([`distrust ${asked} by connection`, `connect ${other}`]);
    connects(other);
    expect(taken()).toEqual([`send ${other}`]);
  });

  it('needs somebody who connects', () => {
    const clock = new ManualClock();
    const make = (): Upstream =>
      new Upstream({
        ...{ service: 's', clock, discovery: createMemoryRegistry(clock), random: randomStream('x') },
        transport: { send: () => {}, abandon: () => {} },
        strategy: strategyNamed('round-robin').withOptions({}),
        loadBalancer: { ...PLAIN_LOAD_BALANCER, connections: GRPC_CONNECTIONS },
        ...{ healthCheck: null, request: PLAIN_REQUEST, calls: new CallTable(1), observer: {} as never },
        onDone: () => {},
      });
    expect(make).toThrow('connections need a connector');
  });
});

describe('a host that is ejected before its connection is made', () => {
  // subconn_wrapper.go, handleEjection: no health listener hears of it. grpc-java's hears (OutlierDetectionSubchannel.eject).
  it.each([
    ['grpc-go', []],
    ['grpc-java', ['done noHost']],
  ] as const)('%s', (system, said) => {
    const { start, taken, connects, fails, eject } = upstreamOf('round-robin', { system }, { system });
    fails('b');
    eject(0, true);
    connects('a');
    taken();
    start();
    expect(taken()).toEqual(said);
    eject(0, false);
    expect(taken()).toEqual(said.length === 0 ? ['trust a by ejection', 'send a'] : ['trust a by ejection']);
  });
});
