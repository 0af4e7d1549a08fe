import type { Column } from '../scenario/scenario.ts';

/** What others are compared with: the columns of a variant, or those of a strategy. One of the two is null. */
export interface Reference {
  readonly variant: string | null;
  /** As columns call theirs. */
  readonly strategy: string | null;
}

/** What is meant by a name: a variant, else a strategy as columns call it, else the only one with that policy. null: nothing. */
export function findReference(columns: readonly Column[], name: string): Reference | null {
  if (columns.some(({ variant }) => variant === name)) return { variant: name, strategy: null };
  if (columns.some(({ strategy }) => strategy === name)) return { variant: null, strategy: name };
  const labels = new Set(columns.filter(({ trial }) => trial.strategy.name === name).map(({ strategy }) => strategy));
  const [only] = labels;
  return labels.size === 1 ? { variant: null, strategy: only } : null;
}

/** Everything that can be named. */
export function referenceNames(columns: readonly Column[]): string[] {
  const variants = columns.flatMap(({ variant }) => (variant === null ? [] : [variant]));
  return [...new Set([...variants, ...columns.map(({ strategy }) => strategy)])];
}
