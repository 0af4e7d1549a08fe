import { visible } from '../scenario/diagnostics.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { suggestion } from '../scenario/suggest.ts';
import { UsageError } from './usage_error.ts';

/** Which of a scenario's columns are meant; undefined: all. */
export interface ColumnsChoice {
  /** As results name them, options included. */
  readonly strategy?: readonly string[] | undefined;
  readonly variant?: string | undefined;
}

/** Whether every one of these names is that of a column. */
export function hasColumns({ columns }: Scenario, names: readonly string[]): boolean {
  return names.every((name) => columns.some(({ strategy }) => strategy === name));
}

/**
 * Says which of the file's strategies of the same name, with options, were not taken, for whoever meant one of those; null:
 * it has no others, or its own was named with its options.
 */
export function noteOnOthers(file: string, { columns }: Scenario, label: string): string | null {
  const labels = [...new Set(columns.map(({ strategy }) => strategy))];
  const [name] = label.split('(');
  const others = labels.filter((other) => other !== label && other.startsWith(`${name}(`));
  if (others.length === 0 || (label !== name && labels.includes(label))) return null;
  const taken = label === name ? `${label} without options` : `${label}, which is no column of the file`;
  return visible(`${taken}; ${file} has ${others.join(', ')}`);
}

/**
 * The scenario with those of its columns alone, strategies, which are all there, in the order in which they are named.
 * Throws a UsageError where there is no such variant of these.
 */
export function withColumns(file: string, scenario: Scenario, { strategy, variant }: ColumnsChoice): Scenario {
  const { columns } = scenario;
  const of =
    strategy === undefined ? columns : strategy.flatMap((name) => columns.filter((one) => one.strategy === name));
  if (variant === undefined) return { ...scenario, columns: of };
  const meant = of.filter((column) => column.variant === variant);
  if (meant.length > 0) return { ...scenario, columns: meant };
  const known = [...new Set(of.flatMap((column) => (column.variant === null ? [] : [column.variant])))];
  const fix = known.length === 0 ? 'it names no variants' : suggestion(variant, known);
  throw new UsageError(`--variant ${visible(variant)}: ${visible(file)} has no such variant of these; ${fix}`);
}
