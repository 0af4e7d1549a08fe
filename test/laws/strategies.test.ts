import { describe, expect, test } from 'vitest';
import { strategies } from '../../src/balancer/strategies/index.ts';
import { checksMade, MAX_CHECKS, traitsOf } from './law.ts';
import { laws } from './laws.ts';
import { subjectsOf } from './subjects.ts';

const subjects = strategies.flatMap(subjectsOf);

for (const subject of subjects) {
  describe(subject.label, () => {
    for (const law of laws) {
      if (law.applies(traitsOf(subject))) test(law.name, () => law.check(subject));
    }
  });
}

test('strategies have distinct names, as scenarios write them', () => {
  const names = strategies.map((strategy) => strategy.name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
});

// Last, so that all checks have been made.
test('the error of all statistical checks together is what law.ts says', () => {
  expect(checksMade()).toBeLessThan(MAX_CHECKS);
});
