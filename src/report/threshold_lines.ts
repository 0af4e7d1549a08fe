import type { Colors } from 'picocolors/types.js';
import { IDENTICAL } from '../metrics/estimates/estimation.ts';
import type { ThresholdRow } from '../run/result.ts';
import type { Verdict } from '../run/thresholds.ts';
import { fewText } from './few.ts';
import { labelText } from './label.ts';
import { human, humanPercent, intervalText } from './units.ts';

/** With more columns than this, a threshold's passes shrink to their tightest. */
const FEW = 6;
/** Failures beyond this many of one threshold are counted, the worst being shown. */
const MOST_FAILURES = 12;

type Outcome = ThresholdRow['verdict'];

/**
 * One line a verdict: `FAIL  latency.p99 < 500ms   ring   812 ms ±21 ms   62% above the limit`. Within a threshold failures
 * come first, then what is inconclusive: `????  ..  2% below the limit; needs about 40 seeds`.
 */
export function thresholdLines(verdicts: readonly Verdict[], paint: Colors): string[] {
  if (verdicts.length === 0) return [];
  const rows = byThreshold(verdicts).flatMap(shorten);
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map(({ fields }) => fields[i].length)));
  return rows.map(({ outcome, fields, margin }) => {
    const mark = markOf(outcome, paint);
    return `  ${mark}  ${fields.map((field, i) => field.padEnd(widths[i])).join('  ')}  ${margin}`.trimEnd();
  });
}

/** The verdicts of each threshold together, in the order of the scenario; none of a threshold without any. */
export function byThreshold(verdicts: readonly Verdict[]): Verdict[][] {
  const places = [...new Set(verdicts.map(({ place }) => place))];
  return places.map((place) => verdicts.filter((verdict) => verdict.place === place));
}

function markOf(outcome: Outcome, paint: Colors): string {
  if (outcome === 'inconclusive') return paint.yellow('????');
  return outcome === 'fail' ? paint.red('FAIL') : paint.green('pass');
}

interface Line {
  readonly outcome: Outcome;
  readonly fields: readonly [expression: string, column: string, observed: string];
  readonly margin: string;
}

function shorten(verdicts: readonly Verdict[]): Line[] {
  const of = (outcome: Outcome) => verdicts.filter(({ row }) => row.verdict === outcome);
  return [
    ...shortenWorst(of('fail'), 'fail'),
    ...shortenWorst(of('inconclusive'), 'inconclusive'),
    ...shortenPasses(of('pass'), verdicts.length),
  ];
}

function shortenWorst(own: readonly Verdict[], outcome: Outcome): Line[] {
  if (own.length <= MOST_FAILURES) return own.map(lineOf);
  const worst = own.toSorted(byMargin).slice(0, MOST_FAILURES).map(lineOf);
  const more = `${own.length - MOST_FAILURES} more, less badly`;
  return [...worst, { outcome, fields: [worst[0].fields[0], more, ''], margin: '' }];
}

function shortenPasses(passed: readonly Verdict[], of: number): Line[] {
  if (of <= FEW || passed.length < 2) return passed.map(lineOf);
  const tightest = lineOf(passed.toSorted(byMargin)[0]);
  const [expression, column, observed] = tightest.fields;
  return [{ ...tightest, fields: [expression, `${passed.length} of ${of}, tightest ${column}`, observed] }];
}

/** Worst first; what failed without a margin is worst of all, what passed because it was not reached is best. */
function byMargin(a: Verdict, b: Verdict): number {
  return room(a) - room(b) || 0;
}

function room({ row, margin, notReached }: Verdict): number {
  return margin ?? (notReached > 0 && row.verdict === 'pass' ? Infinity : -Infinity);
}

function lineOf(verdict: Verdict): Line {
  const { row, margin } = verdict;
  return {
    outcome: row.verdict,
    fields: [row.expression, labelText(row), observedText(verdict)],
    margin: [marginText(row.expression, margin), neededText(row)].filter((text) => text !== '').join('; '),
  };
}

function neededText({ verdict, seedsNeeded }: ThresholdRow): string {
  if (verdict !== 'inconclusive') return '';
  return seedsNeeded === null ? 'more seeds may not decide' : `needs about ${seedsNeeded} seeds`;
}

/** The figure with its interval, or what there is in its stead. */
export function observedText({ row, metric, notReached, replications, note, beyond }: Verdict): string {
  if (row.observed === null && beyond !== null) return `> ${human(beyond, metric.unit)}`;
  if (row.observed === null && notReached > 0) {
    return notReached === replications ? 'not reached' : `not reached in ${notReached} of ${replications} runs`;
  }
  if (row.observed === null) return 'not measured';
  const few = fewText({ note });
  if (few !== '') return `${human(row.observed, metric.unit)}, only ${few}`;
  if (note === IDENTICAL) return `${human(row.observed, metric.unit)}, ${IDENTICAL}`;
  return `${human(row.observed, metric.unit)} ${intervalText({ ...row, figure: row.observed }, metric.unit)}`.trimEnd();
}

function marginText(expression: string, margin: number | null): string {
  if (margin === null) return '';
  if (margin === 0) return 'at the limit';
  const above = expression.includes('<') === margin < 0;
  return `${humanPercent(margin)} ${above ? 'above' : 'below'} the limit`;
}
