import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome, outcomeNames } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { accrualNamed } from '../../src/health/accrual/index.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import type { FailFastSettings } from '../../src/mesh/fail_fast.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Router } from '../../src/mesh/router.ts';
import { Upstream } from '../../src/mesh/upstream.ts';
import { createMemoryRegistry } from '../../src/registry/memory_registry.ts';
import { balancerOf, balancerWith, hostNamed, instance } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

/** One host, which takes so many requests from when it is said to be ready, and a log of what becomes of requests, by number. */
function rigOf(whenNobodyReady: FailFastSettings, timeoutMs = Infinity) {
  const clock = new ManualClock();
  const strategy = strategyNamed('peak-ewma').withOptions({ sampling: 'linkerd', defaultRtt: 30 });
  const balancer = balancerOf(strategy, [1], { clock, whenNobodyReady });
  const host = hostNamed(balancer, 'a');
  const calls = new CallTable(1);
  const log: string[] = [];
  const numbers: number[] = [];
  let requests = 0;
  let room = 0;
  const note = (call: number, what: string): void => void log.push(`${clock.now()} ${numbers[call]} ${what}`);
  const take = (): void => {
    if (--room === 0) balancer.setHealthy(host, false);
  };
  const router: Router = new Router({
    ...{ clock, balancer, calls },
    transport: {
      send: (call) => {
        note(call, 'sent');
        take();
        router.settle(call, Outcome.ok);
      },
      abandon: () => {},
    },
    request: { ...PLAIN_REQUEST, timeoutMs },
    failFast: whenNobodyReady,
    onSendInVain: take,
    observer: { onSend: () => {}, onAttemptEnd: () => {} },
    onDone: (call, outcome) => {
      if (outcome !== Outcome.ok) note(call, outcomeNames[outcome]);
    },
  });
  const ready = (takes: number): void => {
    room = takes;
    balancer.setHealthy(host, takes > 0);
    if (takes > 0) router.waiting.someoneIsReady();
  };
  ready(0);
  const start = (): void => {
    const call = calls.open();
    numbers[call] = requests++;
    router.start(call, NO_KEY);
  };
  return { clock, start, ready, log };
}

// linkerd2-proxy, linkerd/proxy/balance/queue/src/tests.rs: queues of one second.
describe("as in Linkerd's own tests", () => {
  test('failfast', () => {
    const { clock, start, ready, log } = rigOf({ afterMs: 1000, capacity: 10 });
    start();
    clock.advance(1500);
    start();
    clock.advance(500);
    ready(Infinity);
    clock.advance(1000);
    start();
    expect(log).toEqual(['1000 0 noHost', '1500 1 noHost', '3000 2 sent']);
  });

  test('failfast_interrupted', () => {
    const { clock, start, ready, log } = rigOf({ afterMs: 1000, capacity: 10 });
    start();
    clock.advance(500);
    ready(Infinity);
    clock.advance(1000);
    expect(log).toEqual(['500 0 sent']);
  });

  // By limits_request_capacity, and the note on capacity in worker.rs: one more is in its hands.
  test('limits request capacity', () => {
    const { start, ready, log } = rigOf({ afterMs: 1000, capacity: 1 });
    start();
    start();
    start();
    expect(log).toEqual(['0 2 noHost']);
    ready(Infinity);
    expect(log.slice(1)).toEqual(['0 0 sent', '0 1 sent']);
  });
});

