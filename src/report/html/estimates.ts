import type { Metric } from '../../metrics/catalogue.ts';
import type { BestRow, CellLabel, SummaryRow } from '../../run/result.ts';
import { type Mark, marksOf } from '../marks.ts';
import type { EstimateData } from './report_data.ts';

/** One metric of one column, before it is set against others. */
export interface Unmarked extends Omit<EstimateData, 'mark'> {
  readonly label: CellLabel;
}

export function estimateOf(label: CellLabel, row: SummaryRow | undefined): Unmarked {
  if (row === undefined) return { label, mean: null, low: null, high: null, n: 0, beyond: null, note: null };
  const { mean, low, high, n, beyond, note } = row;
  return { label, mean, low, high, n, beyond, note };
}

/** Who is best and worst of a group, by the rule of the terminal's table: nobody beside what is longer than was observed. */
export function markGroup(
  metric: Metric,
  group: readonly Unmarked[],
  best: readonly BestRow[],
  ranked: boolean,
): Mark[] {
  return ranked && !group.some(isMissed) ? marksOf(metric, group, best) : [];
}

/** It was not reached in some run while it was watched for. */
function isMissed({ mean, beyond, note }: Unmarked): boolean {
  return mean === null && (beyond !== null || note === 'not reached');
}
