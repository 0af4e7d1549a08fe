import { human } from '../../units.ts';
import type { ReportData, ThresholdData } from '../report_data.ts';
import { h } from './dom.ts';
import { marginText, signOf } from './figure_box.ts';
import { nameOf, valueText } from './words.ts';

/** The answer first: one line for each threshold, all of its columns behind it. */
export function verdicts(data: ReportData): HTMLElement {
  const { thresholds } = data;
  if (thresholds.length === 0) {
    return h('p', { class: 'note' }, 'This scenario sets no thresholds: nothing passes or fails.');
  }
  const expressions = [...new Set(thresholds.map(({ expression }) => expression))];
  return h(
    'ul',
    { class: 'verdicts' },
    ...expressions.map((one) =>
      verdictLine(
        data,
        thresholds.filter(({ expression }) => expression === one),
      ),
    ),
  );
}

/** `all 18 thresholds hold` */
export function verdictWords({ thresholds }: ReportData): { readonly verdict: string; readonly text: string } | null {
  if (thresholds.length === 0) return null;
  const failed = thresholds.filter(({ verdict }) => verdict === 'fail').length;
  const open = thresholds.filter(({ verdict }) => verdict !== 'fail' && verdict !== 'pass').length;
  const all = thresholds.length;
  if (failed > 0) return { verdict: 'fail', text: `✗ ${failed} of ${all} verdicts fail` };
  if (open > 0) return { verdict: 'inconclusive', text: `? ${open} of ${all} verdicts are open` };
  return { verdict: 'pass', text: all === 1 ? '✓ the threshold holds' : `✓ all ${all} verdicts pass` };
}

function verdictLine(data: ReportData, rows: readonly ThresholdData[]): HTMLElement {
  const byMargin = rows.toSorted((a, b) => room(a) - room(b));
  const failed = rows.filter(({ verdict }) => verdict === 'fail').length;
  const worst = byMargin[0];
  const verdict = failed > 0 ? 'fail' : worst.verdict;
  const count =
    rows.length === 1 ? '' : failed > 0 ? `${failed} of ${rows.length} fail; ` : `all ${rows.length} pass; `;
  return h(
    'li',
    { class: verdict },
    h(
      'details',
      {},
      h(
        'summary',
        {},
        h('span', { class: 'sign', 'aria-hidden': 'true' }, signOf(verdict)),
        h('span', { class: 'hidden' }, `${verdict}: `),
        h('code', {}, worst.expression),
        ` ${count}${rows.length === 1 ? '' : failed > 0 ? 'worst ' : 'tightest '}${told(data, worst)}`,
      ),
      h('ul', {}, ...byMargin.map((row) => h('li', {}, `${signOf(row.verdict)} ${told(data, row)}`))),
    ),
  );
}

function told(data: ReportData, { column, metric, observed, margin, expression, seedsNeeded }: ThresholdData): string {
  const m = data.metrics.findIndex(({ name }) => name === metric);
  const estimate = data.columns[column].estimates[m];
  const value =
    observed !== null
      ? human(observed, data.metrics[m]?.unit ?? 'ratio')
      : estimate?.beyond == null && estimate?.note !== 'not reached'
        ? 'not measured'
        : valueText(estimate, data.metrics[m]);
  const more = seedsNeeded === null ? '' : `; about ${seedsNeeded} seeds would decide`;
  return `${nameOf(data.columns[column])}: ${value}${marginText(expression, margin)}${more}`;
}

/** Worst first; what failed without a margin is worst of all. */
function room({ margin, verdict }: ThresholdData): number {
  return margin ?? (verdict === 'pass' ? Number.MAX_VALUE : -Number.MAX_VALUE);
}