/** Behind a breaker that shuts after three failures, for a second longer than the queue waits, and twice as long after a bad probe. */
function upstreamOf() {
  const clock = new ManualClock();
  const registry = createMemoryRegistry(clock);
  const register = (): void =>
    void registry.register('s', { id: 'a', address: '192.0.2.41:666', zone: null, weight: 1 }, null);
  const calls = new CallTable(1);
  const log: string[] = [];
  const answers: Outcome[] = [];
  const upstream: Upstream = new Upstream({
    ...{ service: 's', discovery: registry, clock, calls, random: randomStream('linkerd') },
    transport: {
      send: (call) => void clock.schedule(1, (sent) => upstream.settle(sent, answers.shift() ?? Outcome.ok), call),
      abandon: () => {},
    },
    strategy: strategyNamed('peak-ewma').withOptions({ sampling: 'linkerd', defaultRtt: 30 }),
    loadBalancer: {
      ...PLAIN_LOAD_BALANCER,
      panicThreshold: 0,
      whenNobodyReady: { afterMs: 3000, capacity: 10_000 },
    },
    healthCheck: null,
    accrual: (ports) => {
      const options = { mode: 'consecutive', maxFailures: 3, minPenalty: 4000, maxPenalty: 24_000, jitter: 0 };
      return accrualNamed('linkerd').create({ ...ports, options });
    },
    request: PLAIN_REQUEST,
    observer: {
      ...{ onSend: () => {}, onAttemptEnd: () => {}, onView: () => {}, onBelief: () => {}, onProbe: () => {} },
      ...{ onPickable: () => {}, onPanic: () => {} },
    },
    onDone: (_call, outcome) => void log.push(`${clock.now()} ${outcomeNames[outcome]}`),
  });
  const request = (answer: Outcome): void => {
    answers.push(answer);
    upstream.start(calls.open(), NO_KEY);
  };
  const unanswered = (): void => upstream.start(calls.open(), NO_KEY);
  return { clock, register, request, unanswered, log };
}

// linkerd2-proxy, linkerd/app/outbound/src/http/logical/tests/failure_accrual.rs, consecutive_failures_accrue.
test('behind a breaker', () => {
  const { clock, register, request, unanswered, log } = upstreamOf();
  register();
  request(Outcome.ok);
  clock.advance(1);
  for (let i = 0; i < 3; i++) {
    request(Outcome.error);
    clock.advance(1);
  }
  expect(log.splice(0)).toEqual(['1 ok', '2 error', '3 error', '4 error']);
  unanswered();
  clock.advance(3000);
  expect(log.splice(0)).toEqual(['3004 noHost']);
  unanswered();
  expect(log.splice(0)).toEqual(['3004 noHost']);
  clock.advance(1000);
  request(Outcome.error);
  clock.advance(1);
  expect(log.splice(0)).toEqual(['4005 error']);
  unanswered();
  clock.advance(8000);
  expect(log.splice(0)).toEqual(['7005 noHost']);
  request(Outcome.ok);
  clock.advance(1);
  request(Outcome.ok);
  clock.advance(1);
  expect(log).toEqual(['12006 ok', '12007 ok']);
});

test('whoever joins, or may be probed, has the requests that wait', () => {
  const { clock, register, request, log } = upstreamOf();
  request(Outcome.error);
  clock.advance(500);
  register();
  clock.advance(1);
  expect(log.splice(0)).toEqual(['501 error']);
  for (let i = 0; i < 2; i++) {
    request(Outcome.error);
    clock.advance(1);
  }
  expect(log.splice(0)).toEqual(['502 error', '503 error']);
  clock.advance(2000);
  request(Outcome.ok);
  request(Outcome.ok);
  clock.advance(2001);
  expect(log.splice(0)).toEqual(['4504 ok']);
  clock.advance(1);
  expect(log).toEqual(['4505 ok']);
});

test('those that wait go out when a probe has opened the gate', () => {
  const { clock, start, ready, log } = rigOf({ afterMs: 100, capacity: 10 });
  for (let i = 0; i < 3; i++) start();
  clock.advance(99);
  ready(1);
  clock.advance(99);
  ready(2);
  expect(log).toEqual(['99 0 sent', '198 1 sent', '198 2 sent']);
});

type Step =
  | { readonly kind: 'request' }
  | { readonly kind: 'ready'; readonly takes: number }
  | { readonly kind: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'request' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('ready' as const), takes: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(12) }) },
);

const settings = fc.record({ afterMs: fc.integer({ min: 1, max: 15 }), capacity: fc.nat(3) });

