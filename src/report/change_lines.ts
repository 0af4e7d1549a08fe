import type { Colors } from 'picocolors/types.js';
import { type Metric, metrics } from '../metrics/catalogue.ts';
import type { Change, Comparison } from '../run/compare/compare_results.ts';
import type { MarginVerdict } from '../run/compare/judge_margin.ts';
import { counted, outcomeCounts } from './counts.ts';
import { labelText, someColumns } from './label.ts';
import { human, humanDifference, humanPercent } from './units.ts';

/** What the two results are called. */
export interface Sides {
  readonly before: string;
  readonly after: string;
}

/** The comparison of one scenario for a person: what was asked first, then what changed, then what could not be compared. */
export function comparisonLines(comparison: Comparison, sides: Sides, paint: Colors): string[] {
  const { scenario, margins, changes, onlyBefore, onlyAfter } = comparison;
  const sections = [
    [`${paint.bold(scenario)}: ${sides.after} against ${sides.before}, ${seedsText(changes)}`],
    marginLines(margins, paint),
    changeLines(changes, sides, paint),
    [
      ...(onlyBefore.length === 0 ? [] : [`only in ${sides.before}: ${someColumns(onlyBefore)}`]),
      ...(onlyAfter.length === 0 ? [] : [`only in ${sides.after}: ${someColumns(onlyAfter)}`]),
    ],
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

/** `latency.p99:+5% regressed in ring: 259 ms, was 240 ms: 8% higher [7%, 9%]` */
export function marginSentence(verdict: MarginVerdict): string {
  return `${verdict.expression} ${word[verdict.verdict]} in ${labelText(verdict)}: ${observedText(verdict)}`;
}

const word = { regression: 'regressed', pass: 'holds', inconclusive: 'is inconclusive' } as const;

/** `1 of 4 regressed and 2 inconclusive`. */
export function marginCounts(margins: readonly MarginVerdict[]): string {
  const count = (wanted: MarginVerdict['verdict']) => margins.filter(({ verdict }) => verdict === wanted).length;
  const outcomes = { of: margins.length, failed: count('regression'), inconclusive: count('inconclusive') };
  return outcomeCounts(outcomes, 'regressed', 'no regression');
}

function marginLines(margins: readonly MarginVerdict[], paint: Colors): string[] {
  if (margins.length === 0) return [];
  const marks = { regression: paint.red('FAIL'), pass: paint.green('pass'), inconclusive: paint.yellow('?   ') };
  const widths = [
    Math.max(...margins.map(({ expression }) => expression.length)),
    Math.max(...margins.map((verdict) => labelText(verdict).length)),
  ];
  return [
    paint.bold(`Margins: ${marginCounts(margins)}`),
    ...margins.map((one) => {
      const [expression, column] = [one.expression.padEnd(widths[0]), labelText(one).padEnd(widths[1])];
      return `  ${marks[one.verdict]}  ${expression}  ${column}  ${observedText(one)}`;
    }),
  ];
}

function observedText({ change, verdict, reason, seedsNeeded }: MarginVerdict): string {
  const metric = metricNamed(change.metric);
  const values = `${valueText(change, 'after', metric)}, was ${valueText(change, 'before', metric)}`;
  const moved =
    change.verdict === 'same'
      ? ': the same under every seed'
      : change.difference === null
        ? ''
        : `: ${movedText(change, metric)}`;
  if (verdict !== 'inconclusive') return `${values}${moved}${reason === null ? '' : `: ${reason}`}`;
  const why = seedsNeeded === null ? (reason ?? 'no interval') : `needs about ${seedsNeeded} seeds`;
  return `${values}${moved}; inconclusive, ${why}`;
}

function changeLines(changes: readonly Change[], { before }: Sides, paint: Colors): string[] {
  const told = changes.filter(({ verdict }) => verdict !== 'none');
  const moved = told.filter(({ verdict }) => verdict === 'better' || verdict === 'worse' || verdict === 'changed');
  const figures = `${told.length} figures`;
  const heading = 'Changes, with 95% intervals';
  if (moved.length === 0) {
    const same = told.every(({ verdict }) => verdict === 'same');
    return [
      `${paint.bold(heading)}: none${same ? `; ${figures} are the same under every seed` : ` that is clear in ${figures}`}`,
    ];
  }
  const lines = moved.map((change) => {
    const metric = metricNamed(change.metric);
    const judged = change.verdict === 'changed' ? '' : ` (${change.verdict})`;
    const line = `  ${labelText(change)}: ${change.metric} ${movedText(change, metric, ` than in ${before}`)}${judged}`;
    return change.verdict === 'worse' ? paint.yellow(line) : line;
  });
  const chance = 'Where nothing changed at all about one metric in twenty would be listed by chance.';
  return [paint.bold(heading), ...lines, `  ${moved.length} of ${figures} changed. ${chance}`];
}

/** `12% higher than in main [10%, 14%], 5 seeds`: by a part of the baseline where that has an interval, shares by points, else by an amount. */
function movedText(
  { difference, low, high, ratio, ratioLow, ratioHigh, n }: Change,
  { unit }: Metric,
  than = '',
): string {
  if (difference === null) return 'not comparable';
  const way = difference > 0 ? 'higher' : difference < 0 ? 'lower' : 'different';
  const asPart = unit !== 'share' && unit !== 'ratio' && ratio !== null && ratioLow !== null && ratioHigh !== null;
  const [point, from, to] = asPart ? [ratio - 1, ratioLow - 1, ratioHigh - 1] : [difference, low, high];
  const sign = difference < 0 ? -1 : 1;
  const say = (value: number) => {
    const text = asPart ? humanPercent(value) : humanDifference(Math.abs(value), unit);
    // Seen from the side the change lies on, what lies on the other is negative.
    return value * sign < 0 ? `-${text}` : text;
  };
  const seeds = counted(n, 'seed');
  const what = `${say(point)} ${way}${than}`;
  if (from === null || to === null) return `${what}, ${seeds}`;
  const ends = (sign < 0 ? [to, from] : [from, to]).map(say).join(', ').replaceAll(' points', '');
  return `${what} [${ends}], ${seeds}`;
}

function valueText({ notReached, measured, ...change }: Change, side: 'before' | 'after', { unit }: Metric): string {
  if (notReached[side] > 0) {
    return notReached[side] === measured[side]
      ? 'not reached'
      : `not reached in ${notReached[side]} of ${measured[side]}`;
  }
  return change[side] === null ? 'not measured' : human(change[side], unit);
}

function seedsText(changes: readonly Change[]): string {
  const counts = changes.map(({ n }) => n);
  const most = Math.max(0, ...counts);
  const tests = new Set(changes.map(({ test }) => test));
  const how = [...tests]
    .map((test) => (test === 'paired' ? 'paired by seed' : 'other requests, so unpaired'))
    .join('; ');
  return `${counted(most, 'seed')}, ${how}`;
}

function metricNamed(name: string): Metric {
  // Every change is of a metric of the catalogue.
  return metrics.find((metric) => metric.name === name) as Metric;
}
