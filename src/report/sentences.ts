import { type Metric, metrics } from '../metrics/catalogue.ts';
import type { ComparisonRow, ResultDocument } from '../run/result.ts';
import { labelText, paramsText } from './label.ts';
import { latencyComparable } from './survivors.ts';
import { humanDifference, humanPercent } from './units.ts';

/** What a reader asks about first, in words. All the rest is in comparison.csv. */
const headline: ReadonlyMap<string, string> = new Map([
  ['requests.successShare', 'requests ok'],
  ['latency.p50', 'latency p50'],
  ['latency.p99', 'latency p99'],
  ['fairness.jain', 'fairness (jain)'],
  ['failover.detect.p99', 'failover detect p99'],
  ['failover.drain.p99', 'failover drain p99'],
  ['impact.clientFailures', 'requests failed on fault targets'],
]);

/** `peak-ewma: latency p99 31% lower than ring [28%, 34%], 10 seeds (better)`: one for each clear difference on a headline metric. */
export function comparisonSentences(document: ResultDocument): string[] {
  const { comparison, summary } = document;
  const comparable = latencyComparable(document);
  const means = new Map(summary.map((row) => [meanKey(row.metric, row.strategy, row), row.mean]));
  return comparison.flatMap((row) => {
    const metric = metrics.find(({ name }) => name === row.metric);
    const what = headline.get(row.metric);
    if (metric === undefined || what === undefined) return [];
    if (metric.name.startsWith('latency.') && !comparable(row)) return [];
    const sentence = sentenceOf(row, metric, what, means.get(meanKey(row.metric, row.reference, row)) ?? null);
    return sentence === null ? [] : [sentence];
  });
}

function sentenceOf(row: ComparisonRow, metric: Metric, what: string, reference: number | null): string | null {
  const { difference, low, high, verdict } = row;
  if (verdict !== 'lower' && verdict !== 'higher') return null;
  if (difference === null || low === null || high === null) return null;
  const say = sayer(metric, reference);
  // Nothing can fall by more than all of it.
  const most = verdict === 'lower' && isAmount(metric.unit, reference) ? reference : Infinity;
  const [from, to] = verdict === 'lower' ? [-high, Math.min(-low, most)] : [low, high];
  const who = labelText(row);
  const good = metric.better === verdict ? 'better' : 'worse';
  const interval = `[${say(from)}, ${say(to)}]`.replaceAll(' points', '');
  return `${who}: ${what} ${say(Math.abs(difference))} ${verdict} than ${row.reference} ${interval}, ${row.n} seeds (${good})`;
}

/** Durations and counts differ by a part of the reference, shares by points; ratios, and what the reference has none of, by an amount. */
function sayer({ unit }: Metric, reference: number | null): (difference: number) => string {
  const part = isAmount(unit, reference) ? reference : null;
  return (difference) => (part === null ? humanDifference(difference, unit) : humanPercent(difference / part));
}

function isAmount(unit: Metric['unit'], reference: number | null): reference is number {
  return unit !== 'share' && unit !== 'ratio' && reference !== null && reference > 0;
}

function meanKey(metric: string, strategy: string, row: Pick<ComparisonRow, 'params'>): string {
  return JSON.stringify([metric, strategy, paramsText(row)]);
}