propertyTest.prop([settings, fc.constantFrom(Infinity, 7.5), fc.array(step, { maxLength: 40 })])(
  'is what a worker does that looks twice a millisecond',
  (whenNobodyReady, timeoutMs, steps) => {
    const { clock, start, ready, log } = rigOf(whenNobodyReady, timeoutMs);
    const worker = new NaiveWorker(whenNobodyReady, timeoutMs);
    for (const each of steps) {
      if (each.kind === 'request') {
        start();
        worker.request();
      } else if (each.kind === 'ready') {
        ready(each.takes);
        worker.ready(each.takes);
      } else {
        clock.advance(each.ms);
        worker.wait(each.ms);
      }
    }
    expect(log).toEqual(worker.log);
  },
);

/**
 * Takes requests one by one, each of which it holds until somebody is ready or it has been at that for too long. Those that
 * have given up it learns of only as it sends them.
 */
class NaiveWorker {
  readonly log: string[] = [];
  private readonly settings: FailFastSettings;
  private readonly timeoutMs: number;
  private queue: { readonly id: number; readonly dueMs: number; gone: boolean }[] = [];
  private nowMs = 0;
  private requests = 0;
  private room = 0;
  private since: number | null = null;
  private failing = false;

  constructor(settings: FailFastSettings, timeoutMs: number) {
    this.settings = settings;
    this.timeoutMs = timeoutMs;
  }

  request(): void {
    const id = this.requests++;
    const isFull = this.queue.length > this.settings.capacity;
    if (this.room === 0 && (this.failing || isFull)) this.log.push(`${this.nowMs} ${id} noHost`);
    else this.queue.push({ id, dueMs: this.nowMs + this.timeoutMs, gone: false });
    this.work();
  }

  ready(takes: number): void {
    this.room = takes;
    if (takes > 0) {
      this.since = null;
      this.failing = false;
    }
    this.work();
  }

  wait(ms: number): void {
    for (let i = 0; i < 2 * ms; i++) {
      this.nowMs += 0.5;
      for (const one of this.queue.filter(({ dueMs, gone }) => !gone && dueMs <= this.nowMs)) {
        this.log.push(`${this.nowMs} ${one.id} timedOut`);
        one.gone = true;
      }
      this.work();
    }
  }

  private work(): void {
    while (this.queue.length > 0 && this.room > 0) {
      const next = this.queue.shift();
      if (next?.gone === false) this.log.push(`${this.nowMs} ${next.id} sent`);
      this.room--;
      this.since = null;
    }
    if (this.queue.length > 0) this.since ??= this.nowMs;
    if (this.since === null || this.nowMs - this.since < this.settings.afterMs) return;
    for (const { id, gone } of this.queue.splice(0)) if (!gone) this.log.push(`${this.nowMs} ${id} noHost`);
    this.since = null;
    this.failing = true;
  }
}

test('hosts that are full are ready whenever one of them takes a request that waits', () => {
  const clock = new ManualClock();
  const strategy = strategyNamed('least-request').withOptions({ algorithm: 'haproxy-leastconn' });
  const whenNobodyReady = { afterMs: 100, capacity: 10_000 };
  const balancer = balancerWith({ strategy, clock, whenNobodyReady });
  balancer.update([{ ...instance('a', 1), maxConnections: 1 }]);
  const calls = new CallTable(1);
  const log: string[] = [];
  const router: Router = new Router({
    ...{ clock, balancer, calls, request: PLAIN_REQUEST, failFast: whenNobodyReady },
    // Only one answer takes longer than anybody may be waited for.
    transport: {
      send: (call) => void clock.schedule(call === 3 ? 150 : 60, (sent) => router.settle(sent, Outcome.ok), call),
      abandon: () => {},
    },
    observer: { onSend: () => {}, onAttemptEnd: () => {} },
    onDone: (call, outcome) => void log.push(`${clock.now()} ${call} ${outcomeNames[outcome]}`),
  });
  for (let i = 0; i < 6; i++) router.start(calls.open(), NO_KEY);
  clock.advance(1000);
  expect(log).toEqual(['60 0 ok', '120 1 ok', '180 2 ok', '280 4 noHost', '280 5 noHost', '330 3 ok']);
});
