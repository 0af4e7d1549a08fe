import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { RequestHash } from '../../../src/balancer/parts/request_hash.ts';
import { fmix32 } from '../../../src/core/digest.ts';
import { xxh64 } from '../../../src/core/hash/xxh64.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { plantedKeys } from '../../helpers/planted_keys.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test.prop([uint32, fc.constantFrom('selector', 'number')])('without a key it is made of one draw', (drawn, by) => {
  const hash = new RequestHash(ports({ random: scriptedRandom([drawn]) }));
  const draw = by === 'selector' ? hash.selector(NO_KEY) : hash.number(NO_KEY);
  hash.take(NO_KEY, draw);
  expect([...hash.halves]).toEqual([fmix32(drawn), drawn | 0]);
});

test.prop([fc.array(fc.tuple(fc.nat(9), uint32), { minLength: 1 })])(
  'remembers nothing: it is that of the key or the draw it is given',
  (sends) => {
    const hash = new RequestHash(ports({ random: scriptedRandom([]) }));
    const expected = new Uint32Array(2);
    for (const [key, draw] of sends) {
      hash.take(NO_KEY, draw);
      expect([...hash.halves]).toEqual([fmix32(draw), draw | 0]);
      hash.take(key, draw);
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
test.prop([fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })])(
  'a key chooses its priority by its hash modulo 100',
  (hash) => {
    expect(new RequestHash(ports({ keyText: plantedKeys([hash]) })).selector(0)).toBe(Number(hash % 100n));
  },
);
