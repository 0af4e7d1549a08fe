import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { ringHash } from '../../../src/balancer/strategies/ring_hash.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { haproxyHash } from '../../../src/core/hash/haproxy_hash.ts';
import { keyHashes } from '../../../src/core/hash/key_hashes.ts';
import { avalanche, sdbm } from '../../../src/core/hash/sdbm.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { balancerOf } from '../../helpers/balancing.ts';
import { byId, fromNearest, tree } from '../../helpers/haproxy_tree.ts';
import { hostsOf, pickAnother, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';

const create = (options: WrittenOptions = {}): Strategy =>
  ringHash.create({ options: { system: 'haproxy', ...options }, ...ports() });

const hashOf = (key: number): number => avalanche(sdbm(String(key)));
const keys = Array.from({ length: 60 }, (_, key) => key);
const weightsArbitrary = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 });

describe('ring hash as in HAProxy', () => {
  test.prop([weightsArbitrary, fc.nat()])('takes the nearest point, then others clockwise', (weights, mask) => {
    const hosts = hostsOf(weights.map((weight) => ({ weight })));
    const eligible = hosts.filter((_, i) => i === 0 || ((mask >> i) & 1) === 0);
    const strategy = rebuilt(create(), hosts, eligible);
    const points = tree(eligible, byId);
    for (const key of keys) {
      [...new Set(fromNearest(points, hashOf(key)))].forEach((host, attempt) => {
        expect(pickOf(strategy, key, attempt)).toBe(host);
      });
    }
  });

  test.prop([weightsArbitrary, fc.array(fc.nat(5)), fc.integer({ min: 101, max: 250 })])(
    'passes hosts over whose slots are full',
    (weights, inFlight, factor) => {
      const hosts = hostsOf(weights.map((weight) => ({ weight })));
      hosts.forEach((host, i) => {
        host.inFlight = inFlight[i] ?? 0;
      });
      const strategy = rebuilt(create({ hashBalanceFactor: factor }), hosts);
      const points = tree(hosts, byId);
      // chash_server_is_eligible, in 64 bits.
      const served = hosts.reduce((sum, host) => sum + host.inFlight, 0);
      const slots = Math.floor(((served + 1) * factor + 99) / 100);
      const total = points.length;
      const eligible = hosts.filter((host, i) => {
        const weight = 16 * host.weight;
        const before = hosts.slice(0, i).reduce((sum, other) => sum + 16 * other.weight, 0);
        const rest = slots % total;
        let own = weight * Math.floor(slots / total);
        own += Math.floor(((before + weight) * rest) / total) - Math.floor((before * rest) / total);
        return host.inFlight < Math.max(own, 1);
      });
      for (const key of keys) {
        const expected = fromNearest(points, hashOf(key)).find((host) => eligible.includes(host));
        expect(pickOf(strategy, key)).toBe(expected);
      }
    },
  );

  it('takes the point before where the one after is as near', () => {
    const hosts = hostsOf([{}, {}, {}]);
    const points = tree(hosts, byId);
    const at = points.findIndex((point, i) => {
      const next = points[i + 1];
      return next !== undefined && point.host !== next.host && (next.at - point.at) % 2 === 0;
    });
    const middle = (points[at].at + points[at + 1].at) / 2;
    const keyText = (key: number): string => String(key);
    const table = keyHashes(keyText, haproxyHash('sdbm', true));
    for (const key of [0, 1]) table.low[table.at(key)] = middle + key;
    const strategy = rebuilt(ringHash.create({ options: { system: 'haproxy' }, ...ports({ keyText }) }), hosts);
    expect([0, 1].map((key) => pickOf(strategy, key))).toEqual([points[at].host, points[at + 1].host]);
  });

  it('keeps the points of servers when another leaves, and gives its number to the next', () => {
    const hosts = hostsOf(Array(6).fill({}));
    const strategy = rebuilt(create(), hosts);
    const before = keys.map((key) => pickOf(strategy, key));
    const left = hosts.filter((_, i) => i !== 2);
    rebuilt(strategy, left);
    keys.forEach((key, i) => {
      if (before[i] !== hosts[2]) expect(pickOf(strategy, key)).toBe(before[i]);
    });
  });

  it('computes points from addresses, whatever the order', () => {
    const hosts = hostsOf([{ address: '10.0.0.1:80' }, { address: '192.168.7.200:65535' }, { address: '10.0.0.1:81' }]);
    const strategy = rebuilt(create({ hostKey: 'address' }), hosts.toReversed());
    // hash-key addr-port: the avalanche of the port, then that of it and the address as it lies in memory.
    const serverKeys = [
      avalanche((avalanche(80) + 0x0100000a) >>> 0),
      avalanche((avalanche(65535) + 0xc807a8c0) >>> 0),
      avalanche((avalanche(81) + 0x0100000a) >>> 0),
    ];
    const points = tree(hosts, (host) => serverKeys[host.slot]);
    for (const key of keys) expect(pickOf(strategy, key)).toBe(fromNearest(points, hashOf(key))[0]);
  });

  // chash_compute_server_key and the hashes of 3.5-dev5 (commit 50872daa6), compiled by themselves, for keys 0 to 59.
  it.each([
    ['id32', [1, 1, 1], 'ccacccccbaccbbbcbcacbabccbabcacbcaaaaabcbbaacaaccacaacabcbab'],
    ['id32', [1, 2, 3], 'bcbccccccaccbbbcccacbcbbcbcbcccbcbbbaabcbbcbccaccacaccbcccab'],
    ['addr', [1, 1, 1], 'bccccbbbabccaaabacbacaaaabbbcbbacbabacccabbacabccbabacaaabbb'],
    ['addr', [1, 2, 3], 'ccccccbbacccccccacbbcbaacbbbcbcccbabccbcbbbacabcccccacabacbb'],
    ['address', [1, 1, 1], 'bbbbaabcabbccaabaccaacaababbacbabcaabaaacabaccccbaaabaaacbcc'],
    ['address', [1, 2, 3], 'bbcbccbcabbccbcbabccacccbabbccbcbccabcaccbbacbbbbababccbbbcb'],
    // Of c none is known, so that its id counts.
    ['guid', [1, 1, 1], 'ccabcbaaaabbbbaccbacbccbbcbabccabcbcbbbccbbccababcbcbcbbaaaa'],
    ['guid', [1, 2, 3], 'cccbcbacabbccbacbcacbbcbccbbbbcabcccbbbcccbcbabcbcbcbccbcaab'],
  ])('hash-key %s, weights %j: %s', (hostKey, weights, picks) => {
    const hosts = hostsOf([
      { id: 'a', address: '127.0.0.1:9101', weight: weights[0], metadata: { guid: 'orders-1' } },
      { id: 'b', address: '10.0.0.2:9102', weight: weights[1], metadata: { guid: 'orders:2' } },
      { id: 'c', address: '192.168.7.200:9103', weight: weights[2], metadata: { guid: '' } },
    ]);
    const strategy = rebuilt(create({ hostKey }), hosts);
    expect(keys.map((key) => pickOf(strategy, key).instance.id).join('')).toBe(picks);
  });

  // The same code, its XXH32 of the 16 bytes of an IPv6 address included.
  it.each([
    ['addr', 'cccbacbcbcacbbcbccccabccccccbabababccacabbccbbccbccccacbbccb'],
    ['address', 'cbcbccbcccbbbbbbbbacaacbbccbcacbbccacbacaccbcabbbbcbccccabab'],
  ])('hash-key %s of IPv6 addresses, however they are written: %s', (hostKey, picks) => {
    const hosts = hostsOf([
      { id: 'a', address: '[2001:DB8:0:0::1]:9101', weight: 1 },
      { id: 'b', address: '[::1]:9102', weight: 2 },
      { id: 'c', address: '[fe80::a:b]:9103', weight: 3 },
    ]);
    const strategy = rebuilt(create({ hostKey }), hosts);
    expect(keys.map((key) => pickOf(strategy, key).instance.id).join('')).toBe(picks);
  });

  // chash_server_is_eligible of 3.5-dev5 (commit 50872daa6), compiled by itself, over servers of ids 1 to 5, for keys 0 to
  // 29: the sums of weights that precede a server are those of the start (recount_servers), whoever has failed since.
  describe('bounded load', () => {
    const weights = [1, 2, 3, 1, 2];
    const busy = [1, 2, 3, 0, 1];
    const picksOf = (strategy: Strategy, count: number, attempt = 0): string =>
      keys
        .slice(0, count)
        .map((key) => pickOf(strategy, key, attempt).instance.id)
        .join('');

    it.each([
      ['', busy, 114, 'eedeeeeddeeedeeeeeeeeededdeeed'],
      ['', busy, 127, 'ecdcceecdcccceeccccceccedceeec'],
      ['', busy, 140, 'ecdcceecdccbcbeccbbcecbebceeec'],
      ['a', busy, 127, 'eedeeedddeeedeeeeeeeeededdeeed'],
      ['a', busy, 140, 'ecdccedcccccceeccccceccedceeec'],
      ['ac', busy, 140, 'eedeeedddeeedeeeeeeeeededdeeed'],
      // By sums over those that are left it would be eedeeedddeeedeeeeeeeeededdeeed both times.
      ['a', [0, 1, 1, 0, 0], 114, 'ecdccedcccccceeccccceccedceeec'],
      ['a', [0, 1, 2, 0, 0], 127, 'eedeeedddeebbbebbbbbebbebdeeed'],
    ])('without %j, %j in flight, factor %i: %s', (failed, inFlight, factor, picks) => {
      const hosts = hostsOf(weights.map((weight, i) => ({ id: 'abcde'[i], weight })));
      const able = hosts.filter((host) => !failed.includes(host.instance.id));
      const strategy = rebuilt(create({ hashBalanceFactor: factor }), hosts);
      hosts.forEach((host, i) => {
        if (!able.includes(host)) return;
        host.inFlight = inFlight[i];
        for (let attempt = 0; attempt < inFlight[i]; attempt++) strategy.onStart(host);
      });
      expect(picksOf(rebuilt(strategy, hosts, able), 30)).toBe(picks);
      // Those that are down before the first pick count as well.
      expect(picksOf(rebuilt(create({ hashBalanceFactor: factor }), hosts, able), 30)).toBe(picks);
    });

    it('counts the sums of servers that are added later from 0', () => {
      const hosts = hostsOf([...'abcd'].map((id) => ({ id })));
      const strategy = rebuilt(create({ hashBalanceFactor: 101 }), hosts.slice(0, 2));
      for (const host of hosts) {
        host.inFlight = 1;
        strategy.onStart(host);
      }
      expect(picksOf(rebuilt(strategy, hosts), 30)).toBe('b'.repeat(30));
    });

    it('ends at the last point of the tree where nobody else has room', () => {
      const hosts = hostsOf([...'abc'].map((id) => ({ id })));
      hosts[1].inFlight = 9;
      hosts[2].inFlight = 9;
      const strategy = rebuilt(create({ hashBalanceFactor: 101 }), hosts);
      expect(picksOf(strategy, 30)).toBe('a'.repeat(30));
      expect(picksOf(strategy, 30, 1)).toBe('b'.repeat(30));
    });
  });

  it('sends all to the first and the last of one address where the port does not count', () => {
    const addresses = ['10.0.0.1:80', '10.0.0.1:81', '10.0.0.1:82'];
    const picked = (hostKey: string) => {
      const strategy = rebuilt(create({ hostKey }), hostsOf(addresses.map((address) => ({ address }))));
      return new Set(keys.map((key) => pickOf(strategy, key).slot));
    };
    expect(picked('addr')).toEqual(new Set([0, 2]));
    expect(picked('address').size).toBe(3);
  });

  it('tells names apart as it tells addresses apart', () => {
    const strategy = create({ hostKey: 'address' });
    const hosts = hostsOf([{ address: 'orders-1:80' }, { address: 'orders-2:80' }, { address: '[::1]:80' }]);
    rebuilt(strategy, hosts);
    expect(new Set(keys.map((key) => pickOf(strategy, key))).size).toBe(3);
  });

  it('sends a key where it will always send it from its first pick on, however many keys are new', () => {
    const balancer = balancerOf(ringHash.withOptions({ system: 'haproxy' }), [1, 1, 1, 1, 1]);
    for (let key = 0; key < 5000; key++) {
      const first = balancer.pick(key, 0);
      expect(balancer.pick(key, 0), `key ${key}`).toBe(first);
    }
  });

  it('takes the points in turn without a key', () => {
    const hosts = hostsOf([{ weight: 1 }, { weight: 2 }, { weight: 3 }]);
    const points = tree(hosts, byId);
    const strategy = rebuilt(create(), hosts);
    for (const { host } of [...points, ...points]) expect(pickOf(strategy, NO_KEY)).toBe(host);
  });

  it('goes on where it was when its point disappears, as HAProxy does, one point later', () => {
    const hosts = hostsOf(Array(3).fill({}));
    const points = tree(hosts, byId);
    const strategy = rebuilt(create(), hosts);
    for (let i = 0; i < 5; i++) pickOf(strategy, NO_KEY);
    // chash_skip_node: the next point left becomes the last used, and the pick takes the one after.
    const gone = points[4].host;
    const left = points.map((point, i) => ({ ...point, i })).filter(({ host }) => host !== gone);
    const next = left.findIndex(({ i }) => i > 4);
    rebuilt(
      strategy,
      hosts.filter((host) => host !== gone),
    );
    for (let i = 1; i <= 40; i++) expect(pickOf(strategy, NO_KEY)).toBe(left[(next + i) % left.length].host);
  });

  it('turns to another host without a key for a retry, to the one last used where all were tried', () => {
    const hosts = hostsOf(Array(4).fill({}));
    const strategy = rebuilt(create(), hosts);
    for (let i = 0; i < 50; i++) {
      const host = pickOf(strategy, NO_KEY);
      expect(hosts).toContain(pickAnother(strategy, [host]));
      expect(pickAnother(strategy, [host])).not.toBe(host);
    }
    const last = pickOf(strategy, NO_KEY);
    expect(pickAnother(strategy, hosts)).toBe(last);
  });

  it('looks at one point only for a first pick that avoids somebody, as chash_get_next_server does', () => {
    const hosts = hostsOf(Array(4).fill({}));
    const first = pickOf(rebuilt(create(), hosts), NO_KEY);
    expect(pickAnother(rebuilt(create(), hosts), [first])).toBe(first);
  });

  it('goes on clockwise from a host that was tried, to that of the last point where all were', () => {
    const hosts = hostsOf(Array(4).fill({}));
    const strategy = rebuilt(create(), hosts);
    const last = new Set(Array.from({ length: 20 }, (_, key) => pickAnother(strategy, hosts, key)));
    expect(last.size).toBe(1);
    for (let key = 0; key < 50; key++) {
      const host = pickOf(strategy, key);
      const next = pickOf(strategy, key, 1);
      expect(pickAnother(strategy, [host], key)).toBe(next);
    }
  });

  it('scales weights down that HAProxy does not take', () => {
    const light = rebuilt(create(), hostsOf([{ weight: 64 }, { weight: 256 }]));
    const heavy = rebuilt(create(), hostsOf([{ weight: 640 }, { weight: 2560 }]));
    for (const key of keys) expect(pickOf(heavy, key).slot).toBe(pickOf(light, key).slot);
  });

  it('moves no other keys when the heaviest host fails', () => {
    const hosts = hostsOf([{ weight: 1000 }, { weight: 500 }, { weight: 250 }, { weight: 125 }]);
    const strategy = rebuilt(create(), hosts);
    const before = keys.map((key) => pickOf(strategy, key));
    rebuilt(strategy, hosts, hosts.slice(1));
    keys.forEach((key, i) => {
      if (before[i] !== hosts[0]) expect(pickOf(strategy, key)).toBe(before[i]);
    });
    expect(before).toContain(hosts[0]);
  });

  test.prop([
    fc.array(fc.tuple(weightsArbitrary, fc.nat(), fc.double({ min: 0.1, max: 2, noNaN: true })), { minLength: 2 }),
  ])('has the same ring whatever it has been through', (steps) => {
    const strategy = create();
    for (const [weights, mask, part] of steps) {
      const hosts = hostsOf(weights.map((weight) => ({ weight })));
      const eligible = hosts.filter((_, i) => i === 0 || ((mask >> i) & 1) === 0);
      // Of each other host, what slow start leaves of its weight.
      const weightOf = ({ slot, weight }: Host): number => (slot % 2 === 1 ? weight * part : weight);
      strategy.rebuild(hosts, eligible, weightOf);
      const points = tree(
        eligible.map((host) => ({ ...host, weight: Math.max(1, Math.round(16 * weightOf(host))) / 16 })),
        byId,
      );
      for (const key of keys.slice(0, 20)) {
        expect(pickOf(strategy, key).slot).toBe(fromNearest(points, hashOf(key))[0].slot);
      }
    }
  });
});
