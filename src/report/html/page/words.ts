import { labelText } from '../../label.ts';
import { columnOptions, quoted, replayLine, runLine, settingOptions, strategyOptions } from '../../replay_line.ts';
import { human, humanMs } from '../../units.ts';
import type {
  ColumnData,
  DoubtState,
  EstimateData,
  LineData,
  MetricData,
  ReportData,
  TruthState,
} from '../report_data.ts';

export const truthWords: Readonly<Record<TruthState, string>> = { down: 'down', slow: 'slow', errors: 'erring (grey)' };

export const doubtWords: Readonly<Record<DoubtState, string>> = {
  activeCheck: 'failed check',
  ejection: 'ejected',
  registry: 'not discovered',
  accrual: 'failures in a row',
  heartbeat: 'heartbeats missing',
  gossip: 'gossip says dead',
  connection: 'no connection',
  unseen: 'not yet discovered',
  unproven: 'not yet checked again',
};

export function nameOf(column: ColumnData): string {
  return column.scenario === null ? labelText(column) : `${column.scenario.name}: ${labelText(column)}`;
}

/** What to type to run it again. */
export function replayOf({ file }: ReportData, column: ColumnData, seed: number): string {
  return replayLine(column.scenario?.file ?? file, column, seed);
}

/** What to type to have figures over all runs of a column again. */
export function runsOf({ file }: ReportData, column: ColumnData): string {
  return runLine(column.scenario?.file ?? file, columnOptions(column), seedsOf([column]));
}

/** What to type to have all columns of a scenario again, as those of a difference: the one it is of and its reference. */
export function studyOf({ file, columns }: ReportData, of: ColumnData, reference: string | null = null): string {
  const own = columns.filter(({ scenario }) => scenario?.name === of.scenario?.name);
  const strategies = [...new Set(own.map(({ strategy }) => strategy))];
  const isFirst = reference === null || reference === own[0].strategy || reference === own[0].variant;
  const from = isFirst ? [] : [`--reference ${quoted(reference)}`];
  const options = [strategyOptions(strategies), ...settingOptions(commonTo(own)), ...from].join(' ');
  return runLine(of.scenario?.file ?? file, options, seedsOf(own));
}

/** The variant and the parameters that are the same in all columns, which `run` may have been told to choose or to set. */
function commonTo(columns: readonly ColumnData[]): Pick<ColumnData, 'variant' | 'params'> {
  const [{ variant, params }] = columns;
  return {
    variant: columns.every((column) => column.variant === variant) ? variant : null,
    params: Object.fromEntries(
      Object.entries(params).filter(([path, value]) => columns.every((column) => column.params[path] === value)),
    ),
  };
}

/** Where some are missing, those between too. */
function seedsOf(columns: readonly ColumnData[]): { readonly first: number; readonly count: number } {
  const seeds = columns.flatMap(({ runs }) => runs.map(({ seed }) => seed));
  const first = Math.min(...seeds);
  return { first, count: Math.max(...seeds) - first + 1 };
}

/** As the terminal's table says it. */
export function valueText({ mean, beyond, note }: EstimateData, { unit }: MetricData): string {
  if (mean !== null) return human(mean, unit);
  if (beyond !== null) return `> ${human(beyond, unit)}`;
  return note === 'not reached' ? 'not reached' : human(null, unit);
}

export function intervalText({ low, high, n, note }: EstimateData, { unit }: MetricData): string {
  const seeds = `${n} ${n === 1 ? 'seed' : 'seeds'}`;
  const interval = low === null ? (n === 1 ? 'no interval' : '') : `95% interval ${intervalOf(low, high, unit)}`;
  return [interval, seeds, note ?? ''].filter((text) => text !== '').join(', ');
}

function intervalOf(low: number, high: number | null, unit: MetricData['unit']): string {
  return high === null ? `from ${human(low, unit)} upwards` : `${human(low, unit)} to ${human(high, unit)}`;
}

/** A moment of the run: `66.3 s`, `2 min`. */
export function timeText(ms: number): string {
  return ms === 0 ? '0' : humanMs(ms);
}

/** To look into a run around then: ` --around 66.3s`. */
export function timeOption(ms: number): string {
  return ` --around ${Number((ms / 1000).toPrecision(6))}s`;
}

/** The points of a line, as pairs. */
export function pointsOf(line: LineData): [number, number | null][] {
  if ('times' in line) return line.times.map((ms, i) => [ms, line.values[i]]);
  return line.values.map((value, i) => [line.fromMs + i * line.stepMs, value]);
}

/** So that the last second is as long as the others. */
export function heldToTheEnd(
  points: readonly [number, number | null][],
  durationMs: number,
): [number, number | null][] {
  const last = points.at(-1);
  return last === undefined ? [] : [...points, [Math.min(last[0] + 1000, durationMs), last[1]]];
}

/** A metric's or a strategy's name as part of a file's. */
export function fileName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
