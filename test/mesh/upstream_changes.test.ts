import { expect, it, vi } from 'vitest';
import { Balancer } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { randomStream } from '../../src/core/random.ts';
import type { PassivePorts } from '../../src/health/passive.ts';
import type { ProbeAnswer } from '../../src/health/probe.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Upstream } from '../../src/mesh/upstream.ts';
import type { Snapshot } from '../../src/registry/discovery.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

/** Hosts of two priorities, named by them, whose zones have weights: what is drawn is where the schedules of zones start. */
function upstreamOf(updateMergeWindowMs = 0) {
  const clock = new ManualClock();
  const answers: Record<string, ProbeAnswer> = {};
  const seen: Host[] = [];
  const passed: number[] = [];
  let draws = 0;
  let listener: (snapshot: Snapshot) => void = () => {};
  let eject: PassivePorts['listener'] = () => {};
  let version = 0;
  const say = (members: readonly string[], unhealthy: readonly string[] = []) =>
    listener({
      version: version++,
      atMs: clock.now(),
      evidenceAtMs: clock.now(),
      instances: members.map((id) => ({ id, address: `${id}:80`, zone: 'z', weight: 1, priority: Number(id[1]) })),
      unhealthy: new Set(unhealthy),
    });
  const stream = randomStream('upstream-changes');
  const counting = { ...stream, uint32: () => draws++, int32: () => 0, fork: (name: string) => stream.fork(name) };
  const upstream = new Upstream({
    service: 's',
    discovery: {
      watch(_service, to) {
        listener = to;
        return { close: () => {} };
      },
    },
    clock,
    random: { ...stream, fork: (name) => (name === 'strategy' ? counting : stream.fork(name)) },
    transport: { send: () => {}, abandon: () => {} },
    strategy: strategyNamed('round-robin').withOptions({}),
    loadBalancer: { ...PLAIN_LOAD_BALANCER, locality: { kind: 'weighted', weights: {} }, updateMergeWindowMs },
    keepsHealthyAbsent: true,
    passive: ({ listener }) => {
      eject = listener;
      const nothing = (): void => {};
      return {
        add: nothing,
        remove: nothing,
        started: nothing,
        ended: nothing,
        checkPassed: (slot) => void passed.push(slot),
        close: nothing,
      };
    },
    healthCheck: {
      settings: {
        ...{ system: 'envoy', intervalMs: 10, timeoutMs: 5, initialJitterMs: 0 },
        ...{ unhealthyThreshold: 1, healthyThreshold: 2 },
      },
      probe: ({ id }, _timeoutMs, done) => {
        const timer = clock.schedule(1, () => done(answers[id] ?? 'pass'), 0);
        return () => clock.cancel(timer);
      },
    },
    request: PLAIN_REQUEST,
    calls: new CallTable(1),
    observer: {
      onSend: () => {},
      onAttemptEnd: () => {},
      onView: (host, inView) => void (inView ? seen.push(host) : seen.splice(seen.indexOf(host), 1)),
      onBelief: () => {},
      onPickable: () => {},
      onPanic: () => {},
      onProbe: () => {},
    },
    onDone: () => {},
  });
  const drawn = (act: () => void): number => {
    draws = 0;
    act();
    return draws;
  };
  const host = (id: string) => seen.find(({ instance }) => instance.id === id) as Host;
  return {
    upstream,
    say: (...list: Parameters<typeof say>) => drawn(() => say(...list)),
    /** As many rounds of checks, in which this host says so. */
    checks: (id: string, answer: ProbeAnswer, rounds = 1) =>
      drawn(() => {
        answers[id] = answer;
        clock.advance(11 * rounds);
      }),
    ejects: (id: string, out: boolean) => drawn(() => eject(host(id).slot, out, clock.now(), false)),
    fails: (id: string) => drawn(() => upstream.failAtOnce(host(id), clock.now())),
    host,
    /** How many passes of the host passive health was told of since it was last asked. */
    passes: (id: string) => passed.splice(0).filter((slot) => slot === host(id).slot).length,
    rests: (ms: number) => drawn(() => clock.advance(ms)),
    seen: () => seen.map(({ instance }) => instance.id).join(' '),
  };
}

// Envoy: ClusterImplBase::setHealthChecker and setOutlierDetector call reloadHealthyHosts, which updates every priority once,
// with each result of a check that is a change and with each ejection and its end, whatever else speaks against the host
// (ActiveHealthCheckSession::handleSuccess and setUnhealthy; DetectorImpl::ejectHost and unejectHost).
it('one result of a check is one change, whatever it turns', () => {
  const { say, checks, fails, host } = upstreamOf();
  say(['a0', 'b0', 'c1']);
  checks('a0', 'pass', 2);
  expect(fails('a0')).toBe(2);
  expect(host('a0')).toMatchObject({ healthy: false, excluded: true });
  // Pending, degraded or not; then well, no longer excluded, and degraded.
  expect(checks('a0', 'degraded')).toBe(0);
  expect(checks('a0', 'degraded')).toBe(2);
  expect(host('a0')).toMatchObject({ healthy: true, excluded: false, degraded: true });
  expect(checks('a0', 'degraded')).toBe(0);
  expect(checks('a0', 'pass')).toBe(2);
  expect(checks('a0', 'badAnswer')).toBe(2);
  expect(checks('a0', 'badAnswer')).toBe(0);
});

