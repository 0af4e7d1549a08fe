import { describe, expect, test } from 'vitest';
import { instanceCourses, type Told } from '../../../src/report/html/instance_courses.ts';
import { hasMore, layoutOf } from '../../../src/report/html/page/failover_rows.ts';
import type { CourseData, SpanData, TruthState } from '../../../src/report/html/report_data.ts';

/** a slow for a while, b doubted by a caller, c never other than seen late, d down. */
const told: Told = {
  ids: ['a', 'b', 'c', 'd'],
  truth: new Map<string, SpanData<TruthState>[]>([
    ['d', [[60, 80, 'down']]],
    ['a', [[10, 20, 'slow']]],
  ]),
  doubts: new Map([
    ['x/a', [[0, 1, 'unseen'] as const]],
    ['x/b', [[0, 1, 'unseen'] as const, [30, 40, 'ejection'] as const]],
    ['x/c', [[0, 1, 'unseen'] as const]],
    ['x/d', [[0, 1, 'unseen'] as const, [65, 85, 'activeCheck'] as const]],
  ]),
  failovers: [],
};

const course = (mostSpans: number) => {
  const { instances, leftOut } = instanceCourses(told, mostSpans);
  return { instances, instancesLeftOut: leftOut } as unknown as CourseData;
};

describe('time lines of instances', () => {
  test('there is one of each, and those with nothing to tell are quiet', () => {
    const { instances, leftOut } = instanceCourses(told, 1000);
    expect(instances.map(({ id, quiet }) => [id, quiet])).toEqual([
      ['a', false],
      ['b', false],
      ['c', true],
      ['d', false],
    ]);
    expect(leftOut).toBe(0);
  });

  test.each([
    [1, 'd', 3],
    [10, 'ad', 2],
    [13, 'abd', 1],
    [16, 'abcd', 0],
  ])('with room for %i spans: %s', (mostSpans, kept, leftOut) => {
    const found = instanceCourses(told, mostSpans);
    expect([found.instances.map(({ id }) => id).join(''), found.leftOut]).toEqual([kept, leftOut]);
  });

  test('quiet ones are drawn where all are asked for, and counted where not', () => {
    const drawn = (all: boolean, mostSpans: number) => {
      const { names } = layoutOf(course(mostSpans), 120, all);
      return names.filter(({ of }) => of !== 'callers').map(({ text }) => text);
    };
    expect(drawn(true, 1000)).toEqual(['a', 'b', 'c', 'd']);
    expect(drawn(false, 1000)).toEqual(['a', 'b', 'd', 'and 1 other: up throughout, never doubted']);
    expect(drawn(true, 1)).toEqual(['d', 'and 3 more']);
    expect(drawn(false, 1)).toEqual(['d', 'and 3 more']);
    expect(hasMore(course(1000))).toBe(true);
    expect(hasMore(course(1))).toBe(false);
  });
});
