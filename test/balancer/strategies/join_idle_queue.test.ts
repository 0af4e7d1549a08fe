import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import { joinIdleQueue } from '../../../src/balancer/strategies/join_idle_queue.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { LoadReport } from '../../../src/core/load_report.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { randomStream } from '../../../src/core/random.ts';
import { balancerOf, hostNamed, instance, sequence } from '../../helpers/balancing.ts';
import { loadReport } from '../../helpers/load_reports.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

/** Hosts a, b, ...; the first draw is where the queue starts, the others are for picks from an empty queue. */
function idleQueue(hosts: number, draws: readonly number[], options: WrittenOptions = {}): Balancer {
  const strategy = joinIdleQueue.create({ options, ...ports({ random: scriptedRandom(draws) }) });
  return balancerOf(strategy, Array(hosts).fill(1));
}

/** Picks and sends that many; who it was. */
function sent(balancer: Balancer, count: number): string {
  let ids = '';
  for (let i = 0; i < count; i++) {
    const host = balancer.pick(NO_KEY, 0);
    if (host === null) throw new Error('nobody to pick');
    balancer.acquire(host);
    ids += host.instance.id;
  }
  return ids;
}

const reporting = (requestsInFlight: number): LoadReport => loadReport({ requestsInFlight, serviceTimeMs: 1 });

function answer(balancer: Balancer, id: string, report: LoadReport | null = null): void {
  balancer.release(hostNamed(balancer, id), 1, Outcome.ok, report);
}

describe('the idle queue', () => {
  test('starts with every host, in order from a random one, and without it a host is drawn', () => {
    // Starts at 7 % 3 = b; then the queue is empty and the draws 3, 5, 1 say a, c, b.
    expect(sent(idleQueue(3, [7, 3, 5, 1]), 6)).toBe('bcaacb');
  });

  test('gives each host a turn while all answer at once', () => {
    expect(sequence(idleQueue(4, [2]), 10)).toBe('cdabcdabcd');
  });

  test('is first come, first served: hosts in the order of their idle answers', () => {
    const balancer = idleQueue(3, [0]);
    expect(sent(balancer, 3)).toBe('abc');
    for (const id of ['c', 'a', 'b']) answer(balancer, id);
    expect(sent(balancer, 3)).toBe('cab');
  });

  test('without reports a host is idle once this caller has nothing in flight there', () => {
    const balancer = idleQueue(2, [0, 0, 0]);
    expect(sent(balancer, 3)).toBe('aba');
    answer(balancer, 'a');
    // One more to go at a: the queue is empty, and the draw says a.
    expect(sent(balancer, 1)).toBe('a');
    answer(balancer, 'a');
    answer(balancer, 'b');
    answer(balancer, 'a');
    expect(sent(balancer, 2)).toBe('ba');
  });

  test('with reports a host is idle when it says so, whatever this caller has sent', () => {
    const balancer = idleQueue(2, [0, 0, 1]);
    expect(sent(balancer, 3)).toBe('aba');
    answer(balancer, 'b', reporting(3));
    // b works for others; the draw says b.
    expect(sent(balancer, 1)).toBe('b');
    answer(balancer, 'a', reporting(0));
    expect(sent(balancer, 1)).toBe('a');
  });

  test('holds no host twice', () => {
    const balancer = idleQueue(2, [0, 0, 1, 1]);
    expect(sent(balancer, 3)).toBe('aba');
    answer(balancer, 'a', reporting(0));
    answer(balancer, 'a', reporting(0));
    expect(sent(balancer, 3)).toBe('abb');
  });

  test('keeps its order when hosts come and go, and lets go of those that may not be picked', () => {
    const balancer = idleQueue(3, [1]);
    expect(sent(balancer, 1)).toBe('b');
    // c, a wait. d joins behind them, c goes, b is busy.
    balancer.update([instance('d'), instance('a'), instance('b'), instance('c')]);
    balancer.setHealthy(hostNamed(balancer, 'c'), false);
    expect(sent(balancer, 2)).toBe('ad');
    answer(balancer, 'b');
    // c comes back, with nothing in flight.
    balancer.setHealthy(hostNamed(balancer, 'c'), true);
    expect(sent(balancer, 2)).toBe('bc');
  });

  test('a host comes back behind the others, or not at all while this caller has requests there', () => {
    const balancer = idleQueue(2, [0, 1]);
    expect(sent(balancer, 1)).toBe('a');
    balancer.setHealthy(hostNamed(balancer, 'a'), false);
    expect(sent(balancer, 1)).toBe('b');
    balancer.setHealthy(hostNamed(balancer, 'a'), true);
    // Both have one in flight: the queue is empty and the draw says b.
    expect(sent(balancer, 1)).toBe('b');
  });

  /** Who is selected with this many selections of the same send before. */
  const selected = (balancer: Balancer, attempts: readonly number[]): string =>
    attempts.map((attempt) => balancer.pick(NO_KEY, attempt)?.instance.id).join('');

  test('a host that was turned down stays where it waits, and the next one is looked at', () => {
    const balancer = idleQueue(3, [0]);
    expect(selected(balancer, [0, 1, 2])).toBe('abc');
    expect(selected(balancer, [0, 1])).toBe('ab');
    // b is taken.
    balancer.acquire(hostNamed(balancer, 'b'));
    expect(sent(balancer, 2)).toBe('ac');
    answer(balancer, 'a');
    // Turned down, and still the only one that waits.
    expect(selected(balancer, [0, 0, 0])).toBe('aaa');
  });

  test('where more are turned down than wait, a host is drawn', () => {
    const balancer = idleQueue(3, [0, 2, 1]);
    expect(sent(balancer, 2)).toBe('ab');
    expect(selected(balancer, [0, 1, 2])).toBe('ccb');
    expect(sent(balancer, 1)).toBe('c');
  });

  test('a request that another worker of this caller sends leaves the host where it waits', () => {
    const balancer = idleQueue(3, [0]);
    expect(sent(balancer, 1)).toBe('a');
    answer(balancer, 'a');
    // Neither one that was not picked here, nor the one that was, once its request has been sent.
    balancer.acquire(hostNamed(balancer, 'b'));
    balancer.acquire(hostNamed(balancer, 'a'));
    expect(sent(balancer, 3)).toBe('bca');
  });
});

