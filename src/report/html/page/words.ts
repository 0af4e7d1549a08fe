import { labelText } from '../../label.ts';
import { replayLine } from '../../replay_line.ts';
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
