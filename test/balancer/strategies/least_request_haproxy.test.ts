import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import type { Host } from '../../../src/balancer/host.ts';
import { leastRequest } from '../../../src/balancer/strategies/least_request.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { Random } from '../../../src/core/random.ts';
import { balancerOf, hostNamed, instance, instancesOf, sequence } from '../../helpers/balancing.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';
import { expectTwins, Oracle } from '../../helpers/twins.ts';

function leastconn(weights: readonly number[], lists = 1, random: Random = scriptedRandom([])): Balancer {
  const options = { algorithm: 'haproxy-leastconn', lists };
  return balancerOf(leastRequest.create({ options, ...ports({ random }) }), weights);
}

/** The ids of the next picks, all of them held. */
function held(balancer: Balancer, count: number): string {
  return Array.from({ length: count }, () => {
    const host = balancer.pick(NO_KEY, 0) as Host;
    balancer.acquire(host);
    return host.instance.id;
  }).join('');
}

function end(balancer: Balancer, id: string): void {
  balancer.release(hostNamed(balancer, id), 1, 0);
}

// HAProxy has no test of its own of the order of servers; these follow from the formula in src/lb_fwlc.c.
describe('one list', () => {
  test('the equal take turns, idle or busy', () => {
    expect(sequence(leastconn([1, 1, 1]), 7)).toBe('abcabca');
    expect(held(leastconn([1, 1, 1]), 7)).toBe('abcabca');
  });

  test('the idle are equal whatever their weights', () => {
    expect(sequence(leastconn([1, 100, 10]), 6)).toBe('abcabc');
  });

  test('the busy go by (in flight + 1) / weight', () => {
    // In units of 256, idle ones first: a goes to 2, then 3; b to 2/3, 1, 4/3, 5/3, 2 (behind a), 7/3, 8/3.
    expect(held(leastconn([1, 3]), 9)).toBe('abbbbbabb');
  });

  test('the key is truncated, so heavy ones tie', () => {
    // (1 + 1) x 4096 / 3200 = 2.56 and (1 + 1) x 4096 / 4096 = 2: equal once truncated, the first to be queued first.
    expect(held(leastconn([200, 256]), 3)).toBe('aba');
    // 2 x 4096 / 2720 = 3.01.
    expect(held(leastconn([170, 256]), 3)).toBe('abb');
  });

  test('a fraction of a sixteenth of a weight counts as one', () => {
    // As 1/16 and 1: once busy, a is at 8192, as b is with 31 in flight.
    expect(held(leastconn([0.01, 1]), 40)).toBe(held(leastconn([1 / 16, 1]), 40));
  });

  test('who keeps its key keeps its place', () => {
    // So far beyond the greatest weight of 256 that 2 x 4096 / 8192 and 3 x 4096 / 8192 are both 1.
    expect(held(leastconn([512, 512]), 5)).toBe('abaab');
  });

  test('whoever changes goes to the end of its equals', () => {
    const balancer = leastconn([1, 1, 1]);
    expect(held(balancer, 3)).toBe('abc');
    end(balancer, 'b');
    end(balancer, 'a');
    // Idle are b, then a.
    expect(held(balancer, 2)).toBe('ba');
    // One in flight each: c has been there longest.
    expect(held(balancer, 3)).toBe('cba');
  });

  test('places survive changes of others; a new weight, or a return, is a new place', () => {
    const balancer = leastconn([1, 1, 1]);
    expect(sequence(balancer, 1)).toBe('a');
    balancer.update([instance('x'), ...instancesOf([1, 1, 1])]);
    expect(sequence(balancer, 4)).toBe('bcax');
    balancer.update([instance('x'), ...instancesOf([1, 2, 1])]);
    expect(sequence(balancer, 4)).toBe('caxb');
    balancer.setHealthy(hostNamed(balancer, 'c'), false);
    expect(sequence(balancer, 1)).toBe('a');
    balancer.setHealthy(hostNamed(balancer, 'c'), true);
    expect(sequence(balancer, 4)).toBe('xbac');
  });

  test('what is in flight on a server counts when it returns', () => {
    const balancer = leastconn([1, 1]);
    expect(held(balancer, 1)).toBe('a');
    balancer.setHealthy(hostNamed(balancer, 'a'), false);
    expect(held(balancer, 2)).toBe('bb');
    balancer.setHealthy(hostNamed(balancer, 'a'), true);
    // a is at 512 and goes to 768, behind b, which has been there.
    expect(held(balancer, 3)).toBe('aba');
  });
});