describe('a random one of those that wait', () => {
  test('is drawn by its place in the queue, and among all hosts where nobody waits', () => {
    // Starts as bcda; then d of four, a of three, c of two, b alone; then b and d of all.
    expect(sent(idleQueue(4, [1, 6, 5, 3, 9, 5, 3], { order: 'random' }), 6)).toBe('dacbbd');
  });

  test('is drawn anew when one was turned down, until as many were as wait', () => {
    const balancer = idleQueue(3, [0, 0, 1, 1, 1], { order: 'random' });
    expect(sent(balancer, 1)).toBe('a');
    // Of b and c, twice; then of all.
    expect([0, 1, 2].map((attempt) => balancer.pick(NO_KEY, attempt)?.instance.id).join('')).toBe('ccb');
  });
});

/*
 * The algorithm step by step, as Mitzenmacher restates it (arXiv 1606.01833, abstract): a job goes to a server in the idle
 * queue of its dispatcher, or to a random one where that is empty; a server without jobs asks to be placed on the idle queue
 * of a dispatcher, here that of its last job. Nothing is said of taking it out of another's queue.
 */
test('two dispatchers share three servers', () => {
  // Queues start as abc and bca; later draws are for jobs that find their dispatcher's queue empty.
  const first = idleQueue(3, [0, 1, 2, 0]);
  const second = idleQueue(3, [1, 0]);
  const jobs = new Map<string, Balancer[]>([...'abc'].map((id) => [id, []]));
  const send = (dispatcher: Balancer): string => {
    const id = sent(dispatcher, 1);
    jobs.get(id)?.push(dispatcher);
    return id;
  };
  /** The server is done with the job that it got first. */
  const serve = (id: string): void => {
    const waiting = jobs.get(id) ?? [];
    const dispatcher = waiting.shift();
    if (dispatcher === undefined) throw new Error(`${id} has no job`);
    answer(dispatcher, id, reporting(waiting.length));
  };
  expect([first, first, first].map(send).join('')).toBe('abc');
  expect([second, second, second].map(send).join('')).toBe('bca');
  // Each has two jobs, that of the first dispatcher before the other's, who so hears of all three.
  for (const id of 'aabbcc') serve(id);
  expect(send(first)).toBe('b'); // drawn; b waits on with the second dispatcher, idle no more
  expect([second, second].map(send).join('')).toBe('ab');
  serve('b'); // the first dispatcher's, and the second's is to come
  serve('b');
  serve('a');
  // The second knows of c, b, a, in this order; the first of nobody.
  expect(send(first)).toBe('c'); // drawn
  serve('c');
  // c waits with both.
  expect(send(first)).toBe('c');
  expect([second, second, second, second].map(send).join('')).toBe('cbaa'); // the last one is drawn
  serve('c');
  expect(send(first)).toBe('a'); // drawn: c has a job
  serve('c');
  expect(send(second)).toBe('c');
});

