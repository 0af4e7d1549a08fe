import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { pointCounts } from '../../../src/balancer/strategies/nginx_ring_hash.ts';
import { ringHash } from '../../../src/balancer/strategies/ring_hash.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { type KeyText, NO_KEY } from '../../../src/core/key.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { hostsOf, pickOf, rebuilt, retried } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';

const create = (keyText: KeyText = String): Strategy =>
  ringHash.create({ options: { system: 'nginx' }, ...ports({ keyText }) });

/** CRC-32 bit by bit. */
function crc32(bytes: readonly number[]): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];

/** The ring as ngx_http_upstream_update_chash says it: hosts by point, in order, each point once. */
function points(hosts: readonly Host[]): { at: number; host: Host }[] {
  const all = hosts.flatMap((host) => {
    const [name, port] = host.instance.address.split(':');
    const own: { at: number; host: Host }[] = [];
    let at = 0;
    for (let i = 0; i < 160 * host.weight; i++) {
      at = crc32([...bytesOf(name), 0, ...bytesOf(port), at & 255, (at >>> 8) & 255, (at >>> 16) & 255, at >>> 24]);
      own.push({ at, host });
    }
    return own;
  });
  all.sort((a, b) => a.at - b.at);
  return all.filter(({ at }, i) => i === 0 || at !== all[i - 1].at);
}

const keys = Array.from({ length: 60 }, (_, key) => key);

