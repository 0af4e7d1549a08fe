import { describe, expect, it } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../../src/balancer/load_balancer.ts';
import { replayText } from '../../../src/report/replay/replay_text.ts';
import type { TrialConfig } from '../../../src/sim/config.ts';
import { SESSIONS } from '../../helpers/sessions.ts';
import { instances, trialOf } from '../../helpers/trial.ts';
import { DARK_ZONE, eventsOf, replayed, settings, trialIn } from './world.ts';

const dark = trialIn(DARK_ZONE);

/** Two instances in turn, of which the first is dead from the start; refused at once, tried again. */
const halfDead: TrialConfig = trialOf({
  instances: instances(2),
  strategy: { name: 'ring', options: {} },
  networkLatency: { kind: 'constant', valueMs: 1 },
  request: {
    ...{ timeoutMs: 500, perTryTimeoutMs: Infinity, connectTimeoutMs: Infinity },
    ...{ retries: 1, retryOn: ['connect-failure'] },
  },
  faults: [
    {
      action: { kind: 'crash' },
      target: { kind: 'instances', indexes: [0] },
      when: { kind: 'at', atMs: 0, forMs: Infinity },
    },
  ],
});

describe('the story of a request', () => {
  it('tells why each host was picked, what was believed and what was true, and how it ended', () => {
    const rescued = eventsOf(replayed(halfDead), 'done').find(({ attempts }) => attempts === 2)?.request ?? -1;
    const { events } = replayed(halfDead, { requests: [rescued] });
    expect(events.map(({ kind }) => kind)).toEqual(['send', 'end', 'send', 'done']);
    const dead = {
      instance: 'i-1',
      belief: { inView: true, good: true, pickable: true, probing: false, sinceMs: 0, against: [] },
      truth: {
        ...{ up: false, impaired: false, planned: false, sinceMs: 0 },
        faults: [{ fault: 'crash#0', sinceMs: 0 }],
      },
    };
    const eligible = (...inFlight: number[]) => inFlight.map((count, i) => ({ id: `i-${i + 1}`, inFlight: count }));
    expect(events[0]).toMatchObject({
      ...{ attempt: 1, caller: 'caller-1', instance: 'i-1' },
      story: {
        ...{ choice: 'policy', turnedDown: [], serving: 0, waiting: 0 },
        pick: { instance: 'i-1', eligible: eligible(0, 0), members: 2, unhealthy: [] },
        picture: { panic: false, registry: [], wellAndGood: 1, others: [dead] },
      },
    });
    expect(events[1]).toMatchObject({ attempt: 1, outcome: 'refused', timer: null });
    expect(events[2]).toMatchObject({ attempt: 2, instance: 'i-2', story: { choice: 'policy', turnedDown: [] } });
    expect(events[3]).toMatchObject({ outcome: 'ok', instance: 'i-2', attempts: 2, noRetry: null });
  });

  it('tells of picks that were turned down since they had been tried', () => {
    // A key always goes to one host, and to the next point on the ring when that was tried.
    const trial = { ...halfDead, strategy: { name: 'ring-hash', options: {} } };
    const one = { ...trial, load: { ...trial.load, keys: { kind: 'uniform', count: 40 } } } as const;
    const retried = eventsOf(replayed(one), 'done').filter(({ attempts }) => attempts === 2);
    const log = replayed(one, { requests: retried.map(({ request }) => request) });
    const second = eventsOf(log, 'send').filter(({ attempt }) => attempt === 2);
    expect(second.length).toBeGreaterThan(5);
    for (const { story } of second) expect(story?.turnedDown).toEqual(['i-1']);
    const how = new Set(second.map(({ story }) => story?.choice));
    expect(how).toContain('policy');
  });

  it('says how long a request has waited, and why it went where it then did', () => {
    const waiting = trialIn(`name: waiting
duration: 3s
seed: 3
instances: [{ count: 2, serviceTime: 1ms }]
load: { rate: 200/s, keys: { uniform: { count: 50 } } }
loadBalancer:
  policy: { peak-ewma: { sampling: linkerd, defaultRtt: 30ms } }
  panicThreshold: 0%
  whenNobodyReady: {}
failureAccrual: linkerd
faults: [{ errors: { instances: [i-1, i-2], rate: 100% }, at: 1s, for: 500ms }]
`);
    const sends = eventsOf(replayed(waiting), 'send');
    const late = sends.filter(({ waitedMs = 0 }) => waitedMs > 0);
    expect(late.length).toBeGreaterThan(50);
    for (const { key } of late) expect(key).toBeDefined();
    const requests = late.slice(0, 20).map(({ request }) => request);
    const log = replayed(waiting, { requests });
    const told = eventsOf(log, 'send');
    expect(told.map(({ request, waitedMs, instance, key }) => [request, waitedMs, instance, key])).toEqual(
      late.slice(0, 20).map(({ request, waitedMs, instance, key }) => [request, waitedMs, instance, key]),
    );
    for (const { instance, story } of told) {
      expect(story).toMatchObject({ choice: 'policy', turnedDown: [], pick: { instance } });
    }
    const cast = { callers: 1, instances: 2, zones: 1 };
    const text = [...replayText(log, { cast, head: ['head'], width: 100, lookOut: false })].join('');
    expect(text).toMatch(/has waited at caller-1 for [\d.]+ s, key \d+: to i-/);
  });

  it('says that a session chose, where no strategy was asked', () => {
    const trial: TrialConfig = {
      ...trialOf({ instances: instances(3), durationMs: 3000 }),
      load: { arrivals: 'constant', ratePerMs: 0.01, keys: { kind: 'uniform', count: 1 } },
      loadBalancer: { ...PLAIN_LOAD_BALANCER, sessionAffinity: SESSIONS },
    };
    const sends = eventsOf(replayed(trial, { requests: [0, 1, 2] }), 'send');
    expect(sends.map(({ story }) => story?.choice)).toEqual(['policy', 'session', 'session']);
    expect(new Set(sends.map(({ instance }) => instance)).size).toBe(1);
    expect(sends[1].story?.pick).toBeNull();
  });

  it('says that a request without a host may be one of a strict session', () => {
    const trial = { ...dark, ...settings['strict sessions'] };
    const done = eventsOf(replayed(trial), 'done').filter(({ outcome }) => outcome === 'noHost');
    expect(new Set(done.map(({ noRetry }) => noRetry))).toEqual(new Set(['noHostOrStrict']));
  });

  it('says what a caller believed that had no host at all', () => {
    const { healthCheck } = dark;
    const loadBalancer = { ...PLAIN_LOAD_BALANCER, panicThreshold: 0 };
    const trial = { ...halfDead, instances: instances(1), loadBalancer, healthCheck };
    const [done] = eventsOf(replayed(trial, { requests: [0] }), 'done');
    expect(done).toMatchObject({ outcome: 'noHost', attempts: 0, instance: null, noRetry: 'noHost' });
    expect(done.picture?.others).toMatchObject([{ instance: 'i-1', belief: { inView: true, good: false } }]);
  });

  it('marks panic, and the unhealthy hosts that are picked from', () => {
    const { requests } = { requests: [0, 1, 2, 3] };
    const [first] = eventsOf(replayed(dark, { requests }), 'send');
    expect(first.story?.picture.panic).toBe(true);
    expect(first.story?.pick?.unhealthy).toEqual(['a-1', 'b-1', 'a-2', 'b-2']);
  });

  it('follows what callers believe: once checks have failed they are right about the dark zone', () => {
    const late = eventsOf(replayed(dark, { events: 40, aroundMs: 3700 }), 'send').find(({ attempt }) => attempt === 1);
    const [send] = eventsOf(replayed(dark, { requests: [late?.request ?? -1] }), 'send');
    const right = { good: false, inView: true, pickable: false, against: ['activeCheck'] };
    expect(send.story?.picture).toMatchObject({
      wellAndGood: 2,
      others: ['b-1', 'b-2'].map((instance) => ({ instance, belief: right, truth: { up: false, sinceMs: 2000 } })),
    });
    expect(send.story?.pick?.eligible.map(({ id }) => id)).toEqual(['a-1', 'a-2']);
  });

  it('names the timer that ended an attempt, and why nothing was tried again', () => {
    const log = replayed(dark);
    const timers = new Set(eventsOf(log, 'end').map(({ timer }) => timer));
    expect(timers).toContain('connect');
    const failed = eventsOf(log, 'done').filter(({ outcome }) => outcome !== 'ok');
    for (const { attempts, noRetry } of failed) expect(noRetry).toBe(attempts === 2 ? 'retriesUsed' : 'notRetried');
  });
});

