import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import type { Host } from '../../../src/balancer/host.ts';
import { prequal, reuseLimit } from '../../../src/balancer/strategies/prequal.ts';
import type { LoadProbe } from '../../../src/balancer/strategy.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { type Random, randomStream } from '../../../src/core/random.ts';
import { balancerOf, hostNamed, instance, instancesOf } from '../../helpers/balancing.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { ports } from '../../helpers/ports.ts';

type Done = Parameters<LoadProbe>[1];

/** Hosts a, b, ... whose probes are kept until the test answers them; by default no request sends a probe or removes an answer. */
class Trial {
  readonly clock = new ManualClock(10_000);
  readonly balancer: Balancer;
  /** Ids of the hosts probed, in order. */
  probed = '';
  private done: Done = () => {};
  private readonly hosts: Host[] = [];

  constructor(hosts: number, options: Record<string, number | string> = {}, random: Random = randomStream('prequal')) {
    const probeLoad: LoadProbe = (host, done) => {
      this.probed += host.instance.id;
      this.hosts.push(host);
      this.done = done;
    };
    const strategy = prequal.create({
      options: { probeRate: 0, removeRate: 0, ...options },
      ...ports({ random, clock: this.clock, probeLoad }),
    });
    this.balancer = balancerOf(strategy, Array(hosts).fill(1));
  }

  pick(attempt = 0): string {
    return this.balancer.pick(NO_KEY, attempt)?.instance.id ?? '';
  }

  send(): string {
    const id = this.pick();
    this.balancer.acquire(hostNamed(this.balancer, id));
    return id;
  }

  /** An answer of this host, whether it was asked or not. */
  answer(id: string, rif: number, latencyMs: number): this {
    this.done(hostNamed(this.balancer, id), rif, latencyMs);
    return this;
  }

  answerAll(rif: number, latencyMs: number): void {
    for (const host of this.hosts.splice(0)) this.done(host, rif, latencyMs);
  }
}

/** A trial that has sent one probe, so that answers have an address, and sends no other for the next 999 requests. */
function primed(hosts: number, options: Record<string, number | string> = {}): Trial {
  const trial = new Trial(hosts, { probeRate: 0.001, ...options });
  for (let i = 0; i < 1000; i++) trial.pick();
  expect(trial.probed.length).toBe(1);
  return trial;
}

test('needs somebody who answers probes', () => {
  expect(() => prequal.create({ options: {}, ...ports() })).toThrow(RangeError);
});

describe('the hot-cold rule', () => {
  // Of the RIFs 1, 2, 3, 10 the 0.75 quantile is 3.
  const answers = (trial: Trial): Trial =>
    trial.answer('a', 1, 9).answer('b', 2, 4).answer('c', 3, 8).answer('d', 10, 1);

  test('picks the lowest latency of the cold', () => {
    expect(answers(primed(4, { rifQuantile: 0.75 })).pick()).toBe('b');
  });

  test('goes by requests in flight alone at 0, by latency alone at 100%', () => {
    expect(answers(primed(4, { rifQuantile: 0 })).pick()).toBe('a');
    expect(answers(primed(4, { rifQuantile: 1 })).pick()).toBe('d');
  });

  test('finds nobody hot at 100%, whatever was sent since the answer', () => {
    const trial = primed(2, { rifQuantile: 1 }).answer('a', 0, 1).answer('b', 0, 9);
    expect([trial.send(), trial.send(), trial.send()].join('')).toBe('aaa');
  });

  test('picks the fewest in flight where all are hot', () => {
    const trial = primed(4, { rifQuantile: 0.5 });
    // The last 128 answers were all 0, so whoever has something in flight is hot.
    for (let i = 0; i < 128; i++) trial.answer('d', 0, 1);
    trial.answer('a', 5, 1).answer('b', 3, 9).answer('c', 4, 1);
    expect(trial.pick()).toBe('d');
    trial.answer('d', 6, 1);
    expect(trial.pick()).toBe('b');
  });

  test('the oldest answer wins among equals', () => {
    expect(primed(3).answer('c', 1, 5).answer('a', 1, 5).answer('b', 1, 5).pick()).toBe('c');
  });

  test('counts what was sent since the answer', () => {
    // The quantile is 1: with a second request a is hot.
    const trial = primed(2, { rifQuantile: 1 - 1e-9 })
      .answer('a', 0, 1)
      .answer('b', 1, 9);
    expect([trial.send(), trial.send(), trial.send()].join('')).toBe('aab');
    // A newer answer counts by itself.
    expect(trial.answer('a', 0, 1).send()).toBe('a');
  });
});

