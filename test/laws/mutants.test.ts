import { describe, expect, test } from 'vitest';
import { laws } from './laws.ts';
import { mutants } from './mutants.ts';
import { namedSubjectsOf } from './subjects.ts';

// A law that cannot fail says nothing: each must turn down the strategies made to break it.
describe.each(laws)('$name', (law) => {
  test('has strategies that break it', () => {
    expect(mutants[law.name]?.length ?? 0).toBeGreaterThan(0);
  });

  test.each((mutants[law.name] ?? []).flatMap(namedSubjectsOf))('turns down mutant %#', (subject) => {
    expect(law.applies(subject.definition.variantOf(subject.options).traits)).toBe(true);
    expect(() => law.check(subject)).toThrow();
  });
});
