import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { PLAIN_LOAD_BALANCER, type SessionAffinity } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Instance } from '../../src/core/instance.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome, outcomeNames } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { type HostSelection, PLAIN_REQUEST, type RequestPolicy } from '../../src/mesh/request_policy.ts';
import { Upstream, type UpstreamObserver } from '../../src/mesh/upstream.ts';
import { createMemoryRegistry } from '../../src/registry/memory_registry.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { SESSIONS } from '../helpers/sessions.ts';

/** `a`, or `a1` where the priority is not 0. */
const instance = (id: string, weight = 1): Instance => ({
  id,
  address: `${id}:80`,
  zone: null,
  weight,
  priority: Number(id.slice(1)),
});

/** An upstream whose transport only notes what it is told; the test plays the network. */
function upstreamOf(
  ids: readonly string[],
  request: RequestPolicy,
  options: {
    strategy?: string;
    written?: WrittenOptions;
    panicThreshold?: number;
    sessionAffinity?: SessionAffinity;
    onSend?: (call: number, host: Host) => void;
  } = {},
) {
  const clock = new ManualClock();
  const registry = createMemoryRegistry(clock);
  const leases = new Map(ids.map((id) => [id, registry.register('s', instance(id), null)]));
  const calls = new CallTable(request.retries + 1);
  const log: string[] = [];
  const note = (what: string): void => void log.push(`${clock.now()} ${what}`);
  const observer: UpstreamObserver = {
    onSend: (_call, host, attempt) => note(`send ${host.instance.id} #${attempt}`),
    onAttemptEnd: (_call, host, _attempt, sentAtMs, outcome) =>
      note(`end ${host.instance.id} ${outcomeNames[outcome]} after ${clock.now() - sentAtMs}`),
    onView: (host, inView) => note(`${inView ? 'see' : 'lose'} ${host.instance.id}`),
    onBelief: (host, good, cause) => note(`${good ? 'trust' : 'distrust'} ${host.instance.id} by ${cause}`),
    onPickable: (host, pickable) => note(`${pickable ? 'pickable' : 'not pickable'} ${host.instance.id}`),
    onPanic: (panic) => note(`panic ${panic}`),
    onProbe: () => {},
  };
  const strategy = strategyNamed(options.strategy ?? 'ring');
  const upstream: Upstream = new Upstream({
    service: 's',
    discovery: registry,
    clock,
    random: randomStream('test'),
    transport: {
      send: (call, host) => options.onSend?.(call, host),
      abandon: () => note('abandon'),
    },
    strategy: strategy.withOptions(options.written ?? {}),
    loadBalancer: {
      ...PLAIN_LOAD_BALANCER,
      panicThreshold: options.panicThreshold ?? 0.5,
      sessionAffinity: options.sessionAffinity ?? null,
    },
    healthCheck: null,
    request,
    calls,
    observer,
    onDone: (_call, outcome) => note(`done ${outcomeNames[outcome]}`),
  });
  const start = (key = NO_KEY): number => {
    const call = calls.open();
    upstream.start(call, key);
    return call;
  };
  /** What happened since last asked, times and joining left out. */
  const taken = (): string[] => log.splice(0);
  taken();
  return { clock, registry, leases, calls, upstream, start, taken };
}

