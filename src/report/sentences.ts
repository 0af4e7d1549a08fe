import { type Metric, metrics } from '../metrics/catalogue.ts';
import type { CellLabel, ComparisonRow, ResultDocument } from '../run/result.ts';
import { labelText } from './label.ts';
import { latencyComparable } from './survivors.ts';
import { humanDifference, humanPercent } from './units.ts';

/** What a reader asks about first, in words. All the rest is in comparison.csv. */
const headline: ReadonlyMap<string, string> = new Map([
  ['requests.successShare', 'requests ok'],
  ['latency.p50', 'p50'],
  ['latency.p99', 'p99'],
  ['fairness.jain', 'fairness (jain)'],
  ['failover.detect.p99', 'failover detect p99'],
  ['failover.detect.p50', 'failover detect p50'],
  ['failover.drain.p99', 'failover drain p99'],
  ['failover.drain.p50', 'failover drain p50'],
  ['impact.clientFailures', 'requests failed on fault targets'],
]);

/** Of these the median is named, where there are too few events to tell the other. */
const instead: ReadonlyMap<string, string> = new Map([
  ['failover.detect.p50', 'failover.detect.p99'],
  ['failover.drain.p50', 'failover.drain.p99'],
]);

export interface Sentence {
  /** `peak-ewma: p99 31% lower than round-robin [28%, 34%], 20 seeds` */
  readonly text: string;
  /** Whether that is good. */
  readonly isBetter: boolean;
  /** Its parts, for those who set them apart: of whom, compared with whom, on which metric, and what. */
  readonly who: string;
  readonly reference: string;
  readonly metric: string;
  /** `p99 31% lower [28%, 34%]` */
  readonly saying: string;
  /** Whose it is. */
  readonly column: CellLabel;
}

/** One for each clear difference on a headline metric. */
export function comparisonSentences(document: ResultDocument): Sentence[] {
  const { comparison, summary } = document;
  const comparable = latencyComparable(document);
  const told = new Set(comparison.filter(({ low }) => low !== null).map((row) => pairKey(row, row.metric)));
  const several = new Set(summary.map(({ strategy }) => strategy)).size > 1;
  return comparison.flatMap((row) => {
    const metric = metrics.find(({ name }) => name === row.metric);
    const what = headline.get(row.metric);
    if (metric === undefined || what === undefined) return [];
    if (metric.name.startsWith('latency.') && !comparable(row)) return [];
    const better = instead.get(row.metric);
    if (better !== undefined && told.has(pairKey(row, better))) return [];
    const difference = differenceText(row, metric);
    if (difference === null) return [];
    const seeds = row.test === 'paired' ? `${row.n} seeds` : `${row.n} seeds each, not paired`;
    const who = whoText(row, several);
    const found = `${what} ${difference.size} ${row.verdict}`;
    return [
      {
        text: `${who}: ${found} than ${row.reference} ${difference.interval}, ${seeds}`,
        isBetter: metric.better === row.verdict,
        who,
        reference: row.reference,
        metric: metric.name,
        saying: `${found} ${difference.interval}`,
        column: { strategy: row.strategy, variant: row.variant, params: row.params },
      },
    ];
  });
}

/** What is compared with what, and on which metric. */
function pairKey(row: ComparisonRow, metric: string): string {
  return `${metric} ${row.compares} ${labelText(row)} ${row.reference}`;
}

/** Of a variant its name, and of which column where that is not clear. */
function whoText(row: ComparisonRow, severalStrategies: boolean): string {
  if (row.compares === 'strategy') return labelText(row);
  const rest = labelText({ ...row, variant: null });
  if (severalStrategies) return `${row.variant} ${rest}`;
  return `${row.variant}${rest.slice(row.strategy.length)}`;
}

function differenceText(row: ComparisonRow, { unit }: Metric): { size: string; interval: string } | null {
  const { difference, low, high, verdict } = row;
  if (verdict !== 'lower' && verdict !== 'higher') return null;
  if (difference === null || low === null || high === null) return null;
  const sign = verdict === 'lower' ? -1 : 1;
  const told = (value: number, one: number, other: number, say: (amount: number) => string) => ({
    size: say(sign * value),
    interval: `[${[sign * one, sign * other]
      .toSorted((a, b) => a - b)
      .map(say)
      .join(', ')}]`.replaceAll(' points', ''),
  });
  // Durations and counts differ by a part of the reference; shares by points; what has no ratio by an amount.
  const { ratio, ratioLow, ratioHigh } = row;
  const isAmount = unit !== 'share' && unit !== 'ratio';
  if (isAmount && ratio !== null && ratioLow !== null && ratioHigh !== null) {
    // With few seeds the interval of the ratio may hold 1 where that of the difference leaves 0 out.
    if ((ratioLow - 1) * (ratioHigh - 1) > 0) return told(ratio - 1, ratioLow - 1, ratioHigh - 1, humanPercent);
  }
  return told(difference, low, high, (amount) => humanDifference(amount, unit));
}
