import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { PrioritySet } from '../../../src/balancer/routing/priority_set.ts';

const anyPriorities = fc.array(fc.nat(12), { maxLength: 8 });
const setOf = (priorities: readonly number[]) =>
  priorities.reduce((set, priority) => set.with(priority), PrioritySet.none);

describe('a set of priorities', () => {
  test.prop([anyPriorities])('has what was added and nothing else', (priorities) => {
    const set = setOf(priorities);
    for (let priority = 0; priority <= 13; priority++) expect(set.has(priority)).toBe(priorities.includes(priority));
  });

  test.prop([anyPriorities, anyPriorities])('is the same object exactly where it is the same set', (some, others) => {
    const same = others.every((priority) => some.includes(priority));
    expect(setOf([...others, ...some]) === setOf(some)).toBe(same);
    expect(setOf([...some].reverse())).toBe(setOf(some));
  });
});