describe('the pool', () => {
  test('with fewer than two answers is not used', () => {
    const trial = primed(2).answer('b', 0, 1);
    const ids = Array.from({ length: 100 }, () => trial.pick());
    expect(new Set(ids)).toEqual(new Set(['a', 'b']));
    trial.answer('a', 0, 9);
    expect(new Set(Array.from({ length: 100 }, () => trial.pick()))).toEqual(new Set(['b']));
  });

  test('holds the latest answer of each host, and lets go of the oldest when full', () => {
    const trial = primed(4, { poolSize: 2, rifQuantile: 1 });
    trial.answer('a', 0, 1).answer('a', 0, 8).answer('b', 0, 9);
    expect(trial.pick()).toBe('a');
    trial.answer('c', 0, 99);
    // a is gone.
    expect(trial.pick()).toBe('b');
  });

  test('lets go of answers older than probeAge', () => {
    const trial = primed(3, { probeAge: 100 }).answer('a', 0, 1);
    trial.clock.advance(60);
    trial.answer('b', 0, 2).answer('c', 0, 3);
    trial.clock.advance(40);
    expect(trial.pick()).toBe('a');
    trial.clock.advance(1);
    expect(trial.pick()).toBe('b');
  });

  test('lets go of hosts that may not be picked, and does not hear them', () => {
    const trial = primed(4).answer('a', 0, 1).answer('b', 0, 2).answer('c', 0, 3);
    trial.balancer.setHealthy(hostNamed(trial.balancer, 'a'), false);
    expect(trial.pick()).toBe('b');
    trial.answer('a', 0, 1);
    expect(trial.pick()).toBe('b');
    trial.balancer.setHealthy(hostNamed(trial.balancer, 'a'), true);
    expect(trial.pick()).toBe('b');
    trial.balancer.update(instancesOf([1, 0, 1, 1]));
    expect(trial.pick()).not.toBe('b');
  });

  test('does not take a host for another that had its slot', () => {
    const trial = primed(3).answer('a', 0, 1).answer('b', 0, 2).answer('c', 0, 3);
    const late = hostNamed(trial.balancer, 'a');
    trial.balancer.update([instance('b'), instance('c')]);
    trial.balancer.update([instance('b'), instance('c'), instance('z')]);
    expect(trial.pick()).toBe('b');
    expect(hostNamed(trial.balancer, 'z').slot).toBe(late.slot);
  });

  test('lets go of the oldest and the worst in turn', () => {
    const trial = primed(6, { removeRate: 1, rifQuantile: 0.6 });
    // Let it be the turn of the oldest: the 1000 requests found nothing to remove. RIFs 0 to 5: the quantile is 3.
    trial.answer('a', 0, 1).answer('b', 1, 2).answer('c', 2, 3).answer('d', 3, 4).answer('e', 5, 5).answer('f', 4, 6);
    const picks = [trial.pick()]; // a, and then the oldest goes: a
    picks.push(trial.pick()); // b, and then the worst: e, the hot one with the most in flight
    picks.push(trial.pick()); // b, and then the oldest: b
    picks.push(trial.pick()); // c, and then the worst: f, the last hot one
    picks.push(trial.pick()); // c, and then the oldest: c. Left: d
    expect(picks.join('')).toBe('abbcc');
    // d and an answer that is cold as well: the worst is the slower one, d, and then there are too few to choose.
    trial.answer('a', 0, 9).answer('b', 0, 2);
    expect(trial.pick()).toBe('b');
    const rest = Array.from({ length: 20 }, () => {
      trial.answer('d', 0, 1).answer('b', 0, 2);
      return trial.pick();
    });
    expect(new Set(rest)).toEqual(new Set(['d']));
  });
});

