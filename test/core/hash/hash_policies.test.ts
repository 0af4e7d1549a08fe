import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { envoyHashPolicies, grpcHashPolicies, grpcJavaHashPolicies } from '../../../src/core/hash/hash_policies.ts';
import type { HashText } from '../../../src/core/hash/hash_text.ts';
import { xxh64 } from '../../../src/core/hash/xxh64.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';

function hashed(hash: HashText, text: string): bigint {
  const halves = new Uint32Array(2);
  hash(text, halves);
  return (BigInt(halves[0]) << 32n) | BigInt(halves[1]);
}

const xx = (text: string): bigint => hashed(xxh64, text);
const envoy = (text: string): bigint => hashed(envoyHashPolicies, text);
const grpc = (text: string): bigint => hashed(grpcHashPolicies, text);
const turned = (hash: bigint): bigint => BigInt.asUintN(64, (hash << 1n) | (hash >> 63n));

interface Policy {
  readonly finds: string;
  readonly terminal: boolean;
}

/** Policy by policy, in whole numbers. null: none has found anything. */
function oracle(policies: readonly Policy[], endsWithNothing: boolean): bigint | null {
  let hash: bigint | null = null;
  for (const { finds, terminal } of policies) {
    if (finds !== '') hash = (hash === null ? 0n : turned(hash)) ^ xx(finds);
    else if (!endsWithNothing) continue;
    if (terminal && hash !== null) break;
  }
  return hash;
}

describe('several hash policies', () => {
  it('are laid over each other as whole numbers would be, until a terminal one', () => {
    const policy = fc.record({ finds: fc.constantFrom('', '', 'a', 'bar', '10.0.0.1', 'Ünï'), terminal: fc.boolean() });
    fc.assert(
      fc.property(fc.array(policy, { minLength: 1, maxLength: 6 }), fc.boolean(), (policies, closed) => {
        const text = policies.map(({ finds, terminal }) => finds + (terminal ? '|' : '\t')).join('');
        // The last end may be left out.
        const written = closed ? text : text.slice(0, -1);
        expect(envoy(written)).toBe(oracle(policies, true) ?? 0n);
        expect(grpc(written)).toBe(oracle(policies, false) ?? 0n);
      }),
    );
  });

  // Cases of envoy's config_impl_test.cc: HashTerminal (cookie, header [terminal], user_ip), HashMultiple.
  test('end with a terminal one, unless nobody has found anything by then', () => {
    expect(envoy('foo\tbar|4.3.2.1')).toBe(envoy('foo\tbar|1.2.3.4'));
    expect(envoy('\t|4.3.2.1')).toBe(xx('4.3.2.1'));
    expect(envoy('foo\t\t')).toBe(xx('foo'));
    const [both, ip, header] = [envoy('header\t4.3.2.1'), envoy('\t4.3.2.1'), envoy('header\t')];
    expect(new Set([both, ip, header]).size).toBe(3);
    // Twice the same does not cancel out.
    expect(envoy('a\ta')).toBe(turned(xx('a')) ^ xx('a'));
  });

  test('a terminal one that finds nothing ends those of Envoy, and not those of grpc-go', () => {
    expect(envoy('a\t|b')).toBe(xx('a'));
    expect(grpc('a\t|b')).toBe(turned(xx('a')) ^ xx('b'));
  });

  // generateHash of grpc-java's XdsNameResolver.java (commit 5fda0c7c), compiled as it is published but for where it gets its
  // values from. In the third and the fourth nothing but the last part counts.
  test.each([
    ['a\tb', '87bad55ee50c6064'],
    ['bar\ta', '43083dd0f3c322e9'],
    ['a\ta', '2db13b0e567391a4'],
    ['10.0.0.1\tbar\ta', '2db13b0e567391a4'],
    ['\tb', '78452aa11af39f9b'],
    ['a|b', 'd24ec4f1a98c6e5b'],
    ['a\t|b', 'd24ec4f1a98c6e5b'],
    ['|b', '78452aa11af39f9b'],
    ['x\ty\tz\tw', 'd456494559ac261c'],
  ])('of grpc-java keep the sign as they turn: %j is %s', (text, expected) => {
    expect(hashed(grpcJavaHashPolicies, text).toString(16)).toBe(expected);
  });

  it.each([
    ['ring-hash', { system: 'envoy' }],
    ['ring-hash', { system: 'grpc' }],
    ['ring-hash', { system: 'grpc-java' }],
    ['ring-hash', { system: 'grpc-core' }],
    ['maglev', {}],
    ['rendezvous', { system: 'envoy' }],
  ])('are read by %s %j where they are asked for', (name, options) => {
    const texts = Array.from({ length: 40 }, (_, i) => [
      `user-${i}|here`,
      `user-${i}`,
      `user-${i}\thost-${i % 3}`,
    ]).flat();
    const picks = (hashPolicies: string): number[] => {
      const strategy = strategyNamed(name).create({
        ...ports({ keyText: (key) => texts[key] }),
        options: { ...options, hashPolicies },
      });
      rebuilt(strategy, hostsOf([{}, {}, {}, {}, {}]));
      return texts.map((_, key) => pickOf(strategy, key).slot);
    };
    const of = (all: readonly number[], place: number): number[] => all.filter((_, i) => i % 3 === place);
    const [several, one] = [picks('several'), picks('one')];
    expect(of(several, 0)).toEqual(of(several, 1));
    expect(of(several, 2)).not.toEqual(of(several, 1));
    expect(of(several, 1)).toEqual(of(one, 1));
    expect(of(one, 0)).not.toEqual(of(one, 1));
  });
});
