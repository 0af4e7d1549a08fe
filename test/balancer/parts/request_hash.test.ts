import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { RequestHash } from '../../../src/balancer/parts/request_hash.ts';
import { xxh64 } from '../../../src/core/hash/xxh64.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { plantedKeys } from '../../helpers/planted_keys.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

const halvesOf = (hash: bigint): number[] => [hash >> 32n, hash].map((half) => Number(BigInt.asIntN(32, half)));

test.prop([uint64, fc.constantFrom('selector', 'number')])('without a key it is one draw of 64 bits', (drawn, by) => {
  const given = ports({ random: scriptedRandom([drawn]) });
  const [hash, other] = [new RequestHash(given), new RequestHash(given)];
  if (by === 'number') hash.number(NO_KEY);
  else expect(hash.selector(NO_KEY)).toBe(Number(drawn % 100n));
  // Another host set of the same worker has the same.
  for (const one of [hash, other, hash]) {
    one.take(NO_KEY);
    expect([...one.halves]).toEqual(halvesOf(drawn));
  }
});

test.prop([fc.array(fc.tuple(fc.nat(9), uint64), { minLength: 1 })])(
  'remembers nothing: it is that of the key or the draw before it',
  (sends) => {
    const hash = new RequestHash(ports({ random: scriptedRandom(sends.map(([, drawn]) => drawn)) }));
    const expected = new Uint32Array(2);
    for (const [key, drawn] of sends) {
      hash.selector(NO_KEY);
      hash.take(NO_KEY);
      expect([...hash.halves]).toEqual(halvesOf(drawn));
      hash.take(key);
      xxh64(String(key), expected);
      expect(Uint32Array.from(hash.halves)).toEqual(expected);
    }
  },
);

test.prop([fc.nat(1e6)])('equal keys choose equal priorities, by a whole number', (key) => {
  const [one, other] = [new RequestHash(ports()), new RequestHash(ports())];
  for (const number of [one.number(key), one.selector(key)]) {
    expect(Number.isInteger(number) && number >= 0).toBe(true);
  }
  expect(other.number(key)).toBe(one.number(key));
  expect(other.selector(key)).toBe(one.selector(key));
});

// Envoy, LoadBalancerBase::choosePriority: the hash itself modulo 100, plus 1, is compared with running sums of loads.
test.prop([uint64])('a key chooses its priority by its hash modulo 100', (hash) => {
  expect(new RequestHash(ports({ keyText: plantedKeys([hash]) })).selector(0)).toBe(Number(hash % 100n));
});
