import type { Combination, Setting } from './matrix.ts';
import type { Problem } from './reading.ts';
import type { Written } from './written.ts';

/** A problem and the columns in which it came up. */
export interface Sighting {
  readonly problem: Problem;
  readonly combinations: Combination[];
}

/**
 * Where to point. A problem that the file would not have without some value of the matrix or of a variant is that
 * value's: it is moved there, once for each value that brings it about. Which setting it is is found by trial, variant
 * by variant: leave one out and see whether the problem goes. `brings` says whether the document with such settings has
 * a problem.
 */
export function blame(
  { problem, combinations }: Sighting,
  isSetting: (offset: number) => boolean,
  brings: (settings: readonly Setting[], problem: Problem) => boolean,
): readonly Problem[] {
  const causes = (settings: readonly Setting[]) => brings(settings, problem);
  if (isSetting(problem.offset) || causes([])) return [problem];
  const values = new Set<Written>();
  for (const variant of new Set(combinations.map((combination) => combination.variant))) {
    const own = combinations.filter((combination) => combination.variant === variant);
    const { settings = [] } = own[0] ?? {};
    // The overrides of one variant stand in the same places in all of its columns, as do the axes.
    const guilty = settings.findIndex((_, i) => !causes(settings.toSpliced(i, 1)));
    if (guilty < 0) return [problem];
    for (const combination of own) values.add((combination.settings[guilty] as Setting).value);
  }
  return [...values].map((value) => ({ ...problem, offset: value.offset }));
}
