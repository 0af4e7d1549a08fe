import { human } from '../../units.ts';
import type { ReportData, ThresholdData } from '../report_data.ts';
import { h } from './dom.ts';
import { figureBox, marginText, signOf, worstFirst } from './figure_box.ts';
import type { Popover } from './popover.ts';
import { nameOf, valueText } from './words.ts';

/** The answer first: one line for each threshold, all of its columns behind it. */
export function verdicts(data: ReportData, popover: Popover): HTMLElement {
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
        popover,
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
  const more = open > 0 ? `, ${open} open` : '';
  if (failed > 0) return { verdict: 'fail', text: `✗ ${failed} of ${all} verdicts fail${more}` };
  if (open > 0) return { verdict: 'inconclusive', text: `? ${open} of ${all} verdicts are open` };
  return { verdict: 'pass', text: all === 1 ? '✓ the threshold holds' : `✓ all ${all} verdicts pass` };
}

function verdictLine(data: ReportData, rows: readonly ThresholdData[], popover: Popover): HTMLElement {
  const ranked = rows.toSorted(worstFirst);
  const [worst] = ranked;
  return h(
    'li',
    { class: worst.verdict },
    h(
      'details',
      {},
      h(
        'summary',
        {},
        h('span', { class: 'sign', 'aria-hidden': 'true' }, signOf(worst.verdict)),
        h('span', { class: 'hidden' }, `${worst.verdict}: `),
        h('code', {}, worst.expression),
        ` ${countText(rows)}${told(data, worst)}`,
      ),
      h(
        'ul',
        {},
        ...ranked.map((row) => {
          const button = h('button', { type: 'button', class: 'plain' }, told(data, row));
          const metric = data.metrics.findIndex(({ name }) => name === row.metric);
          if (metric >= 0) popover.explain(button, () => figureBox(data, row.column, metric));
          return h('li', {}, `${signOf(row.verdict)} `, metric >= 0 ? button : told(data, row));
        }),
      ),
    ),
  );
}

/** `1 of 6 fails, 2 open; worst `: what cannot be decided yet is not said to pass. */
function countText(rows: readonly ThresholdData[]): string {
  if (rows.length === 1) return '';
  const fail = rows.filter(({ verdict }) => verdict === 'fail').length;
  const pass = rows.filter(({ verdict }) => verdict === 'pass').length;
  const open = rows.length - fail - pass;
  if (pass === rows.length) return `all ${pass} pass; tightest `;
  const parts = [[fail, fail === 1 ? 'fails' : 'fail'] as const, [open, open === 1 ? 'is open' : 'are open'] as const]
    .filter(([count]) => count > 0)
    .map(([count, word], i) => (i === 0 ? `${count} of ${rows.length} ${word}` : `${count} ${word}`));
  return `${parts.join(', ')}; ${fail > 0 ? 'worst ' : ''}`;
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