interface NaiveHost {
  inFlight: number;
  healthy: boolean;
}

test('picks as a plain list of idle hosts does', () => {
  const step = fc.record({
    what: fc.constantFrom('send', 'send', 'send', 'answer', 'report', 'report', 'turn'),
    host: fc.nat(4),
    load: fc.nat(1),
    /** How many selections are turned down before the one that is sent. */
    rejected: fc.constantFrom(0, 0, 0, 1, 2, 5),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.nat(), fc.boolean(), (steps, seed, any) => {
      const options = { order: any ? 'random' : 'longest-idle' };
      const strategy = joinIdleQueue.create({ options, ...ports({ random: randomStream(`${seed}`) }) });
      const balancer = balancerOf(strategy, [1, 1, 1, 1, 1]);
      const random = randomStream(`${seed}`);
      const hosts: NaiveHost[] = balancer.members.map(() => ({ inFlight: 0, healthy: true }));
      let idle: number[] = [];
      let eligible: number[] = [];
      const rebuild = (): void => {
        const now = hosts.flatMap((host, i) => (host.healthy ? [i] : []));
        if (now.join() === eligible.join()) return;
        const joining = now.filter((i) => !eligible.includes(i) && hosts[i].inFlight === 0);
        const first = joining.length > 1 ? random.int(joining.length) : 0;
        idle = idle.filter((i) => now.includes(i)).concat(joining.slice(first), joining.slice(0, first));
        eligible = now;
      };
      const expected = (attempt: number): number => {
        if (attempt >= idle.length) return eligible[random.int(eligible.length)];
        return idle[any ? random.int(idle.length) : attempt];
      };
      for (const { what, host, load, rejected } of steps) {
        const member = balancer.members[host];
        if (what === 'turn') {
          hosts[host].healthy = !hosts[host].healthy;
          balancer.setHealthy(member, hosts[host].healthy);
          rebuild();
          const picked = balancer.pick(NO_KEY, 0);
          expect(picked).toBe(eligible.length === 0 ? null : balancer.members[expected(0)]);
        } else if (what === 'send') {
          rebuild();
          if (eligible.length === 0) continue;
          let sentTo = -1;
          for (let attempt = 0; attempt <= rejected; attempt++) {
            sentTo = expected(attempt);
            expect(balancer.pick(NO_KEY, attempt)).toBe(balancer.members[sentTo]);
          }
          balancer.acquire(balancer.members[sentTo]);
          idle = idle.filter((i) => i !== sentTo);
          hosts[sentTo].inFlight++;
        } else if (hosts[host].inFlight > 0) {
          hosts[host].inFlight--;
          balancer.release(member, 1, Outcome.ok, what === 'report' ? reporting(load) : null);
          const isIdle = (what === 'report' ? load : hosts[host].inFlight) === 0;
          if (isIdle && eligible.includes(host) && !idle.includes(host)) idle.push(host);
        }
      }
    }),
  );
});
