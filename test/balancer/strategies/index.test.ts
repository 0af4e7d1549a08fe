import { expect, test } from 'vitest';
import { strategies, strategyNamed } from '../../../src/balancer/strategies/index.ts';

test('a strategy is found by its name', () => {
  for (const strategy of strategies) expect(strategyNamed(strategy.name)).toBe(strategy);
});

test('a name that is not there is answered with those that are', () => {
  expect(() => strategyNamed('round_robin')).toThrow(/no strategy 'round_robin'; there are ring, round-robin,/);
});
