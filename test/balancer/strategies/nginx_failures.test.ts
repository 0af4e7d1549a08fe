import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { balancerOf, hostNamed } from '../../helpers/balancing.ts';

// Where nginx's policies turn to rounds, failures cost weight there as they do in round robin: one function frees peers.
const policies: [string, WrittenOptions][] = [
  ['weighted-round-robin', {}],
  ['least-request', { algorithm: 'nginx-least-conn' }],
  ['least-request', { algorithm: 'nginx-random-two' }],
  ['random', { weighted: true }],
  ['modulo-hash', { system: 'nginx' }],
  ['ring-hash', { system: 'nginx' }],
];

const story = fc.record({
  weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 4 }),
  fails: fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
});

/** Who picks without a key go to where some fail, one after the other; the last one is down, so that there are draws in vain. */
function picked(
  name: string,
  options: WrittenOptions,
  { weights, fails }: { weights: number[]; fails: boolean[] },
  failure: Outcome,
): string {
  // So heavy that draws find nobody else, and policies that draw turn to rounds. Others need no more than to have it.
  const heavy = name === 'ring-hash' || name === 'modulo-hash' ? 1 : 1e9;
  const balancer = balancerOf(strategyNamed(name).withOptions(options), [...weights, heavy]);
  balancer.setHealthy(hostNamed(balancer, 'abcde'[weights.length]), false);
  return fails
    .map((each) => {
      const host = balancer.pick(NO_KEY, 0);
      if (host === null) return '-';
      balancer.acquire(host);
      balancer.release(host, 1, each ? failure : Outcome.ok);
      return host.instance.id;
    })
    .join('');
}

describe.each(policies)('%s %j: failures cost weight', (name, options) => {
  test.prop([story, fc.integer({ min: 1, max: 5 }), fc.constantFrom(Outcome.error, Outcome.rejected)])(
    'with failOnErrors errors do as resets, and else do not',
    (told, maxFails, failure) => {
      const resets = picked(name, { ...options, maxFails }, told, Outcome.reset);
      expect(picked(name, { ...options, maxFails, failOnErrors: true }, told, failure)).toBe(resets);
      expect(picked(name, { ...options, maxFails }, told, failure)).toBe(picked(name, options, told, Outcome.ok));
    },
  );

  test.prop([story])('with maxFails 0 nothing', (told) => {
    expect(picked(name, { ...options, maxFails: 0 }, told, Outcome.reset)).toBe(
      picked(name, options, told, Outcome.ok),
    );
  });

  test.prop([story, fc.integer({ min: 1, max: 5 })])('as much as in round robin', (told, maxFails) => {
    const rounds = picked('weighted-round-robin', { maxFails }, told, Outcome.refused);
    expect(picked(name, { ...options, maxFails }, told, Outcome.refused)).toBe(rounds);
  });
});
