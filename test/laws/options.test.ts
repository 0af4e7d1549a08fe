import { describe, expect, test } from 'vitest';
import { strategies } from '../../src/balancer/strategies/index.ts';
import { optionProblem, unreadOptions } from '../../src/core/options.ts';
import { accruals } from '../../src/health/accrual/index.ts';
import { story, validValues } from './subjects.ts';

describe.each([...strategies, ...accruals])('the options of $name', ({ options: descriptors }) => {
  test('are for others that there are, with values they may have', () => {
    for (const [option, { for: needs = [] }] of Object.entries(descriptors)) {
      for (const [other, wanted] of needs.flatMap((all) => Object.entries(all))) {
        expect(descriptors, option).toHaveProperty(other);
        const values = 'above' in wanted ? [wanted.above] : wanted;
        for (const value of values) expect(optionProblem(descriptors[other], value), `${option}, ${other}`).toBeNull();
      }
    }
  });
});

describe.each(strategies)('each option of $name', (definition) => {
  const subject = (options: (typeof definition.variants)[number]['when']) => {
    return { label: JSON.stringify(options), definition, options, named: false };
  };
  const unreadOf = (options: (typeof definition.variants)[number]['when']) =>
    unreadOptions(definition.options, options);

  test('is read in every variant that is named by it', () => {
    for (const { when } of definition.variants) expect(unreadOf(when)).toEqual([]);
  });

  test('changes no pick where it is not read; one of words, some where it is', () => {
    for (const [option, descriptor] of Object.entries(definition.options)) {
      const changes: boolean[] = [];
      for (const { when } of definition.variants) {
        const told = story(subject(when));
        for (const value of validValues(definition, when, option, descriptor)) {
          const options = { ...when, [option]: value };
          const changed = story(subject(options)) !== told;
          if (unreadOf(options).includes(option)) expect(changed, subject(options).label).toBe(false);
          else changes.push(changed);
        }
      }
      // A number may have to be one that is not tried.
      const isWord = descriptor.type === 'choice' || descriptor.type === 'boolean';
      if (isWord && changes.length > 0) expect(changes, option).toContain(true);
    }
  });
});
