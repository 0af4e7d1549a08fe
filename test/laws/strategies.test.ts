import { describe, expect, test } from 'vitest';
import { strategies } from '../../src/balancer/strategies/index.ts';
import { MAX_CHECKS, subjectsOf } from './law.ts';
import { laws } from './laws.ts';

const subjects = strategies.flatMap(subjectsOf);

describe.each(subjects)('$label', (subject) => {
  for (const law of laws) {
    if (law.applies(subject.definition.variantOf(subject.options).traits)) test(law.name, () => law.check(subject));
  }
});

test('strategies have distinct names, as scenarios write them', () => {
  const names = strategies.map((strategy) => strategy.name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
});

test('the error of all statistical checks together is what law.ts says', () => {
  // No law makes more than a dozen checks of one subject.
  expect(12 * subjects.length).toBeLessThan(MAX_CHECKS);
});
