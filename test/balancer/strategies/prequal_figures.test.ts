import { describe, expect, test } from 'vitest';
import { prequal, reuseLimit } from '../../../src/balancer/strategies/prequal.ts';
import type { LoadProbe, Strategy } from '../../../src/balancer/strategy.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { type Random, randomStream } from '../../../src/core/random.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

// The figures of Wydrowski et al., Load is not what you should balance: Introducing Prequal, NSDI 2024: its section 4
// (design), the parameters of its experiments (section 5) and what sections 5.1 to 5.3 set them to.

const DEFAULTS = Object.fromEntries(Object.entries(prequal.options).map(([name, { default: value }]) => [name, value]));

test('the defaults are the parameters of section 5', () => {
  expect(DEFAULTS).toMatchObject({ poolSize: 16, probeAge: 1000, delta: 1, removeRate: 1, probeRate: 3 });
  // 2^-0.25, about 0.84: the same one of 128 answers.
  const { rifQuantile } = DEFAULTS as { rifQuantile: number };
  expect(rifQuantile).toBeCloseTo(2 ** -0.25, 2);
  expect(Math.ceil(128 * rifQuantile)).toBe(Math.ceil(128 * 2 ** -0.25));
});

// Equation 1 with pool 16, delta 1 and 100 replicas: the parameters of section 5, and the probe rates of section 5.3, from
// 4 down to 1/2 in six steps of the root of 2 with 1/4 removed a query.
test.each([
  { probeRate: 3, removeRate: 1, limit: 25 / 19 },
  { probeRate: 4, removeRate: 0.25, limit: 1 },
  { probeRate: 2 * Math.SQRT2, removeRate: 0.25, limit: 1 },
  { probeRate: 2, removeRate: 0.25, limit: 200 / 143 },
  { probeRate: Math.SQRT2, removeRate: 0.25, limit: 2.1323 },
  { probeRate: 1, removeRate: 0.25, limit: 200 / 59 },
  { probeRate: Math.SQRT1_2, removeRate: 0.25, limit: 5.8145 },
  { probeRate: 0.5, removeRate: 0.25, limit: 200 / 17 },
])('$probeRate probes and $removeRate removals a query let an answer be used $limit times', ({ limit, ...rates }) => {
  expect(reuseLimit({ poolSize: 16, delta: 1, ...rates }, 100)).toBeCloseTo(limit, 4);
});

/** One hundred replicas, h0 to h99, as in section 5, whose answers the test gives when it likes. */
class Client {
  readonly clock = new ManualClock();
  readonly probed: string[] = [];
  private readonly hosts = hostsOf(new Array(100).fill({}));
  private readonly strategy: Strategy;
  private done: Parameters<LoadProbe>[1] = () => {};

  constructor(random: Random, options: WrittenOptions = {}) {
    const probeLoad: LoadProbe = (host, done) => {
      this.probed.push(host.instance.id);
      this.done = done;
    };
    this.strategy = rebuilt(
      prequal.create({ options, ...ports({ random, clock: this.clock, probeLoad }) }),
      this.hosts,
    );
  }

  /** A query is sent. */
  send(): string {
    const host = pickOf(this.strategy);
    this.strategy.onStart(host);
    return host.instance.id;
  }

  answer(place: number, rif: number, latencyMs: number): void {
    this.done(this.hosts[place], rif, latencyMs);
  }
}

test('section 4, step by step', () => {
  // An answer may be used 25/19 times: its first draw is below 6/19 x 2^32 for a second use.
  const [twice, once] = [
    [1356305461, 0],
    [1356305462, 0],
  ];
  const probes = [0, 0, 0];
  const draws = [
    ...[41, 99, 98, 97],
    ...Array.from({ length: 20 }, (_, place) => (place === 7 || place === 8 ? twice : once)).flat(),
    ...Array.from({ length: 5 }, () => probes).flat(),
    ...[77, ...probes, ...once],
    ...[13, ...probes, ...once, ...once, ...once],
    ...probes,
  ];
  const client = new Client(scriptedRandom(draws));
  // Nothing is known: anyone. Three probes, drawn without replacement.
  expect(client.send()).toBe('h41');
  expect(client.probed).toEqual(['h99', 'h0', 'h1']);
  // Twenty answers. The pool holds the last 16, those of h4 to h19; the estimate of the distribution knows all. In it 17 of
  // 20, which is 0.84 of them rounded up, have 5 or less: hot are the last three.
  for (let place = 0; place < 4; place++) client.answer(place, 1, 1);
  for (let place = 4; place < 17; place++) client.answer(place, 5, [90, 70, 60, 65][place - 4] ?? 100 + place);
  for (let place = 17; place < 20; place++) client.answer(place, place - 9, 2);
  // The cold one of the lowest latency. With this use it goes, and so does the oldest: h4.
  expect(client.send()).toBe('h6');
  // It stays for a second use, but with what was just sent there it has 6: hot. The worst goes: h19 with 10.
  expect(client.send()).toBe('h7');
  // And the oldest, h7.
  expect(client.send()).toBe('h5');
  // And the worst, h18.
  expect(client.send()).toBe('h8');
  // And the oldest, h8.
  expect(client.send()).toBe('h9');
  // All others are too old: anyone, and no answer to remove.
  client.clock.advance(1001);
  expect(client.send()).toBe('h77');
  // A single answer is no choice. It goes, as the worst.
  client.answer(52, 20, 1);
  expect(client.send()).toBe('h13');
  // The 21st of 24 has 20, so all are hot: the fewest in flight, whatever the latency.
  client.answer(50, 22, 1);
  client.answer(51, 21, 99);
  client.answer(53, 23, 1);
  expect(client.send()).toBe('h51');
});

describe('the RIF limit quantile, section 5.3', () => {
  /** Who is picked of four that have answered. */
  const picked = (options: WrittenOptions): string => {
    const client = new Client(randomStream('prequal'), { removeRate: 0, ...options });
    client.send();
    client.answer(1, 2, 40);
    client.answer(2, 2, 30);
    client.answer(3, 8, 20);
    client.answer(4, 8, 10);
    return client.send();
  };

  test('at 0 is control by requests in flight only', () => {
    // The latency of h2 is lower, and it has as many: the one that answered first, a rule of ours.
    expect(picked({ rifQuantile: 0 })).toBe('h1');
  });

  test('at 0.999 counts those that share the maximum as hot', () => {
    expect(picked({ rifQuantile: 0.999, atQuantile: 'hot' })).toBe('h2');
  });

  test('at 1 is control by latency only', () => {
    expect(picked({ rifQuantile: 1, atQuantile: 'hot' })).toBe('h4');
  });

  test('by the words of section 4 only more than the maximum is hot', () => {
    expect(picked({ rifQuantile: 0.999 })).toBe('h4');
  });
});
