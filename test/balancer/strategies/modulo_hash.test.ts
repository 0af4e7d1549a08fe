import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { moduloHash } from '../../../src/balancer/strategies/modulo_hash.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { type KeyText, NO_KEY } from '../../../src/core/key.ts';
import { haproxyMap } from '../../helpers/haproxy_map.ts';
import { hostsOf, pickAnother, pickOf, rebuilt, retried } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';

const create = (system: 'haproxy' | 'nginx', keyText: KeyText = String): Strategy =>
  moduloHash.create({ options: { system }, ...ports({ keyText }) });

const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];
const keys = Array.from({ length: 80 }, (_, key) => key);
const weightsArbitrary = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 });
const textArbitrary = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });

/** All, but for those this mask leaves out; the first stays. */
const maskedOf = (hosts: readonly Host[], mask: number): Host[] =>
  hosts.filter((_, i) => i === 0 || ((mask >> i) & 1) === 0);

describe('modulo hash as in HAProxy', () => {
  /** hash_sdbm of src/hash.c, by shifts. */
  function sdbm(text: string): number {
    return Number(
      bytesOf(text).reduce((hash, byte) => {
        return (BigInt(byte) + (hash << 6n) + (hash << 16n) - hash) & 0xffffffffn;
      }, 0n),
    );
  }

  it('sends the URIs of reg-tests/balance/balance-uri.vtc to the servers it expects', () => {
    const texts = ['/url1', '/url2', '/url3', '/url4'];
    const hosts = hostsOf([1, 1, 1, 1].map((weight) => ({ weight })));
    const strategy = rebuilt(
      create('haproxy', (key) => texts[key]),
      hosts,
    );
    // s2, s3, s4, s1.
    expect(texts.map((_, key) => hosts.indexOf(pickOf(strategy, key)))).toEqual([1, 2, 3, 0]);
  });

  test.prop([weightsArbitrary, fc.nat(255), fc.array(textArbitrary, { minLength: 1, maxLength: 20 })])(
    'takes the slot of the hash modulo W, then the next of another host',
    (weights, mask, texts) => {
      const hosts = hostsOf(weights.map((weight) => ({ weight })));
      const eligible = maskedOf(hosts, mask);
      const strategy = rebuilt(
        create('haproxy', (key) => texts[key]),
        hosts,
        eligible,
      );
      const map = haproxyMap(hosts, eligible);
      texts.forEach((text, key) => {
        const slot = sdbm(text) % map.length;
        const order = new Set([...map.slice(slot), ...map.slice(0, slot)]);
        expect([...order].map((_, attempt) => pickOf(strategy, key, attempt))).toEqual([...order]);
      });
    },
  );

  it('spreads single letters by their codes', () => {
    // The sdbm hash of one byte is that byte; three servers in the order of declaration: a is 97 = 1 modulo 3.
    const hosts = hostsOf([{}, {}, {}]);
    const strategy = rebuilt(
      create('haproxy', (key) => 'abcdef'[key]),
      hosts,
    );
    expect([0, 1, 2, 3, 4, 5].map((key) => hosts.indexOf(pickOf(strategy, key)))).toEqual([1, 2, 0, 1, 2, 0]);
  });

  it('moves keys of others too when a host fails', () => {
    const hosts = hostsOf(Array(5).fill({}));
    const before = keys.map((key) => pickOf(rebuilt(create('haproxy'), hosts), key));
    const strategy = rebuilt(create('haproxy'), hosts, hosts.slice(0, 4));
    expect(keys.some((key) => before[key] !== hosts[4] && pickOf(strategy, key) !== before[key])).toBe(true);
  });

  it('takes the slots in turn without a key, and those of another host than one that was tried', () => {
    const hosts = hostsOf([{ weight: 3 }, { weight: 1 }, { weight: 2 }]);
    const strategy = rebuilt(create('haproxy'), hosts);
    const map = haproxyMap(hosts);
    for (const host of [...map, ...map]) expect(pickOf(strategy)).toBe(host);
    for (let i = 0; i < 20; i++) {
      const host = pickOf(strategy);
      const other = pickAnother(strategy, [host]);
      expect(hosts).toContain(other);
      expect(other).not.toBe(host);
    }
  });

  it('leads a key to the host that was tried again', () => {
    const hosts = hostsOf([{ weight: 3 }, { weight: 1 }, { weight: 2 }]);
    const strategy = rebuilt(create('haproxy'), hosts);
    for (const key of keys) expect(pickAnother(strategy, hosts, key)).toBe(pickOf(strategy, key));
  });
});

