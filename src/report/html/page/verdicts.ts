import { human } from '../../units.ts';
import type { ReportData, ThresholdData } from '../report_data.ts';
import { h } from './dom.ts';
import { figureBox, marginText, signOf } from './figure_box.ts';
import type { Popover } from './popover.ts';
import { countText, worstFirst } from './verdict_words.ts';
import { nameOf, valueText } from './words.ts';

/** The answer first: one line for each threshold, all of its columns behind it. */
export function verdicts(data: ReportData, popover: Popover): HTMLElement {
  const { thresholds } = data;
  if (thresholds.length === 0) {
    const who = data.isOverview ? 'No scenario sets any' : 'This scenario sets no';
    return h('p', { class: 'note' }, `${who} thresholds: nothing passes or fails.`);
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
