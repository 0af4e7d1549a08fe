import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { balancerWith } from '../helpers/balancing.ts';
import { type Estimate, estimate } from './theory.ts';

/*
 * Consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam, 2016) keeps every host within 1 + epsilon of
 * its share, and moves a number of keys that does not depend on the number of hosts when a key or a host comes or goes.
 * There a key that no longer belongs is moved at once. Here nobody moves what is in flight: a bound acts when an attempt
 * is placed. So each key has one request in flight, which is answered and asked again, key by key, until none goes
 * elsewhere; then the keys lie as the rule wants them. Moved are those that an update makes lie elsewhere in the end.
 *
 * HAProxy's walk to the next hosts on the ring is the paper's rule, as long as its slots are whole numbers a host. Envoy's
 * shuffle is another.
 */

/** Requests in flight to a host, on average. */
const PER_HOST = 10;

interface Case {
  readonly options: WrittenOptions;
  readonly hosts: number;
  /** Keys beyond `PER_HOST` for each host, in all. */
  readonly beyond?: number;
}

/** Keys over hosts of names never used before, in the order in which the rule wants them. */
class Placement {
  readonly at: (Host | null)[] = [];
  private readonly balancer;
  private readonly instances;

  constructor({ options, hosts, beyond = 0 }: Case, ring: number) {
    this.balancer = balancerWith({ strategy: strategyNamed('ring-hash').withOptions(options) });
    this.instances = Array.from({ length: hosts }, (_, i) => {
      const id = `${ring}-${i}`;
      return { id, address: `${id}:80`, zone: null, weight: 1 };
    });
    this.balancer.update(this.instances);
    for (let key = 0; key < hosts * PER_HOST + beyond; key++) this.add(key);
    this.settle();
  }

  add(key: number): void {
    const host = this.balancer.pick(key, 0);
    if (host === null) throw new Error('nobody to pick');
    this.balancer.acquire(host);
    this.at[key] = host;
  }

  remove(key: number): void {
    const host = this.at[key];
    if (host !== null) this.balancer.release(host, 1, Outcome.ok);
    this.at[key] = null;
  }

  loseHost(): void {
    this.balancer.update(this.instances.slice(1));
  }

  /** Of the keys that are there before and after, how many the update moves. */
  movedBy(update: () => void): number {
    const before = this.at.slice();
    update();
    this.settle();
    return before.filter((host, key) => host !== null && this.at[key] !== null && host !== this.at[key]).length;
  }

  /** Each move brings a key nearer to where it wants to be, so it ends. */
  private settle(): void {
    for (let moved = 1; moved > 0; ) {
      moved = 0;
      this.at.forEach((host, key) => {
        if (host === null) return;
        this.remove(key);
        this.add(key);
        if (this.at[key] !== host) moved++;
      });
    }
  }
}

/** Loads of a host that move when one leaves. */
function movedByHost(given: Case, rings: number): Estimate {
  return estimate(
    Array.from({ length: rings }, (_, ring) => {
      const placement = new Placement(given, ring);
      return placement.movedBy(() => placement.loseHost()) / PER_HOST;
    }),
  );
}

/** Keys that move when one goes, or comes back. */
function movedByKey(given: Case, rings: number): Estimate {
  const keys = 10;
  return estimate(
    Array.from({ length: rings }, (_, ring) => {
      const placement = new Placement(given, ring);
      let moved = 0;
      for (let key = 0; key < keys; key++) {
        moved += placement.movedBy(() => placement.remove(key)) + placement.movedBy(() => placement.add(key));
      }
      return moved / (2 * keys);
    }),
  );
}

/** Two means that do not differ, each known to `within` of it. */
function expectSame(one: Estimate, other: Estimate, within: number): void {
  for (const { mean, bound } of [one, other]) expect(bound / mean).toBeLessThanOrEqual(within);
  expect(Math.abs(one.mean - other.mean), `${one.mean} and ${other.mean}`).toBeLessThan(
    Math.hypot(one.bound, other.bound),
  );
}

/** One mean is certainly at least so many times the other. */
function expectTimes(times: number, more: Estimate, less: Estimate): void {
  expect(more.mean - more.bound, `${more.mean} against ${less.mean}`).toBeGreaterThan(times * (less.mean + less.bound));
}

const walk: WrittenOptions = { system: 'haproxy', hostKey: 'address', hashBalanceFactor: 120 };
const shuffle: WrittenOptions = { system: 'envoy', hashBalanceFactor: 120 };

describe("HAProxy's walk round the ring, slots whole: 12 for every 10 in flight", () => {
  it('moves as much with four times the hosts when one leaves', () => {
    const [few, many] = [50, 200].map((hosts) => movedByHost({ options: walk, hosts }, 120));
    expectSame(few, many, 0.15);
    // What it had itself, at least.
    expect(few.mean + few.bound).toBeGreaterThan(1);
  });

  it('moves as many with four times the hosts when a key goes or comes, and O(1/epsilon^2) of them', () => {
    const [few, many] = [50, 200].map((hosts) => movedByKey({ options: walk, hosts }, 100));
    expectSame(few, many, 0.45);
    // Half the epsilon.
    const tight = movedByKey({ options: { ...walk, hashBalanceFactor: 110 }, hosts: 50 }, 100);
    expect(tight.mean - tight.bound).toBeLessThan(4 * (few.mean + few.bound));
    expect(tight.mean).toBeGreaterThan(few.mean);
  });
});

describe("HAProxy's walk, where slots are no whole number a host", () => {
  it('moves more keys the more hosts there are: the odd slots go by running sums, so one more shifts them all', () => {
    const [few, many] = [30, 120].map((hosts) => movedByKey({ options: walk, hosts, beyond: hosts / 2 }, 40));
    expectTimes(2, many, few);
  });
});

describe("Envoy's shuffle", () => {
  it('deals all that is beyond a bound anew when a host leaves: the more hosts, the more', () => {
    // 11.5 slots a host, which are 12 with and without one: nobody has more or fewer for that.
    const [few, many] = [50, 200].map((hosts) => movedByHost({ options: shuffle, hosts, beyond: -0.4 * hosts }, 60));
    expectTimes(2, many, few);
  });

  it('moves less than one key for each that comes, whatever the number of hosts, over a round that gives each a slot', () => {
    // Then all get one at once, so a single key may move many; the next ones move next to nobody.
    for (const hosts of [30, 120]) {
      const keys = (hosts * 5) / 6;
      const { mean, bound } = estimate(
        Array.from({ length: 1200 / hosts }, (_, ring) => {
          const placement = new Placement({ options: shuffle, hosts }, ring);
          let moved = 0;
          for (let key = 0; key < keys; key++) moved += placement.movedBy(() => placement.add(hosts * PER_HOST + key));
          return moved / keys;
        }),
      );
      expect(mean + bound).toBeLessThan(1);
    }
  });
});
