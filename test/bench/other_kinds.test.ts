import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { weightedRoundRobin } from '../../src/balancer/strategies/weighted_round_robin.ts';
import { balancerOf, sequence } from '../helpers/balancing.ts';

const require = createRequire(import.meta.url);
const weights = [5, 2, 1];
const period = weights.reduce((sum, weight) => sum + weight, 0);
const letter = (index: number) => String.fromCharCode(97 + index);

/** One period of picks, once it has come round to itself. */
function periodOf(pick: () => string): string {
  const picks = Array.from({ length: 4 * period }, pick).join('');
  expect(picks.slice(2 * period, 3 * period)).toBe(picks.slice(3 * period));
  return picks.slice(3 * period);
}

function rotations(text: string): string[] {
  return Array.from(text, (_, i) => text.slice(i) + text.slice(0, i));
}

/** The benches leave packages out of their ratios whose picks are of another kind: these are not the picks of any of ours. */
describe('weighted round robin of npm is none of the proxies', () => {
  const ours = weightedRoundRobin.variants.map(({ when }) => {
    const picks = [...sequence(balancerOf(weightedRoundRobin.withOptions(when), weights), 4 * period)];
    return { when, period: periodOf(() => picks.shift() ?? '') };
  });

  it('loadbalance gives each host as often as it weighs, in a row', () => {
    const engine = require('loadbalance').roundRobin(weights.map((weight, i) => ({ object: letter(i), weight })));
    const theirs = periodOf(() => engine.pick());
    expect(rotations(theirs)).toContain('aaaaabbc');
    for (const { when, period } of ours) expect(rotations(theirs), JSON.stringify(when)).not.toContain(period);
  });

  it('wrr-pool gives rounds of those of the largest weight, then of the next', () => {
    const pool = new (require('wrr-pool'))();
    weights.forEach((weight, i) => {
      pool.add(letter(i), weight);
    });
    const theirs = periodOf(() => pool.next());
    expect(rotations(theirs)).toContain('aaaababc');
    for (const { when, period } of ours) expect(rotations(theirs), JSON.stringify(when)).not.toContain(period);
  });
});
