import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { weightedRoundRobin } from '../../../src/balancer/strategies/weighted_round_robin.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { haproxyMap } from '../../helpers/haproxy_map.ts';
import { hostsOf, pickAnother, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';

const create = (): Strategy => weightedRoundRobin.create({ options: { algorithm: 'static-rr' }, ...ports() });
const hostsOfWeights = (weights: readonly number[]): Host[] => hostsOf(weights.map((weight) => ({ weight })));
const slots = (hosts: readonly Host[], picks: number): number[] => {
  const strategy = rebuilt(create(), hosts);
  return Array.from({ length: picks }, () => hosts.indexOf(pickOf(strategy)));
};

describe('static round robin as in HAProxy', () => {
  test.prop([fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }), fc.nat(255)])(
    'takes the slots of the map in turn',
    (weights, mask) => {
      const hosts = hostsOfWeights(weights);
      const eligible = hosts.filter((_, i) => i === 0 || ((mask >> i) & 1) === 0);
      const strategy = rebuilt(create(), hosts, eligible);
      const map = haproxyMap(hosts, eligible);
      for (const host of [...map, ...map]) expect(pickOf(strategy)).toBe(host);
    },
  );

  test.prop([fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 6 })])(
    'begins with the first host declared, whatever the weights',
    (weights) => {
      // src/lb_map.c promises so, for the sake of backups.
      expect(slots(hostsOfWeights(weights), 1)).toEqual([0]);
    },
  );

  it('goes on at its place on a map that changes, and at the first slot where that is beyond its end', () => {
    const hosts = hostsOfWeights([1, 1, 1, 1]);
    const strategy = rebuilt(create(), hosts);
    const picks = (n: number): number[] => Array.from({ length: n }, () => hosts.indexOf(pickOf(strategy)));
    expect(picks(2)).toEqual([0, 1]);
    rebuilt(strategy, hosts, hosts.slice(1));
    expect(picks(1)).toEqual([3]);
    rebuilt(strategy, hosts);
    // rr_idx is one past the end of the smaller map, which is the last slot of the larger.
    expect(picks(2)).toEqual([3, 0]);
    rebuilt(strategy, hosts, hosts.slice(3));
    expect(picks(2)).toEqual([3, 3]);
    rebuilt(strategy, hosts, hosts.slice(0, 1));
    expect(picks(1)).toEqual([0]);
  });

  it('passes over the slots of hosts that were tried, unless there is no other', () => {
    const hosts = hostsOfWeights([5, 1]);
    const strategy = rebuilt(create(), hosts);
    for (let i = 0; i < 20; i++) {
      const host = pickOf(strategy);
      const other = hosts[0] === host ? hosts[1] : hosts[0];
      expect(pickAnother(strategy, [host])).toBe(other);
    }
    rebuilt(strategy, hosts, hosts.slice(0, 1));
    for (let i = 0; i < 3; i++) expect(pickAnother(strategy, hosts)).toBe(hosts[0]);
    const all = hostsOfWeights([1, 1, 1]);
    const turns = rebuilt(create(), all);
    expect([pickOf(turns), pickAnother(turns, all), pickOf(turns)]).toEqual([all[0], all[0], all[1]]);
  });

  it('divides weights by what divides those of all members, those that cannot be picked included', () => {
    // 4, 2: the map of 2, 1 if all weights are even, that of 4, 2 beside a weight of 1.
    const even = hostsOfWeights([4, 2, 6]);
    const odd = hostsOfWeights([4, 2, 1]);
    expect(haproxyMap(even, even.slice(0, 2))).toHaveLength(3);
    expect(haproxyMap(odd, odd.slice(0, 2))).toHaveLength(6);
    for (const hosts of [even, odd]) {
      const map = haproxyMap(hosts, hosts.slice(0, 2));
      const strategy = rebuilt(create(), hosts, hosts.slice(0, 2));
      for (const host of map) expect(pickOf(strategy)).toBe(host);
      // One slot on, a map of another size has another turn.
      const wider = haproxyMap(hosts);
      for (let i = 0; i < map.length - 1; i++) pickOf(strategy);
      rebuilt(strategy, hosts);
      expect(pickOf(strategy)).toBe(wider[map.length - 1]);
    }
  });

  it.each([
    { given: [640, 2560], whole: [1, 4] },
    // 512 has no place, so 3 of 512 are 1.5 of 256, rounded.
    { given: [512, 3], whole: [256, 2] },
    { given: [0.5, 1.5, 1], whole: [128, 384, 256].map((weight) => Math.round((weight / 384) * 256)) },
    { given: [0.25, 1], whole: [1, 4] },
    { given: [1e-6, 1], whole: [1, 256] },
  ])('scales weights that HAProxy does not take: $given', ({ given, whole }) => {
    expect(slots(hostsOfWeights(given), 600)).toEqual(slots(hostsOfWeights(whole), 600));
  });

  it('shares a map among those that see the same weights, and follows weights that change', () => {
    const [one, other] = [hostsOfWeights([3, 1, 2]), hostsOfWeights([1, 3, 2])];
    const strategy = rebuilt(create(), one);
    for (const host of haproxyMap(one)) expect(pickOf(strategy)).toBe(host);
    rebuilt(strategy, other);
    for (const host of haproxyMap(other)) expect(pickOf(strategy)).toBe(host);
    expect(slots(one, 6)).toEqual(haproxyMap(one).map((host) => one.indexOf(host)));
  });
});