describe('modulo hash as in nginx', () => {
  /** CRC-32 bit by bit. */
  function crc32(bytes: readonly number[]): number {
    let crc = 0xffffffff;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    return ~crc >>> 0;
  }

  /** ngx_http_upstream_get_hash_peer, called until the host after `attempt` others; null: round robin. */
  function peerOf(hosts: readonly Host[], eligible: readonly Host[], text: string, attempt: number): Host | null {
    const slots = hosts.flatMap((host) => Array<Host>(host.weight).fill(host));
    const tried: Host[] = [];
    let hash = 0;
    let tries = 0;
    for (let rehash = 0; ; rehash++) {
      hash += (crc32(bytesOf(`${rehash === 0 ? '' : rehash}${text}`)) >> 16) & 0x7fff;
      const host = slots[hash % slots.length];
      if (tried.includes(host) || !eligible.includes(host)) {
        if (++tries > 20) return null;
        continue;
      }
      if (tried.length === attempt) return host;
      tried.push(host);
    }
  }

  test.prop([
    fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 8 }),
    fc.nat(255),
    fc.array(textArbitrary, { minLength: 1, maxLength: 20 }),
    fc.nat(4),
  ])('takes the slot of the hash, and rehashes past those of no use', (weights, mask, texts, attempt) => {
    const hosts = hostsOf(weights.map((weight) => ({ weight })));
    const eligible = maskedOf(hosts, mask);
    const strategy = rebuilt(
      create('nginx', (key) => texts[key]),
      hosts,
      eligible,
    );
    texts.forEach((text, key) => {
      const picked = retried(strategy, key, attempt);
      const expected = peerOf(hosts, eligible, text, attempt);
      if (attempt >= eligible.length) expect(picked).toBe(null);
      else if (expected === null) expect(eligible).toContain(picked);
      else expect(picked).toBe(expected);
    });
  });

  // The four that follow: nginx-tests, upstream_hash.t, three servers of weight 1 unless it says otherwise.
  const three = hostsOf([{ address: '127.0.0.1:8081' }, { address: '127.0.0.1:8082' }, { address: '127.0.0.1:8083' }]);

  it('is inconsistent: of keys 1 to 20 also some of a server that stays move', () => {
    const all = rebuilt(create('nginx'), three);
    const two = rebuilt(create('nginx'), [three[0], three[2]]);
    const moved = keys.slice(1, 21).filter((key) => pickOf(all, key) !== pickOf(two, key));
    expect(moved.some((key) => pickOf(all, key) !== three[1])).toBe(true);
  });

  it('sends ten requests of key 1 to one server', () => {
    const strategy = rebuilt(create('nginx'), three);
    expect(new Set(Array.from({ length: 10 }, () => pickOf(strategy, 1))).size).toBe(1);
  });

  it.each([
    ['an empty key', 0],
    ['no key', NO_KEY],
  ])('sends six requests with %s to three servers in turn', (_, key) => {
    // That there is no key must not be found out by its text.
    const strategy = rebuilt(
      create('nginx', (asked) => (asked === NO_KEY ? 'none' : '')),
      three,
    );
    expect(Array.from({ length: 6 }, () => three.indexOf(pickOf(strategy, key)))).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('sends all of 20 keys to the one of two servers that is not bad', () => {
    const hosts = three.slice(0, 2);
    const strategy = rebuilt(create('nginx'), hosts, [hosts[0]]);
    for (let key = 1; key <= 20; key++) expect(pickOf(strategy, key)).toBe(hosts[0]);
  });

  it('moves the keys of a server that fails only, and follows one that joins', () => {
    const hosts = hostsOf([{ weight: 2 }, { weight: 1 }, { weight: 3 }]);
    const strategy = rebuilt(create('nginx'), hosts);
    const before = keys.map((key) => pickOf(strategy, key));
    rebuilt(strategy, hosts, hosts.slice(1));
    keys.forEach((key) => {
      if (before[key] !== hosts[0]) expect(pickOf(strategy, key)).toBe(before[key]);
    });
    const more = hostsOf(Array(60).fill({}));
    rebuilt(strategy, more);
    for (const key of keys) expect(pickOf(strategy, key)).toBe(peerOf(more, more, String(key), 0));
  });

  it('has numbers enough to hash where many of many hosts were tried', () => {
    const strategy = rebuilt(create('nginx'), three);
    const hosts = hostsOf(Array(200).fill({}));
    rebuilt(strategy, hosts);
    const known = keys.filter((key) => peerOf(hosts, hosts, String(key), 60) !== null);
    expect(known.length).toBeGreaterThan(20);
    for (const key of known) expect(retried(strategy, key, 60)).toBe(peerOf(hosts, hosts, String(key), 60));
  });

  it('goes round robin where 21 slots in a row are of no use', () => {
    const hosts = hostsOf([{ weight: 1 }, { weight: 18 }, { weight: 1 }]);
    const eligible = [hosts[0], hosts[2]];
    const strategy = rebuilt(create('nginx'), hosts, eligible);
    let lost = 0;
    for (let key = 0; key < 400; key++) {
      const peer = peerOf(hosts, eligible, String(key), 0) ?? eligible[lost++ % 2];
      expect(pickOf(strategy, key), `key ${key}; ${lost} in turn so far`).toBe(peer);
    }
    expect(lost).toBeGreaterThan(20);
  });

  it('shares 32768 slots out where weights are not whole', () => {
    const hosts = hostsOf([{ weight: 0.5 }, { weight: 1.5 }, { weight: 2 }]);
    const strategy = rebuilt(create('nginx'), hosts);
    for (const key of keys) {
      const slot = (crc32(bytesOf(String(key))) >> 16) & 0x7fff;
      expect(pickOf(strategy, key)).toBe(hosts[slot < 4096 ? 0 : slot < 16_384 ? 1 : 2]);
    }
  });
});
