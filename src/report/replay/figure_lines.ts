import type { CellMeasures } from '../../metrics/measures.ts';
import { finiteOrNull, NOT_REACHED } from '../../metrics/not_reached.ts';
import { shownMetrics } from '../html/metric_list.ts';
import { human } from '../units.ts';

/** The figures of one run that the page has of it, by metric; null is what was not measured, or not reached. */
export function figuresOf(measures: CellMeasures, judged: readonly string[]): Record<string, number | null> {
  return Object.fromEntries(
    shown(measures, judged).map(({ metric }) => [metric.name, finiteOrNull(metric.read(measures))]),
  );
}

/** The same in words, a line for each kind: `latency: p50 9.68 ms, p99 259 ms`. */
export function figureLines(measures: CellMeasures, judged: readonly string[]): string[] {
  const kinds = new Map<string, string[]>();
  for (const { metric, data } of shown(measures, judged)) {
    const [kind, what] = data.head ?? ['', metric.name];
    const value = metric.read(measures);
    const text = value === NOT_REACHED ? 'not reached' : human(value, metric.unit);
    kinds.set(kind, [...(kinds.get(kind) ?? []), `${what} ${text}`]);
  }
  return [...kinds].map(([kind, texts]) => `${kind}: ${texts.join(', ')}`);
}

function shown(measures: CellMeasures, judged: readonly string[]) {
  return shownMetrics(judged, () => true).filter(({ metric }) => metric.read(measures) !== null);
}