describe('ring hash as in nginx', () => {
  // ngx_http_upstream_get_chash_peer: round robin once hp->tries is above 20.
  it('passes over 20 points in vain, and gives the request to round robin after one more', () => {
    const hosts = hostsOf([0, 1, 2].map((i) => ({ weight: i === 0 ? 30 : 1, address: `10.0.0.${i}:8080` })));
    const able = hosts.slice(1);
    const ring = points(hosts);
    const passed = (key: number): number => {
      const hash = crc32(bytesOf(String(key)));
      const first = Math.max(
        0,
        ring.findIndex(({ at }) => at >= hash),
      );
      return [...ring.slice(first), ...ring.slice(0, first)].findIndex(({ host }) => host !== hosts[0]);
    };
    const owner = (key: number): Host => {
      const hash = crc32(bytesOf(String(key)));
      return (ring.find(({ at, host }) => at >= hash && host !== hosts[0]) as { host: Host }).host;
    };
    // Of the third host, as round robin begins with the second.
    const key = (count: number): number => {
      for (let i = 0; ; i++) if (passed(i) === count && owner(i) === hosts[2]) return i;
    };
    expect(pickOf(rebuilt(create(), hosts, able), key(20))).toBe(hosts[2]);
    expect(pickOf(rebuilt(create(), hosts, able), key(21))).toBe(hosts[1]);
  });

  // ngx_http_upstream_update_chash: of equal points one is left, so that two hosts' common one is one in vain.
  it('has a point of two hosts once', () => {
    const addresses = ['10.0.0.0:8080', '10.0.4.191:8080', '10.0.0.2:8080', '10.0.0.3:8080'];
    const hosts = hostsOf(addresses.map((address, i) => ({ weight: i < 2 ? 30 : 1, address })));
    const second = new Set(points([hosts[1]]).map(({ at }) => at));
    const shared = points([hosts[0]]).filter(({ at }) => second.has(at));
    const hash = crc32(bytesOf('12176'));
    const ring = points(hosts);
    const passed = ring.slice(ring.findIndex(({ at }) => at >= hash)).slice(0, 21);
    expect(passed.findIndex(({ host }) => host === hosts[3])).toBe(20);
    expect(shared.map(({ at }) => passed.filter((point) => point.at === at).length)).toEqual([1]);
    // Round robin would begin with the third.
    expect(pickOf(rebuilt(create(), hosts, hosts.slice(2)), 12176)).toBe(hosts[3]);
  });

  test.prop([fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 5 }), fc.nat(), fc.nat(3)], {
    numRuns: 30,
  })('takes the first usable point of at most 21', (weights, mask, attempt) => {
    const hosts = hostsOf(weights.map((weight, i) => ({ weight, address: `10.0.0.${i}:8080` })));
    const eligible = hosts.filter((_, i) => i === 0 || ((mask >> i) & 1) === 0);
    const strategy = rebuilt(create(), hosts, eligible);
    const ring = points(hosts);
    for (const key of keys) {
      const first = ring.findIndex(({ at }) => at >= crc32(bytesOf(String(key))));
      const tried = new Set<Host>();
      let expected: Host | null = null;
      for (let tries = 0; tries <= 20 && expected === null; tries++) {
        const { host } = ring[(Math.max(first, 0) + tries) % ring.length];
        if (!eligible.includes(host) || tried.has(host)) continue;
        if (tried.size === attempt) expected = host;
        tried.add(host);
      }
      const picked = retried(strategy, key, attempt);
      // Otherwise it is round robin.
      if (attempt >= eligible.length) expect(picked).toBe(null);
      else if (expected === null) expect(eligible).toContain(picked);
      else expect(picked).toBe(expected);
    }
  });

  // The first point and the last are of different ones.
  const two = hostsOf([{ address: '10.0.0.0:8080' }, { address: '10.0.0.2:8080' }]);
  const ring = points(two);
  const hashOf = (key: number): number => crc32(bytesOf(String(key)));
  const keyWith = (holds: (hash: number) => boolean): number => {
    for (let key = 0; ; key++) if (holds(hashOf(key))) return key;
  };

  it('begins again after the last point, at once or past it', () => {
    const [beforeLast, last] = ring.slice(-2);
    expect(ring[0].host).not.toBe(last.host);
    const beyond = keyWith((hash) => hash > last.at);
    expect(pickOf(rebuilt(create(), two), beyond)).toBe(ring[0].host);
    const atLast = keyWith((hash) => hash > beforeLast.at && hash <= last.at);
    const others = two.filter((host) => host !== last.host);
    expect(retried(rebuilt(create(), two), atLast, 1)).toBe(others[0]);
    // 21 points and no more, the last one counted: it is not round robin, which would begin with the first.
    const three = hostsOf([{ address: '10.0.0.0:8080' }, { address: '10.0.0.1:8080' }, { address: '10.0.0.2:8080' }]);
    const all = points(three);
    const key = keyWith((hash) => hash > all[all.length - 2].at && hash <= all[all.length - 1].at);
    const first = all[all.length - 1].host;
    const next = all.find(({ host }) => host !== first)?.host;
    const able = three.filter((host) => host !== first);
    expect(pickOf(rebuilt(create(), three, able), key)).toBe(next);
  });

  it('takes a point that is where the key is', () => {
    // What the first point of each server is the hash of.
    const strategy = create((key) => `10.0.0.${2 * key}\u00008080\0\0\0\0`);
    rebuilt(strategy, two);
    expect([0, 1].map((key) => pickOf(strategy, key))).toEqual(two);
  });

  it('goes on from where the last try was, though a server before it is back', () => {
    const three = hostsOf([{ address: '10.0.0.0:8080' }, { address: '10.0.0.1:8080' }, { address: '10.0.0.2:8080' }]);
    const all = points(three);
    // Points of a server that is down, of another and of the third, one after the other.
    const at = all.findIndex(({ host }, i) => i > 0 && new Set([host, all[i + 1]?.host, all[i + 2]?.host]).size === 3);
    const [down, second, third] = all.slice(at, at + 3).map(({ host }) => host);
    const key = keyWith((hash) => hash > all[at - 1].at && hash <= all[at].at);
    const strategy = rebuilt(
      create(),
      three,
      three.filter((host) => host !== down),
    );
    expect(pickOf(strategy, key)).toBe(second);
    rebuilt(strategy, three);
    second.tried = true;
    expect(strategy.pickAnother?.(key, 0, 0)).toBe(third);
  });

  it("leaves out the word that a socket's name begins with, and has no port for it", () => {
    const sockets = hostsOf([{ address: 'unix:/run/a.sock' }, { address: 'UNIX:/run/b:80' }]);
    const strategy = create((key) => `/run/${['a.sock', 'b:80'][key]}\0\0\0\0\0`);
    rebuilt(strategy, sockets);
    expect([0, 1].map((key) => pickOf(strategy, key))).toEqual(sockets);
  });

  it('moves only the keys of a server that is absent', () => {
    // nginx-tests, upstream_hash.t: "consistent" and "consistent weight", for the same addresses and keys 1 to 20.
    for (const weight of [1, 10]) {
      const [p1, p2, p3] = hostsOf([
        { address: '127.0.0.1:8081' },
        { address: '127.0.0.1:8082' },
        { address: '127.0.0.1:8083', weight },
      ]);
      const three = rebuilt(create(), [p1, p2, p3]);
      const two = rebuilt(create(), [p1, p3]);
      for (let key = 1; key <= 20; key++) {
        const host = pickOf(three, key);
        if (host !== p2) expect(pickOf(two, key)).toBe(host);
      }
    }
  });

  it('follows members and weights that change, and no changes of health', () => {
    const strategy = rebuilt(create(), hostsOf([{ weight: 3 }, {}]));
    for (const weights of [
      [1, 1],
      [1, 4],
      [1, 4, 2],
      [4, 2],
    ]) {
      const hosts = hostsOf(weights.map((weight) => ({ weight })));
      rebuilt(strategy, hosts, hosts.slice(1));
      rebuilt(strategy, hosts);
      const fresh = rebuilt(create(), hosts);
      for (const key of keys) expect(pickOf(strategy, key)).toBe(pickOf(fresh, key));
    }
  });

  it('gives every host a point, however light', () => {
    const hosts = hostsOf([{ weight: 0.002 }, { weight: 0.002 }, { weight: 1 }]);
    const strategy = rebuilt(create(), hosts);
    const many = Array.from({ length: 5000 }, (_, key) => pickOf(strategy, key));
    expect(new Set(many).size).toBe(3);
  });

  it('has 160 points a unit of weight, and no more than 8388608 in all', () => {
    expect(pointCounts([1, 3, 0, 0.002, 0.5])).toEqual([160, 480, 0, 1, 80]);
    expect(pointCounts([26_214.4, 26_214.4])).toEqual([4_194_304, 4_194_304]);
    expect(pointCounts([1e6, 1e6])).toEqual([4_194_304, 4_194_304]);
    expect(pointCounts([1e6, 3e6, 1e-6])).toEqual([2_097_152, 6_291_456, 1]);
  });

  it.each([
    ['an empty key', 0],
    ['no key', NO_KEY],
  ])('goes round robin for %s', (_, key) => {
    // nginx-tests, upstream_hash.t: "empty key - consistent", six requests to three servers.
    const hosts = hostsOf(Array(3).fill({}));
    const strategy = rebuilt(
      create(() => ''),
      hosts,
    );
    expect(Array.from({ length: 6 }, () => hosts.indexOf(pickOf(strategy, key)))).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('goes round robin where 20 points in a row are of no use', () => {
    const hosts = hostsOf([{ weight: 1 }, { weight: 40 }, { weight: 1 }]);
    const eligible = [hosts[0], hosts[2]];
    const strategy = rebuilt(create(), hosts, eligible);
    // Most keys meet 21 points of the heavy host: then both others take them in turn, key by key.
    const turns = keys.map((key) => hosts.indexOf(pickOf(strategy, key)));
    const again = keys.map((key) => hosts.indexOf(pickOf(strategy, key)));
    expect(new Set(turns)).toEqual(new Set([0, 2]));
    expect(again).not.toEqual(turns);
  });

  it('lets servers of one address take turns on their points', () => {
    const hosts = hostsOf([
      { id: 'a', address: 'name:80', weight: 2 },
      { id: 'b', address: 'name:80' },
      { id: 'c', address: 'other:80' },
    ]);
    const strategy = rebuilt(create(), hosts);
    const key = keys.find((each) => pickOf(strategy, each) !== hosts[2]) as number;
    const picked = Array.from({ length: 9 }, () => pickOf(strategy, key).instance.id);
    expect(picked.filter((id) => id === 'a')).toHaveLength(6);
    expect(picked.filter((id) => id === 'b')).toHaveLength(3);
  });
});

// Worked through by hand: ngx_http_upstream_get_chash_peer holds a round of one peer too (effective_weight++).
it.each([
  [0, 'bbababab'],
  [4, 'abababab'],
])('a host alone of its name gets back one of its lost weight at each of %i picks', (picks, turns) => {
  const [a, b] = hostsOf([4, 4].map((weight, i) => ({ weight, address: `10.0.0.${i}:80` })));
  const strategy = rebuilt(create(), [a, b]);
  const key = keys.find((candidate) => pickOf(strategy, candidate) === a) as number;
  strategy.onEnd(a, 1, Outcome.reset, null, a.reweighed);
  for (let i = 0; i < picks; i++) expect(pickOf(strategy, key)).toBe(a);
  expect(Array.from({ length: 8 }, () => (pickOf(strategy, NO_KEY) === a ? 'a' : 'b')).join('')).toBe(turns);
});
