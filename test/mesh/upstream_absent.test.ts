import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { randomStream } from '../../src/core/random.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Upstream, type UpstreamObserver } from '../../src/mesh/upstream.ts';
import type { Discovery, Snapshot } from '../../src/registry/discovery.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

const INTERVAL_MS = 10;
const ids = ['a', 'b', 'c', 'd'];

/** An upstream that keeps hosts which are absent and well; membership, statuses and probes are the test's. */
function upstreamOf(keepsHealthyAbsent = true) {
  const clock = new ManualClock();
  const seen = new Set<string>();
  const good = new Set<string>();
  const answers = new Map(ids.map((id) => [id, true]));
  let listener: (snapshot: Snapshot) => void = () => {};
  let version = 0;
  const say = (members: readonly string[], unhealthy: readonly string[] = []) =>
    listener({
      version: version++,
      atMs: clock.now(),
      evidenceAtMs: clock.now(),
      instances: members.map((id) => ({ id, address: `${id}:80`, zone: null, weight: 1 })),
      unhealthy: new Set(unhealthy),
    });
  const discovery: Discovery = {
    watch(_service, to) {
      listener = to;
      say([]);
      return { close: () => {} };
    },
  };
  const turn = (set: Set<string>, id: string, on: boolean) => void (on ? set.add(id) : set.delete(id));
  const observer: UpstreamObserver = {
    onSend: () => {},
    onAttemptEnd: () => {},
    onView: ({ instance }, inView) => turn(seen, instance.id, inView),
    onBelief: ({ instance }, to) => turn(good, instance.id, to),
    onPickable: () => {},
    onPanic: () => {},
    onProbe: () => {},
  };
  new Upstream({
    service: 's',
    discovery,
    clock,
    random: randomStream('absent'),
    transport: { send: () => {}, abandon: () => {} },
    strategy: strategyNamed('ring').withOptions({}),
    keepsHealthyAbsent,
    healthCheck: {
      settings: {
        system: 'envoy',
        intervalMs: INTERVAL_MS,
        timeoutMs: 5,
        unhealthyThreshold: 1,
        healthyThreshold: 1,
      },
      probe: (target, _timeoutMs, done) => {
        const timer = clock.schedule(1, () => done(answers.get(target.id) ? 'pass' : 'refused'), 0);
        return () => clock.cancel(timer);
      },
    },
    request: PLAIN_REQUEST,
    calls: new CallTable(1),
    observer,
    onDone: () => {},
  });
  const text = (set: ReadonlySet<string>) => [...set].sort().join('');
  return {
    clock,
    say,
    answers,
    settle: () => clock.advance(4 * INTERVAL_MS),
    seen: () => text(seen),
    good: () => text(good),
  };
}

// Envoy, intro/arch_overview/upstream/service_discovery, "On eventually consistent service discovery".
it('routes by Envoy’s matrix of discovered and checked', () => {
  const { say, answers, settle, seen, good } = upstreamOf();
  say(['a', 'b']);
  settle();
  // Discovered and ok: route.
  expect([seen(), good()]).toEqual(['ab', 'ab']);
  // Absent and ok: route.
  say(['a']);
  settle();
  expect([seen(), good()]).toEqual(['ab', 'ab']);
  // Discovered and failed: no route, and kept.
  answers.set('a', false);
  settle();
  expect([seen(), good()]).toEqual(['ab', 'b']);
  // Absent and failed: deleted, by the check or by the update, whichever comes last.
  answers.set('b', false);
  settle();
  expect(seen()).toBe('a');
  say([]);
  expect(seen()).toBe('');
});

it('keeps nobody who has yet to pass his first check, or whom the control plane says is unhealthy', () => {
  const { say, settle, seen, good } = upstreamOf();
  say(['a', 'b']);
  say(['b']);
  expect(seen()).toBe('b');
  settle();
  say(['b'], ['b']);
  expect([seen(), good()]).toEqual(['b', '']);
  say([]);
  expect(seen()).toBe('');
});

it('keeps nobody where it is not asked to', () => {
  const { say, settle, seen } = upstreamOf(false);
  say(['a', 'b']);
  settle();
  say(['a']);
  expect(seen()).toBe('a');
});

const steps = fc.array(
  fc.oneof(
    fc.record({ members: fc.subarray(ids), unhealthy: fc.subarray(ids) }),
    fc.record({ turns: fc.constantFrom(...ids) }),
  ),
  { maxLength: 30 },
);
test.prop([steps])('agrees with a naive Envoy', (script) => {
  const { say, answers, settle, seen, good } = upstreamOf();
  let members: readonly string[] = [];
  const view = new Map<string, { passed: boolean; unhealthy: boolean }>();
  for (const step of script) {
    if ('members' in step) {
      members = step.members;
      say(
        members,
        step.unhealthy.filter((id) => members.includes(id)),
      );
      for (const [id, host] of view) {
        if (!members.includes(id) && (!host.passed || host.unhealthy)) view.delete(id);
      }
      for (const id of members) if (!view.has(id)) view.set(id, { passed: false, unhealthy: false });
      for (const id of members) Object.assign(view.get(id) as object, { unhealthy: step.unhealthy.includes(id) });
    } else answers.set(step.turns, !answers.get(step.turns));
    settle();
    for (const [id, host] of view) {
      host.passed = answers.get(id) === true;
      if (!host.passed && !members.includes(id)) view.delete(id);
    }
    expect(seen()).toBe([...view.keys()].sort().join(''));
    const well = [...view].filter(([, { passed, unhealthy }]) => passed && !unhealthy);
    expect(good()).toBe(
      well
        .map(([id]) => id)
        .sort()
        .join(''),
    );
  }
});
