import type { Placed } from './blocks.ts';
import type { Grid } from './columns.ts';
import type { Reading } from './reading.ts';
import type { Column, Threshold } from './scenario.ts';
import { suggestion } from './suggest.ts';
import { readScope, type Scope, type ScopedThreshold } from './threshold_block.ts';
import { quote } from './written.ts';

/** What a column may be called by a threshold. */
export interface KnownColumn {
  readonly variant: string | null;
  /** As in results; null where no policy is written. */
  readonly strategy: string | null;
  /** The policy's name without its options. */
  readonly policy: string | null;
}

/** More names are not listed in a message. */
const MOST_NAMES = 20;

/** Whether a threshold is about a column. */
export function concerns({ strategies, variants }: Threshold, { strategy, variant }: Column): boolean {
  return isIn(strategies, strategy) && isIn(variants, variant);
}

function isIn(names: readonly string[] | null, name: string | null): boolean {
  return names === null || (name !== null && names.includes(name));
}

/** Reports thresholds that name what no column is. */
export function checkThresholds(
  { document, combinations, chosenStrategies }: Grid,
  columns: readonly KnownColumn[],
  reading: Reading,
): void {
  const thresholds = document.entries.get('thresholds')?.value;
  // Without all columns nobody knows what is not among them.
  if (thresholds?.kind !== 'list' || columns.length < combinations.length) return;
  const names = {
    strategies: unique(columns.flatMap(({ strategy, policy }) => [strategy, policy])),
    variants: unique(columns.map(({ variant }) => variant)),
  };
  const knowsStrategies = !chosenStrategies && columns.every(({ strategy }) => strategy !== null);
  for (const written of thresholds.items) {
    if (reading.isFull()) return;
    const { strategies, variants } = readScope(written, reading);
    const wrong = [
      knowsStrategies && strategies !== null && reportUnknown('strategy', strategies, names.strategies, reading),
      variants !== null && reportUnknown('variant', variants, names.variants, reading),
    ];
    if (wrong.includes(true) || !knowsStrategies) continue;
    const scope = { strategies: valuesOf(strategies), variants: valuesOf(variants) };
    if (columns.some((column) => isAbout(scope, column))) continue;
    const message = 'expected strategies and variants that some column has together, found none that has';
    reading.report(written.offset, message, 'write two thresholds, or leave strategy or variant out');
  }
}

function valuesOf(names: readonly Placed<string>[] | null): string[] | null {
  return names === null ? null : names.map(({ value }) => value);
}

function reportUnknown(
  what: 'strategy' | 'variant',
  named: readonly Placed<string>[],
  known: readonly string[],
  reading: Reading,
): boolean {
  const unknown = named.filter(({ value }) => !known.includes(value));
  for (const { value, offset } of unknown) {
    const fix = known.length === 0 ? `there are none: leave ${what} out` : suggestionOf(value, known);
    reading.report(offset, `expected a ${what} of this scenario, found ${quote(value)}`, fix);
  }
  return unknown.length > 0;
}

/** Of many names those that it resembles most are not to be lost. */
function suggestionOf(name: string, known: readonly string[]): string {
  if (known.length <= MOST_NAMES) return suggestion(name, known);
  return suggestion(name, known).split(', ').slice(0, MOST_NAMES).join(', ').concat(', ...');
}

/** A strategy may be named with its options, as columns name it, or without. */
function isAbout({ strategies, variants }: Scope<string>, { strategy, policy, variant }: KnownColumn): boolean {
  return (isIn(strategies, strategy) || isIn(strategies, policy)) && isIn(variants, variant);
}

/** Thresholds with strategies as columns call them; those that are about none, since others were chosen, are left out. */
export function concerning(thresholds: readonly ScopedThreshold[], columns: readonly KnownColumn[]): Threshold[] {
  return thresholds.flatMap((threshold) => {
    const { expression, metric, operator, limit, strategies, variants, abortOnFail } = threshold;
    const about = columns.filter((column) => isAbout(threshold, column));
    if (about.length === 0) return [];
    const labels = strategies === null ? null : unique(about.map(({ strategy }) => strategy));
    const variantNames = variants === null ? null : unique(variants);
    return [{ expression, metric, operator, limit, strategies: labels, variants: variantNames, abortOnFail }];
  });
}

function unique(names: readonly (string | null)[]): string[] {
  return [...new Set(names)].filter((name) => name !== null);
}