describe('the story in words', () => {
  const textOf = (trial: TrialConfig, requests: readonly number[]) => {
    const replay = replayed(trial, { requests });
    const cast = { callers: trial.callers.length, instances: trial.instances.length, zones: 1 };
    return [...replayText(replay, { cast, head: ['head'], width: 100, lookOut: false })].join('');
  };

  it('can be read from top to bottom', () => {
    const rescued = eventsOf(replayed(halfDead), 'done').find(({ attempts }) => attempts === 2)?.request ?? -1;
    const steady = { ...halfDead, load: { ...halfDead.load, arrivals: 'constant' } } as const;
    const text = textOf(steady, [rescued]).replace(/^ *\d+\.\d+ s/gm, '0.0 s');
    expect(text).toBe(`head

0.0 s  request ${rescued}  arrives at caller-1: to i-1
                       why: the next available seat on the ring, 1 of 2
                       among: 2 of 2 hosts, each with 0 in flight from this caller
                       in truth: i-1 was down since 0.0000 s (crash#0), serving 0, with 0 waiting
                       1 of 2 instances: believed good, and are
                       i-1: believed good, BUT down since 0.0000 s (crash#0)
0.0 s  request ${rescued}  attempt 1, caller-1 to i-1, was refused after 2 ms
0.0 s  request ${rescued}  attempt 2 to i-2
                       why: the next available seat on the ring, 2 of 2
                       among: 2 of 2 hosts, each with 0 in flight from this caller
                       in truth: i-2 was up, serving 0, with 0 waiting
                       1 of 2 instances: believed good, and are
                       i-1: believed good, BUT down since 0.0000 s (crash#0)
0.0 s  request ${rescued}  done: ok from i-2, 5 ms in all, 2 attempts
`);
  });
});
