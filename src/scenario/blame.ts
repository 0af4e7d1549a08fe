import type { Combination } from './matrix.ts';
import type { Problem } from './reading.ts';
import type { Written } from './written.ts';

/** A problem and the columns in which it came up. */
export interface Sighting {
  readonly problem: Problem;
  readonly combinations: Combination[];
}

/**
 * Where to point. A problem that the file would not have without some value of the matrix is that value's: it is moved
 * there, once for each value of that axis that brings it about. Which axis it is is found by trial: leave one out and
 * see whether the problem goes. `problemsOf` validates a combination.
 */
export function blame(
  { problem, combinations }: Sighting,
  inMatrix: (offset: number) => boolean,
  problemsOf: (combination: Combination) => readonly Problem[],
): readonly Problem[] {
  const [first] = combinations;
  if (first === undefined || inMatrix(problem.offset)) return [problem];
  const guilty = first.axes.findIndex((_, i) => !problemsOf(without(first, i)).some((other) => isSame(other, problem)));
  if (guilty < 0) return [problem];
  const values = new Set(combinations.map((combination) => combination.values[guilty] as Written));
  return [...values].map((value) => ({ ...problem, offset: value.offset }));
}

function without({ axes, values }: Combination, index: number): Combination {
  return { axes: axes.toSpliced(index, 1), values: values.toSpliced(index, 1) };
}

function isSame(a: Problem, b: Problem): boolean {
  return a.offset === b.offset && a.message === b.message;
}