describe('Upstream', () => {
  it('sends a request once and hands on its answer', () => {
    const { upstream, start, taken, clock, calls } = upstreamOf(['a'], PLAIN_REQUEST);
    const call = start();
    clock.advance(7);
    upstream.settle(call, Outcome.ok);
    expect(taken()).toEqual(['0 send a #0', '7 end a ok after 7', '7 done ok']);
    expect(calls.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('answers noHost at once where nobody may be picked', () => {
    const { start, taken } = upstreamOf([], PLAIN_REQUEST);
    start();
    expect(taken()).toEqual(['0 done noHost']);
  });

  const retrying: RequestPolicy = {
    timeoutMs: 3000,
    perTryTimeoutMs: 1000,
    connectTimeoutMs: 250,
    retries: 2,
    retryOn: ['connect-failure', 'reset', 'timeout', '5xx'],
  };

  it('counts the connect timeout from each send, and retries on another host each time', () => {
    const { start, taken, clock } = upstreamOf(['a', 'b', 'c'], retrying, { strategy: 'round-robin' });
    start();
    clock.advance(4000); // not accepted within 250 ms: a second host, not accepted either: a third at 500 ms
    const log = taken().map((line) => line.replace(/ [abc]\b/, ' host'));
    expect(log).toEqual([
      '0 send host #0',
      '250 abandon',
      '250 end host timedOut after 250',
      '250 send host #1',
      '500 abandon',
      '500 end host timedOut after 250',
      '500 send host #2',
      '750 abandon',
      '750 end host timedOut after 250',
      '750 done timedOut',
    ]);
  });

  it("passes hosts that were tried by in nginx's rounds", () => {
    const { upstream, start, taken } = upstreamOf(['a', 'b', 'c'], retrying, { strategy: 'weighted-round-robin' });
    for (const outcome of [Outcome.error, Outcome.ok, Outcome.ok, Outcome.error]) {
      const call = start();
      upstream.settle(call, outcome);
      if (outcome !== Outcome.ok) upstream.settle(call, Outcome.ok);
    }
    // a, and for the retry b of b and c, so that c is next and then b, who owes nothing to a: -1 1 0. Then c, and a of a and b.
    const sent = taken().filter((line) => line.includes(' send '));
    expect(sent.map((line) => line.slice('0 send '.length))).toEqual(['a #0', 'b #1', 'c #0', 'b #0', 'c #0', 'a #1']);
  });

  it('keeps what the policy remembers of each request apart', () => {
    // nginx's hash goes on from the slot of the last try: keys as in nginx_tries_measured.test.ts.
    const tries = { 0: 'abdec', 1: 'debac', 3: 'ecbda', 4: 'cdabe' };
    const policy = { strategy: 'modulo-hash', written: { system: 'nginx' } };
    const letters = ['a', 'b', 'c', 'd', 'e'];
    const { upstream, start, taken, calls: table } = upstreamOf(letters, { ...retrying, retries: 4 }, policy);
    const sent = (): string => (taken().find((line) => line.includes(' send ')) ?? '').slice('0 send '.length)[0];
    const calls = Object.keys(tries).map((key) => ({ call: start(Number(key)), went: sent() }));
    for (let retry = 1; retry < letters.length; retry++) {
      for (const each of calls) {
        expect(table.memory[each.call]).toBeGreaterThan(0);
        upstream.settle(each.call, Outcome.error);
        each.went += sent();
      }
    }
    expect(calls.map(({ went }) => went)).toEqual(Object.values(tries));
  });

  it('has nothing remembered of a request that a session answers', () => {
    const policy = { strategy: 'modulo-hash', written: { system: 'nginx' }, sessionAffinity: SESSIONS };
    const { upstream, start, taken, calls } = upstreamOf(
      ['a', 'b', 'c', 'd', 'e'],
      { ...retrying, retries: 4 },
      policy,
    );
    const request = (...outcomes: readonly Outcome[]): string => {
      const call = start(0);
      for (const outcome of outcomes) upstream.settle(call, outcome);
      return taken()
        .filter((line) => line.includes(' send '))
        .map((line) => line.slice('0 send '.length)[0])
        .join('');
    };
    const { error, ok } = Outcome;
    // As above; then the session is with e, and the policy begins at its first choice.
    expect(request(error, error, error, ok)).toBe('abde');
    expect(request(error, ok)).toBe('ea');
    expect(calls.size).toBe(0);
  });

  it('lets the per-try timeout end an accepted attempt, and the overall timeout the request', () => {
    const { upstream, start, taken, clock } = upstreamOf(['a', 'b'], { ...retrying, timeoutMs: 1700 });
    const call = start();
    upstream.accept(call);
    clock.advance(1000);
    upstream.accept(call);
    clock.advance(5000);
    const ends = taken().filter((line) => / end| done/.test(line));
    expect(ends.map((line) => line.replace(/ [ab]\b/, ''))).toEqual([
      '1000 end timedOut after 1000',
      '1700 end timedOut after 700',
      '1700 done timedOut',
    ]);
  });

  it('sends nothing more when per-try and overall timeout end together, whatever rounding says', () => {
    for (const [timeoutMs, tries] of [
      [99.9, 3],
      [3000, 3],
      [1, 5],
    ] as const) {
      const perTryTimeoutMs = tries === 5 ? 0.2 : timeoutMs === 99.9 ? 33.3 : 1000;
      const policy: RequestPolicy = {
        ...retrying,
        timeoutMs,
        perTryTimeoutMs,
        connectTimeoutMs: perTryTimeoutMs,
        retries: 9,
      };
      const rig = upstreamOf(['a', 'b', 'c'], policy);
      for (let i = 0; i < 200; i++) {
        rig.clock.advance(Math.PI * timeoutMs);
        rig.start();
        rig.clock.advance(2 * timeoutMs);
        expect(rig.taken().filter((line) => line.includes(' send '))).toHaveLength(tries);
      }
    }
  });

  it('takes the per-try timeout for a connect failure only while the attempt is not accepted', () => {
    const policy: RequestPolicy = { ...retrying, connectTimeoutMs: 1000, retries: 1, retryOn: ['connect-failure'] };
    const unaccepted = upstreamOf(['a', 'b'], policy);
    unaccepted.start();
    unaccepted.clock.advance(1500);
    expect(unaccepted.taken().filter((line) => line.includes('send'))).toHaveLength(2);
    const accepted = upstreamOf(['a', 'b'], policy);
    accepted.upstream.accept(accepted.start());
    accepted.clock.advance(1500);
    expect(accepted.taken().filter((line) => line.includes('send'))).toHaveLength(1);
  });

  // Linkerd: 504 to its load biaser (app/outbound/src/http/endpoint.rs, ClientRescue, of ConnectTimeout), and no answer where it is
  // the response that takes too long.
  it.each([
    { accepted: false, next: 'the other' },
    { accepted: true, next: 'the same' },
  ])('tells the strategy of a connect timeout as of a connection refused: %o', ({ accepted, next }) => {
    const policy = { ...PLAIN_REQUEST, timeoutMs: 150, perTryTimeoutMs: 150, connectTimeoutMs: 100 };
    const written = { defaultRtt: 30, peak: 'decayed', failurePenalty: 5000 };
    const { upstream, start, taken, clock } = upstreamOf(['a', 'b'], policy, { strategy: 'peak-ewma', written });
    const send = (): { call: number; to: string } => ({ call: start(), to: taken()[0].split(' ')[2] });
    const first = send();
    if (accepted) upstream.accept(first.call);
    clock.advance(10_000);
    expect(taken()).toContain(accepted ? '150 done timedOut' : '100 done timedOut');
    // By now the first is taken to need 55 ms, or 1.8 s with the penalty.
    const second = send();
    expect(second.to).not.toBe(first.to);
    clock.advance(99);
    upstream.accept(second.call);
    clock.advance(41);
    upstream.settle(second.call, Outcome.ok);
    taken();
    expect(send().to).toBe(next === 'the same' ? first.to : second.to);
  });

  const conditions = [
    ['connect-failure', Outcome.refused],
    ['reset', Outcome.reset],
    ['5xx', Outcome.error],
    ['5xx', Outcome.rejected],
  ] as const;
  for (const [condition, outcome] of conditions) {
    it(`retries ${outcomeNames[outcome]} on '${condition}' and on nothing else`, () => {
      for (const { retryOn, sends } of [
        { retryOn: [condition], sends: 2 },
        { retryOn: retrying.retryOn.filter((other) => other !== condition), sends: 1 },
      ]) {
        const { upstream, start, taken } = upstreamOf(['a', 'b'], { ...retrying, retries: 1, retryOn });
        const call = start();
        upstream.settle(call, outcome);
        expect(taken().filter((line) => line.includes('send'))).toHaveLength(sends);
      }
    });
  }

  it('falls back to the first untried host when picks keep hitting tried ones', () => {
    // Nobody holds anything in flight but `a`, so a strategy that always picks `a` would need the fallback; `random`
    // over two hosts meets it every few dozen calls. No retry may ever go to the host that was tried.
    const { upstream, start, taken } = upstreamOf(['a', 'b'], { ...retrying, retries: 1 }, { strategy: 'random' });
    for (let i = 0; i < 2000; i++) {
      const call = start();
      upstream.settle(call, Outcome.refused);
      const [first, second] = taken().filter((line) => line.includes('send'));
      expect(first.slice(0, 8)).not.toBe(second.slice(0, 8));
      upstream.settle(call, Outcome.ok);
      taken();
    }
  });

  it('sends to a tried host again only when every host was tried', () => {
    const { upstream, start, taken } = upstreamOf(['a'], { ...retrying, retries: 1 });
    const call = start();
    upstream.settle(call, Outcome.refused);
    expect(taken()).toEqual(['0 send a #0', '0 end a refused after 0', '0 send a #1']);
  });

  describe('host selection', () => {
    const selecting = (hostSelection: HostSelection, retries = 1): RequestPolicy => ({
      ...PLAIN_REQUEST,
      retries,
      retryOn: ['connect-failure'],
      hostSelection,
    });
    const sends = (log: readonly string[]): string[] =>
      log.filter((line) => line.includes(' send ')).map((line) => line.split(' ')[2]);
    const hosts = ['a', 'b', 'c'];

    // Three requests, one a host; then the first is refused, when round robin has come to its host again.
    it.each([
      { retries: 1, exhausted: 'last', retried: 1, next: 2, why: 'picked once more, which takes a turn' },
      { retries: 0, exhausted: 'last', retried: 0, next: 1, why: 'not picked again, so the tried host it is' },
      { retries: 0, exhausted: 'untried', retried: null, next: 1, why: 'the first that was not tried instead' },
    ] as const)('$retries more picks, then $exhausted: $why', ({ retries, exhausted, retried, next }) => {
      const policy = selecting({ retries, exhausted, updateFrequency: null });
      const { upstream, start, taken } = upstreamOf(hosts, policy, { strategy: 'round-robin' });
      const first = start();
      start();
      start();
      const turns = sends(taken());
      expect(turns.toSorted()).toEqual(hosts);
      upstream.settle(first, Outcome.refused);
      start();
      const untried = hosts.find((host) => host !== turns[0]);
      expect(sends(taken())).toEqual([retried === null ? untried : turns[retried], turns[next]]);
    });

    it('gives up picking when every pick was tried, and sends there', () => {
      for (const exhausted of ['last', 'untried'] as const) {
        const policy = selecting({ retries: 3, exhausted, updateFrequency: null });
        const { upstream, start, taken } = upstreamOf(['a'], policy);
        upstream.settle(start(), Outcome.refused);
        expect(sends(taken())).toEqual(['a', 'a']);
      }
    });

    // LoadBalancerBase::chooseHost, whose turns go on with those turned down.
    it('sends to the last pick where all were tried, not to the first', () => {
      const policy = selecting({ retries: 1, exhausted: 'last', updateFrequency: null }, 2);
      const { upstream, start, taken } = upstreamOf(['a', 'b'], policy, { strategy: 'round-robin' });
      const call = start();
      for (let i = 0; i < 2; i++) upstream.settle(call, Outcome.refused);
      const [first, second, third] = sends(taken());
      expect([first, second].toSorted()).toEqual(['a', 'b']);
      expect(third).toBe(second);
    });

    it.each([
      { retries: 'session', place: 0, why: 'goes back to it' },
      { retries: 'policy', place: 1, why: 'goes where the policy says' },
    ] as const)('a retry of a session, retries: $retries: $why', ({ retries, place }) => {
      const policy = selecting({ retries: 0, exhausted: 'last', updateFrequency: null });
      const sessionAffinity = { ...SESSIONS, retries };
      const { upstream, start, taken } = upstreamOf(hosts, policy, { strategy: 'round-robin', sessionAffinity });
      // Whose turn it is when.
      for (let i = 0; i < 3; i++) start();
      const turns = sends(taken());
      upstream.settle(start(7), Outcome.ok);
      const [own] = sends(taken());
      expect(own).toBe(turns[0]);
      const retried = start(7);
      upstream.settle(retried, Outcome.refused);
      expect(sends(taken())).toEqual([own, turns[place]]);
      upstream.settle(retried, Outcome.ok);
      start(7);
      expect(sends(taken())).toEqual([turns[place]]);
    });

    const levels = ['a', 'b', 'c1', 'd1', 'e2'];
    /** The priorities of the attempts of one request whose attempts all fail. */
    const prioritiesTried = (updateFrequency: number | null, retries: number): number[] => {
      const policy = selecting({ retries: 5, exhausted: 'last', updateFrequency }, retries);
      const { upstream, start, taken } = upstreamOf(levels, policy, { strategy: 'round-robin' });
      const call = start();
      for (let i = 0; i < retries; i++) upstream.settle(call, Outcome.refused);
      return sends(taken()).map((id) => Number(id.slice(1)));
    };

    it('avoids the priorities of earlier attempts, until all have been attempted: then none', () => {
      expect(prioritiesTried(1, 4)).toEqual([0, 1, 2, 0, 1]);
    });

    it('takes note of priorities after so many attempts each', () => {
      expect(prioritiesTried(2, 5)).toEqual([0, 0, 1, 1, 2, 2]);
    });

    it('stays in the first priority where priorities are not avoided', () => {
      expect(prioritiesTried(null, 3)).toEqual([0, 0, 0, 0]);
    });
  });

  it('lets what is in flight to a host that leaves the view go on to its end', () => {
    const { upstream, start, taken, leases, clock } = upstreamOf(['a'], PLAIN_REQUEST);
    const call = start();
    leases.get('a')?.revoke();
    start();
    clock.advance(5);
    upstream.settle(call, Outcome.ok);
    expect(taken()).toEqual([
      '0 send a #0',
      '0 lose a',
      '0 distrust a by registry',
      '0 not pickable a',
      '0 done noHost',
      '5 end a ok after 5',
      '5 done ok',
    ]);
  });

  it('hears of nobody any more once closed', () => {
    const { upstream, registry, taken, start } = upstreamOf(['a'], PLAIN_REQUEST);
    upstream.close();
    registry.register('s', instance('b'), null);
    start();
    expect(taken()).toEqual(['0 send a #0']);
  });

  it('survives a transport that answers from inside send', () => {
    const answers = [Outcome.refused, Outcome.reset, Outcome.ok];
    const rig = upstreamOf(['a', 'b', 'c'], retrying, {
      onSend: (call) => rig.upstream.settle(call, answers.shift() ?? Outcome.ok),
    });
    rig.start();
    expect(rig.taken().at(-1)).toBe('0 done ok');
    expect(rig.clock.pending).toBe(0);
    expect(rig.calls.size).toBe(0);
  });

  const step = fc.oneof(
    fc.constant({ do: 'start' as const }),
    fc.record({ do: fc.constant('settle' as const), which: fc.nat(100), outcome: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ do: fc.constant('accept' as const), which: fc.nat(100) }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 600 }) }),
    fc.record({ do: fc.constant('toggle' as const), id: fc.constantFrom('a', 'b', 'c') }),
  );
  test.prop([fc.array(step, { maxLength: 150 }), fc.constantFrom('ring', 'random', 'least-request', 'peak-ewma')])(
    'ends every request exactly once and every attempt exactly once, whatever happens',
    (steps, strategy) => {
      const waiting = new Set<number>();
      const rig = upstreamOf(['a', 'b', 'c'], retrying, { strategy, onSend: (call) => waiting.add(call) });
      const log: string[] = [];
      const flush = (): void => void log.push(...rig.taken());
      let started = 0;
      for (const act of steps) {
        const open = [...waiting].filter((call) => rig.calls.isOpen(call));
        if (act.do === 'start') {
          rig.start();
          started++;
        } else if (act.do === 'advance') rig.clock.advance(act.ms);
        else if (act.do === 'toggle') {
          const lease = rig.leases.get(act.id);
          if (lease !== undefined) {
            lease.revoke();
            rig.leases.delete(act.id);
          } else rig.leases.set(act.id, rig.registry.register('s', instance(act.id), null));
        } else if (open.length > 0) {
          const call = open[act.which % open.length];
          if (act.do === 'accept') rig.upstream.accept(call);
          else rig.upstream.settle(call, act.outcome as Outcome);
        }
        flush();
      }
      rig.clock.advance(10_000);
      flush();
      const count = (word: string): number => log.filter((line) => line.split(' ')[1] === word).length;
      expect(count('done')).toBe(started);
      expect(count('end')).toBe(count('send'));
      expect(rig.calls.size).toBe(0);
      expect(rig.clock.pending).toBe(0);
    },
  );
});
