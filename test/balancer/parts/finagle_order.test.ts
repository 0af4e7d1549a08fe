import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { SubsettingChoice } from '../../../src/balancer/load_balancer.ts';
import { FinagleOrder } from '../../../src/balancer/parts/finagle_order.ts';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { randomStream } from '../../../src/core/random.ts';
import { balancerWith } from '../../helpers/balancing.ts';
import { hostsOf } from '../../helpers/hosts.ts';

const ordered = (addresses: readonly string[]): string[] =>
  new FinagleOrder().of(hostsOf(addresses.map((address) => ({ address })))).map(({ instance }) => instance.address);

// By Finagle's own Address.hashOrdering (twitter/finagle, commit 4feb34cb), of its default seed.
test.each<[string, string]>([
  [
    'the addresses that scenarios make up',
    '3 4 22 19 10 23 13 17 1 15 6 12 18 2 14 11 21 20 24 7 9 8 5 16'.replace(/\d+/g, '10.0.0.$&:8080'),
  ],
  [
    'one IP by ports',
    '10.0.0.1:8080 10.0.0.2:8080 127.0.0.1:8082 127.0.0.1:80 127.0.0.1:0 127.0.0.1:65535 127.0.0.1:8080 127.0.0.1:8081',
  ],
  [
    'IPv6, and IPv4 within it',
    '[::1]:80 10.0.0.1:1 [fe80::]:79 255.255.255.255:1 [1:2:0:1:1:1:1:1]:80 9.0.0.1:79 9.0.0.1:81 [::ffff:9.0.0.1]:80 [2001:db8::a]:80 [1:2::3:3:3:3]:80 200.100.0.1:7',
  ],
  [
    'any IPv4',
    '182.80.215.221:44852 18.193.48.87:61056 90.92.247.126:29134 156.11.199.2:2584 191.0.100.198:54722 65.105.253.49:27235 178.121.151.65:39277 178.21.175.237:7163 187.163.191.2:22826 125.229.190.181:37299 26.249.112.71:34248 233.244.28.169:39452 152.26.238.152:5860 252.129.82.239:23257 65.133.87.37:37541 90.243.30.64:55699 97.159.197.159:14414 236.50.189.155:59903 220.118.197.114:29506 164.29.200.189:38598',
  ],
])('%s', (_name, expected) => {
  const addresses = expected.split(' ');
  expect(ordered(addresses.toSorted())).toEqual(addresses);
});

test('names last, as they come', () => {
  const given = ['b:80', 'a:80', '10.0.0.22:8080', '10.0.0.3:8080', '1.2.3:80'];
  expect(ordered(given)).toEqual(['10.0.0.3:8080', '10.0.0.22:8080', 'b:80', 'a:80', '1.2.3:80']);
});

propertyTest.prop([fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }), fc.infiniteStream(fc.boolean())])(
  'those that can be picked are in the order of all',
  (places, up) => {
    const hosts = hostsOf(places.map((place) => ({ address: `10.0.0.${place}:80` })));
    const some = hosts.filter(() => up.next().value);
    const order = new FinagleOrder();
    expect(order.among(hosts, some)).toEqual(order.of(hosts).filter((host) => some.includes(host)));
  },
);

describe('the order of the registry does not matter to', () => {
  const within = (name: string): SubsettingChoice => ({ name, options: {} });
  const places = Array.from({ length: 9 }, (_, i) => i);

  test.each<[string, WrittenOptions, SubsettingChoice | null]>([
    ['least-request', { replacement: false, weights: 'ignore' }, null],
    ['least-request', { replacement: false, weights: 'ignore', maxEffort: 4 }, null],
    ['least-request', { replacement: false, weights: 'classes' }, null],
    ['least-request', { algorithm: 'finagle-heap' }, null],
    ['least-request', { algorithm: 'finagle-aperture' }, null],
    ['least-request', { algorithm: 'finagle-aperture', maxEffort: 4 }, within('deterministic-aperture')],
    ['least-request', { algorithm: 'finagle-aperture' }, within('random-aperture')],
    ['peak-ewma', {}, null],
    ['peak-ewma', { weights: 'classes', maxEffort: 4 }, null],
    ['peak-ewma', { weighted: true }, within('deterministic-aperture')],
    ['peak-ewma', { weighted: true, maxEffort: 2 }, within('random-aperture')],
  ])('%s of %j within %j', (name, options, subsetting) => {
    fc.assert(
      fc.property(fc.shuffledSubarray(places, { minLength: 1 }), fc.nat(8), (shuffled, down) => {
        expect(picks(shuffled, down)).toEqual(
          picks(
            shuffled.toSorted((a, b) => a - b),
            down,
          ),
        );
      }),
    );

    function picks(listed: readonly number[], down: number): (string | null)[] {
      const random = randomStream('finagle');
      const strategy = strategyNamed(name).withOptions(options);
      const place = { zone: null, index: 1, count: 3, peersByZone: new Map() };
      const balancer = balancerWith({ strategy, subsetting, place, random });
      balancer.update(
        listed.map((i) => ({ id: `${i}`, address: `10.0.0.${i}:8080`, zone: null, weight: 1 + (i % 2) })),
      );
      for (const host of balancer.members) if (host.instance.id === `${down}`) balancer.setHealthy(host, false);
      return Array.from({ length: 12 }, () => {
        const host = balancer.pick(NO_KEY, 0);
        if (host !== null) balancer.acquire(host);
        return host?.instance.id ?? null;
      });
    }
  });
});