describe('four lists', () => {
  // The list is the draw's share of 4.
  const list = (n: number): number => n * 2 ** 30;

  test('a server joins a list drawn at random; a pick takes the first of the first list that has one', () => {
    // a, b, c and d are queued in lists 2, 0, 2 and 3.
    const queued = [2, 0, 2, 3];
    const picked = [0, 1, 2, 3].map((from) => {
      const balancer = leastconn([1, 1, 1, 1], 4, scriptedRandom([...queued, from].map(list)));
      return balancer.pick(NO_KEY, 0)?.instance.id;
    });
    expect(picked.join('')).toBe('baad');
  });

  test('the draws: one for each move, one for each key that a pick comes to, also one that nobody has any more', () => {
    const drawn = { queued: [0, 0], a: [0, 1], b: [0, 2], bAgain: [3, 2, 0], aAgain: [2] };
    const balancer = leastconn([1, 1], 4, scriptedRandom(Object.values(drawn).flat().map(list)));
    // First a, then b is found at key 0 and moves to its list of key 512. The third pick passes key 0, which is empty, and
    // finds b in list 2 of key 512; the fourth begins at key 512.
    expect(held(balancer, 3)).toBe('abb');
    expect(balancer.pick(NO_KEY, 0)?.instance.id).toBe('a');
    expect(() => balancer.pick(NO_KEY, 0)).toThrow('asked for one more');
  });
});

interface Queued {
  readonly host: Host;
  readonly eweight: number;
  readonly list: number;
}

/** HAProxy's tree as it is written, of less than 500 keys: the servers by key, in the order in which they came to it. */
class Tree extends Oracle {
  private readonly random: Random;
  private readonly lists: number;
  private readonly queues = new Map<number, Queued[]>();
  private smallest = 0;

  constructor(lists: number, random: Random) {
    super();
    this.lists = lists;
    this.random = random;
  }

  override rebuild(...given: Parameters<Oracle['rebuild']>): void {
    super.rebuild(...given);
    const left = [...this.queues.values()].flat().filter(({ host }) => !this.hosts.includes(host));
    for (const { host } of left) this.dequeue(host);
    for (const host of this.hosts) {
      const eweight = 16 * this.weightOf(host);
      const found = this.find(host);
      if (found?.entry.eweight === eweight) continue;
      if (found !== undefined) this.dequeue(host);
      this.insert(host, eweight);
    }
  }

  pick(): Host {
    const keys = [...this.queues.keys()].filter((key) => key >= this.smallest).sort((a, b) => a - b);
    for (const [passed, key] of keys.entries()) {
      if (passed > 0) this.smallest = key;
      const start = this.draw();
      const searched = Array.from({ length: this.lists }, (_, i) => (start + i) % this.lists);
      const queue = this.queues.get(key) as Queued[];
      const found = searched.flatMap((list) => queue.filter((entry) => entry.list === list));
      if (found.length > 0) return found[0].host;
    }
    throw new Error('nobody is queued');
  }

  override onStart(host: Host): void {
    const found = this.find(host);
    if (found === undefined || this.keyOf(host, found.entry.eweight) === found.key) return;
    // The key it leaves stays, with nobody.
    found.queue.splice(found.queue.indexOf(found.entry), 1);
    this.insert(host, found.entry.eweight);
  }

  override onEnd(host: Host): void {
    this.onStart(host);
  }

  private find(host: Host): { key: number; queue: Queued[]; entry: Queued } | undefined {
    for (const [key, queue] of this.queues) {
      const entry = queue.find((each) => each.host === host);
      if (entry !== undefined) return { key, queue, entry };
    }
    return undefined;
  }

  private insert(host: Host, eweight: number): void {
    const key = this.keyOf(host, eweight);
    const queue = this.queues.get(key) ?? [];
    this.queues.set(key, queue);
    queue.push({ host, eweight, list: this.draw() });
    this.smallest = Math.min(this.smallest, key);
  }

  private dequeue(host: Host): void {
    const found = this.find(host);
    if (found === undefined) throw new Error('it is not queued');
    const { key, queue, entry } = found;
    queue.splice(queue.indexOf(entry), 1);
    if (queue.length > 0) return;
    this.queues.delete(key);
    if (this.smallest === key) this.smallest = 0;
  }

  private keyOf(host: Host, eweight: number): number {
    return host.inFlight === 0 ? 0 : Math.floor(((host.inFlight + 1) * 4096) / eweight);
  }

  private draw(): number {
    return this.lists === 1 ? 0 : Math.floor((this.random.uint32() / 2 ** 32) * this.lists);
  }
}

test.each([1, 2, 4])('%i lists: as a search of the tree would find', (lists) => {
  expectTwins(leastRequest, { algorithm: 'haproxy-leastconn', lists }, (random) => new Tree(lists, random));
});