describe('probes', () => {
  test('go to hosts drawn without replacement, never more than there are', () => {
    const trial = new Trial(5, { probeRate: 3 });
    for (let i = 0; i < 200; i++) {
      trial.probed = '';
      trial.pick();
      expect(new Set(trial.probed).size).toBe(3);
    }
    const few = new Trial(2, { probeRate: 3 });
    few.pick();
    expect([...few.probed].toSorted().join('')).toBe('ab');
  });

  test('are spread uniformly', () => {
    const trial = new Trial(5, { probeRate: 2 });
    const requests = 5000;
    for (let i = 0; i < requests; i++) trial.pick();
    for (const id of 'abcde') {
      const count = [...trial.probed].filter((other) => other === id).length;
      // Each request asks a host with probability 2/5: binomial, 4.8 standard deviations.
      expect(Math.abs(count - requests * 0.4)).toBeLessThan(4.8 * Math.sqrt(requests * 0.4 * 0.6));
    }
  });

  test.each([0.5, 1.5, 2.25, 0.1])('at a rate of %d keep to it after every request', (probeRate) => {
    const trial = new Trial(5, { probeRate });
    for (let k = 1; k <= 100; k++) {
      trial.pick();
      expect(trial.probed.length).toBe(Math.floor(k * probeRate));
    }
  });

  test('are not sent again when a host was turned down', () => {
    const trial = new Trial(5, { probeRate: 3 });
    trial.pick(0);
    trial.pick(1);
    expect(trial.probed.length).toBe(3);
  });

  test('are not used by the request that sends them', () => {
    // A pool of answers that come at once: the first pick is random whatever they say.
    const clock = new ManualClock();
    const first = Array.from({ length: 40 }, (_, seed) => {
      const probeLoad: LoadProbe = (host, done) => done(host, 0, host.instance.id === 'a' ? 1 : 2);
      const strategy = prequal.create({
        options: { probeRate: 2 },
        ...ports({ random: randomStream(`${seed}`), clock, probeLoad }),
      });
      return balancerOf(strategy, [1, 1]).pick(NO_KEY, 0)?.instance.id;
    });
    expect(new Set(first)).toEqual(new Set(['a', 'b']));
  });

  test('are not sent to a lone host', () => {
    const trial = new Trial(1, { probeRate: 3 });
    expect(trial.pick()).toBe('a');
    expect(trial.probed).toBe('');
  });
});

describe('the limit of reuse', () => {
  const paper = { poolSize: 16, delta: 1 };

  test('is none where answers leave as fast as they come', () => {
    expect(reuseLimit({ ...paper, probeRate: 3, removeRate: 1 }, 16)).toBe(Infinity);
    expect(reuseLimit({ ...paper, probeRate: 3, removeRate: 1 }, 5)).toBe(Infinity);
    expect(reuseLimit({ ...paper, probeRate: 3, removeRate: 1 }, 24)).toBe(Infinity);
  });

  test('is rounded at random with its mean', () => {
    // (1 + 1.5) / ((1 - 2/4) x 2 - 0) = 2.5.
    const trial = new Trial(4, { poolSize: 2, probeRate: 2, delta: 1.5 });
    const uses: number[] = [];
    for (let i = 0; i < 2000; i++) {
      trial.pick();
      trial.answer('a', 0, 1).answer('b', 0, 5);
      let count = 0;
      while (trial.pick(1) === 'a' && count < 4) count++;
      uses.push(count);
    }
    // Once a is used up b stands alone and picks are random: a again with probability 1/4, four at most in all. So with
    // 2 uses 1/4 + 1/16 more on average, with 3 uses 1/4. Values from 2 to 4 have a variance of 1 at most.
    const mean = uses.reduce((sum, count) => sum + count, 0) / uses.length;
    expect(Math.abs(mean - 2.5 - (5 / 16 + 1 / 4) / 2)).toBeLessThan(4.8 / Math.sqrt(uses.length));
    expect(Math.min(...uses)).toBe(2);
  });
});

