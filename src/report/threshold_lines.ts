import type { Colors } from 'picocolors/types.js';
import type { Verdict } from '../run/thresholds.ts';
import { labelText } from './label.ts';
import { human, humanPercent, plusMinus } from './units.ts';

/** With more columns than this, a threshold's passes shrink to their tightest. */
const FEW = 6;
/** Failures beyond this many of one threshold are counted, the worst being shown. */
const MOST_FAILURES = 12;

/** One line a verdict: `FAIL  latency.p99 < 500ms   ring   812 ms ±21 ms   62% over the limit`. Failures first within a threshold. */
export function thresholdLines(verdicts: readonly Verdict[], paint: Colors): string[] {
  if (verdicts.length === 0) return [];
  const expressions = [...new Set(verdicts.map(({ row }) => row.expression))];
  const rows = expressions.flatMap((one) => shorten(verdicts.filter(({ row }) => row.expression === one)));
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map(({ fields }) => fields[i].length)));
  return rows.map(({ failed, fields, margin }) => {
    const mark = failed ? paint.red('FAIL') : paint.green('pass');
    return `  ${mark}  ${fields.map((field, i) => field.padEnd(widths[i])).join('  ')}  ${margin}`.trimEnd();
  });
}

interface Line {
  readonly failed: boolean;
  readonly fields: readonly [expression: string, column: string, observed: string];
  readonly margin: string;
}

function shorten(verdicts: readonly Verdict[]): Line[] {
  const failed = verdicts.filter(({ row }) => row.verdict === 'fail');
  const passed = verdicts.filter(({ row }) => row.verdict === 'pass');
  return [...shortenFailures(failed), ...shortenPasses(passed, verdicts.length)];
}

function shortenFailures(failed: readonly Verdict[]): Line[] {
  if (failed.length <= MOST_FAILURES) return failed.map(lineOf);
  const worst = failed.toSorted(byMargin).slice(0, MOST_FAILURES).map(lineOf);
  const more = `${failed.length - MOST_FAILURES} more, less badly`;
  return [...worst, { failed: true, fields: [worst[0].fields[0], more, ''], margin: '' }];
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
    failed: row.verdict === 'fail',
    fields: [row.expression, labelText(row), observedText(verdict)],
    margin: marginText(row.expression, margin),
  };
}

function observedText({ row, metric, notReached, replications }: Verdict): string {
  if (notReached > 0) {
    return notReached === replications ? 'not reached' : `not reached in ${notReached} of ${replications} runs`;
  }
  if (row.observed === null) return 'not measured';
  return `${human(row.observed, metric.unit)} ${plusMinus(row.low, row.high, metric.unit)}`.trimEnd();
}

function marginText(expression: string, margin: number | null): string {
  if (margin === null) return '';
  if (margin === 0) return 'at the limit';
  const above = expression.includes('<') === margin < 0;
  return `${humanPercent(margin)} ${above ? 'above' : 'below'} the limit`;
}