it('checks and ejections are changes even of a host that something else speaks against', () => {
  const { say, checks, ejects, host } = upstreamOf();
  say(['a0', 'c1']);
  checks('a0', 'pass', 2);
  expect(ejects('a0', true)).toBe(2);
  expect(checks('a0', 'degraded')).toBe(2);
  expect(checks('a0', 'badAnswer')).toBe(2);
  expect(ejects('a0', false)).toBe(2);
  expect(ejects('a0', true)).toBe(2);
  expect(checks('a0', 'pass', 2)).toBe(2);
  expect(host('a0').healthy).toBe(false);
  expect(ejects('a0', false)).toBe(2);
  expect(host('a0').healthy).toBe(true);
});

// DetectorImpl::initialize: a healthy result, and FAILED_ACTIVE_HC is clear.
it('passes are told of that could end an ejection: not those before checks find the host well', () => {
  const { say, checks, passes } = upstreamOf();
  say(['a0', 'c1']);
  checks('a0', 'pass', 2);
  expect(passes('a0')).toBe(2);
  checks('a0', 'badAnswer');
  expect(passes('a0')).toBe(0);
  checks('a0', 'pass');
  expect(passes('a0')).toBe(0);
  checks('a0', 'degraded');
  expect(passes('a0')).toBe(1);
  checks('a0', 'pass');
  expect(passes('a0')).toBe(1);
});

// BaseDynamicClusterImpl::updateDynamicHostList: one update of each priority in which anything differs, the coarse health of a
// host by its status included.
it('a list and the health it tells of are one change', () => {
  const { say, checks, host } = upstreamOf();
  say(['a0', 'b0', 'c1']);
  checks('a0', 'pass', 2);
  expect(say(['a0', 'b0', 'c1'], ['a0', 'b0'])).toBe(1);
  expect(say(['a0', 'b0', 'c1'], ['a0', 'b0'])).toBe(0);
  expect(say(['a0', 'b0', 'c1', 'd0'], ['b0', 'c1'])).toBe(2);
  expect(['a0', 'b0', 'c1', 'd0'].map((id) => host(id).healthy)).toEqual([true, false, false, false]);
});

// EdsClusterImpl::reloadHealthyHostsHelper.
it('a host that goes with its failed check goes in the same change', () => {
  const { say, checks, seen } = upstreamOf();
  say(['a0', 'b0', 'c1']);
  checks('a0', 'pass', 2);
  expect(say(['b0', 'c1'])).toBe(0);
  expect(seen()).toBe('a0 b0 c1');
  expect(checks('a0', 'badAnswer')).toBe(2);
  expect(seen()).toBe('b0 c1');
});

// ClusterImplBase::onInitDone, finishInitialization; ClusterManagerImpl::onClusterInit.
it('updates are merged once everybody has been checked', () => {
  const merging = upstreamOf(1000);
  const plain = upstreamOf();
  for (const { say } of [merging, plain]) say(['a0', 'b0', 'c1']);
  expect(merging.rests(11)).toBe(plain.rests(11));
  expect(['a0', 'b0', 'c1'].map((id) => merging.host(id).healthy)).toEqual([true, true, true]);
  expect(merging.rests(5000)).toBe(0);
  // Long after any: at once. Then a window later.
  expect(merging.ejects('a0', true)).toBe(2);
  expect(merging.ejects('b0', true)).toBe(0);
  expect(merging.ejects('a0', false)).toBe(0);
  expect(['a0', 'b0'].map((id) => merging.host(id).healthy)).toEqual([false, true]);
  expect(merging.rests(999)).toBe(0);
  expect(merging.rests(1)).toBe(2);
  expect(['a0', 'b0'].map((id) => merging.host(id).healthy)).toEqual([true, false]);
});

it('a host that joins is well a window after its first check at most', () => {
  const { say, rests, host } = upstreamOf(1000);
  say(['a0', 'c1']);
  rests(5000);
  say(['a0', 'b0', 'c1']);
  rests(15);
  expect(host('b0')).toMatchObject({ healthy: false, latest: { healthy: true } });
  rests(1000);
  expect(host('b0').healthy).toBe(true);
});

it('a host that goes with its failed check goes at once, and its priority alone is made anew', () => {
  const { say, checks, rests, ejects, seen } = upstreamOf(1000);
  say(['a0', 'b0', 'c1']);
  rests(5000);
  expect(say(['b0', 'c1'])).toBe(0);
  // After a rest both are made anew with it, and each once.
  expect(checks('a0', 'badAnswer')).toBe(2);
  expect(seen()).toBe('b0 c1');
  expect(say(['c1'])).toBe(0);
  expect(checks('b0', 'badAnswer')).toBe(1);
  expect(seen()).toBe('c1');
  expect(rests(1000)).toBe(1);
  expect(ejects('c1', true)).toBe(1);
});

it('a list of somebody in one priority is news of that one', () => {
  const { say, rests, ejects } = upstreamOf(1000);
  say(['a0', 'b0', 'c1']);
  rests(5000);
  expect(say(['a0', 'b0', 'c1'], ['a0'])).toBe(1);
  expect(say(['a0', 'b0', 'c1'], ['a0', 'b0', 'c1'])).toBe(1);
  expect(ejects('c1', true)).toBe(0);
  expect(rests(1000)).toBe(2);
});

// ActiveHealthCheckSession::handleSuccess sets lastHcPassTime, by which slow start goes, whatever the registry says.
it('the balancer hears of a check that passes after failures while the registry speaks against the host', () => {
  const heard = vi.spyOn(Balancer.prototype, 'checkPassed');
  const { say, checks, host } = upstreamOf();
  say(['a0'], ['a0']);
  checks('a0', 'pass');
  expect(heard.mock.calls).toEqual([[host('a0')]]);
  checks('a0', 'pass');
  checks('a0', 'refused');
  expect(heard.mock.calls.length).toBe(1);
  checks('a0', 'pass', 2);
  expect(heard.mock.calls.length).toBe(2);
  heard.mockRestore();
});