interface NaiveAnswer {
  host: number;
  rif: number;
  latency: number;
  at: number;
  uses: number;
}

test('picks as the rules written out on a plain list do', () => {
  const step = fc.record({
    what: fc.constantFrom('pick', 'pick', 'answer', 'answer', 'answer', 'wait'),
    host: fc.nat(5),
    rif: fc.nat(4),
    latency: fc.integer({ min: 1, max: 6 }),
  });
  const rates = fc.record({
    poolSize: fc.integer({ min: 2, max: 5 }),
    removeRate: fc.constantFrom(0, 0.3, 1),
    rifQuantile: fc.constantFrom(0, 0.5, 0.84, 1),
    atQuantile: fc.constantFrom('cold', 'hot'),
    probeRate: fc.constantFrom(0.7, 2),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), rates, fc.nat(), (steps, options, seed) => {
      const trial = new Trial(6, options, randomStream(`${seed}`));
      const random = randomStream(`${seed}`);
      const order = [0, 1, 2, 3, 4, 5];
      const limit = reuseLimit({ ...options, delta: 1 }, 6);
      const seen: number[] = [];
      let pool: NaiveAnswer[] = [];
      let probed = '';
      let requests = 0;
      let removals = 0;
      const isHot = ({ rif: inFlight }: NaiveAnswer): boolean => {
        if (options.rifQuantile === 0 || options.rifQuantile === 1) return options.rifQuantile === 0;
        const sorted = seen.toSorted((a, b) => a - b);
        const quantile = sorted[Math.ceil(options.rifQuantile * sorted.length) - 1];
        return inFlight > quantile || (inFlight === quantile && options.atQuantile === 'hot');
      };
      const by = (figure: (answer: NaiveAnswer) => number) => (a: NaiveAnswer, b: NaiveAnswer) => figure(a) - figure(b);
      for (const { what, host, rif, latency } of steps) {
        if (what === 'wait') trial.clock.advance(latency * 100);
        else if (what === 'answer' && probed !== '') {
          seen.push(rif);
          const whole = Math.floor(limit);
          const uses =
            limit === Infinity ? Infinity : limit > whole && random.unit() < limit - whole ? whole + 1 : whole;
          if (pool.some((answer) => answer.host === host)) pool = pool.filter((answer) => answer.host !== host);
          else if (pool.length === options.poolSize) pool.shift();
          pool.push({ host, rif, latency, at: trial.clock.now(), uses });
          trial.answer('abcdef'[host], rif, latency);
        } else if (what === 'pick') {
          pool = pool.filter((answer) => trial.clock.now() - answer.at <= 1000);
          let expected: number;
          if (pool.length < 2) expected = random.int(6);
          else {
            const cold = pool.filter((answer) => !isHot(answer));
            const best =
              cold.length > 0
                ? cold.toSorted(by((answer) => answer.latency))[0]
                : pool.toSorted(by((answer) => answer.rif))[0];
            expected = best.host;
            best.uses--;
            pool = pool.filter((answer) => answer.uses > 0);
          }
          const k = requests++;
          const during = (rate: number): number => Math.floor((k + 1) * rate) - Math.floor(k * rate);
          for (let i = 0; i < during(options.removeRate) && pool.length > 0; i++) {
            const hot = pool.filter(isHot);
            const worst =
              hot.length > 0
                ? hot.toSorted(by((answer) => -answer.rif))[0]
                : pool.toSorted(by((answer) => -answer.latency))[0];
            const gone = removals++ % 2 === 0 ? pool[0] : worst;
            pool = pool.filter((answer) => answer !== gone);
          }
          for (let i = 0; i < Math.min(6, during(options.probeRate)); i++) {
            const j = i + random.int(6 - i);
            [order[i], order[j]] = [order[j], order[i]];
            probed += 'abcdef'[order[i]];
          }
          expect(trial.send()).toBe('abcdef'[expected]);
          for (const answer of pool) if (answer.host === expected) answer.rif++;
          expect(trial.probed).toBe(probed);
        }
      }
    }),
    { numRuns: 300 },
  );
});
