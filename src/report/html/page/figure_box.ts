import { human, humanPercent } from '../../units.ts';
import type { MetricData, ReportData } from '../report_data.ts';
import { h } from './dom.ts';
import { intervalText, nameOf, replayOf, valueText } from './words.ts';

/** All there is to say of one figure of the table: its interval, its thresholds, and the run to look into. */
export function figureBox(data: ReportData, column: number, metric: number): HTMLElement[] {
  const { estimates, runs } = data.columns[column];
  const [about, estimate] = [data.metrics[metric], estimates[metric]];
  const limits = data.thresholds.filter((one) => one.column === column && one.metric === about.name);
  return [
    h('strong', {}, `${nameOf(data.columns[column])}: ${about.name}`),
    h('p', { class: 'big' }, valueText(estimate, about)),
    h('p', {}, intervalText(estimate, about)),
    h('p', { class: 'note' }, `${about.doc}${about.better === 'neither' ? '' : `; ${about.better} is better`}`),
    ...limits.map(({ expression, verdict, margin }) =>
      h('p', { class: `verdict ${verdict}` }, `${signOf(verdict)} ${expression}${marginText(expression, margin)}`),
    ),
    ...representative(data, column, metric, runs, about, estimate.mean),
  ];
}

export function signOf(verdict: string): string {
  return verdict === 'pass' ? '✓' : verdict === 'fail' ? '✗' : '?';
}

export function marginText(expression: string, margin: number | null): string {
  if (margin === null) return '';
  if (margin === 0) return ', at the limit';
  const above = expression.includes('<') === margin < 0;
  return `, ${humanPercent(margin)} ${above ? 'above' : 'below'} the limit`;
}

/** The run whose value is nearest the estimate shows how the figure comes about. */
function representative(
  data: ReportData,
  column: number,
  metric: number,
  runs: ReportData['columns'][number]['runs'],
  { unit }: MetricData,
  mean: number | null,
): HTMLElement[] {
  const known = runs.flatMap(({ seed, values }) => {
    const value = values[metric];
    return value === null ? [] : [{ seed, value }];
  });
  const nearest = known.toSorted((a, b) => Math.abs(a.value - (mean ?? 0)) - Math.abs(b.value - (mean ?? 0)))[0] ?? {
    seed: runs[0]?.seed,
    value: null,
  };
  if (nearest.seed === undefined) return [];
  const which =
    known.length > 1
      ? `Nearest to it is seed ${nearest.seed}, with ${human(nearest.value, unit)}:`
      : 'To see it again:';
  return [h('p', {}, which), replayBox(replayOf(data, data.columns[column], nearest.seed))];
}

/** A command to paste. */
export function replayBox(line: string, lead?: string): HTMLElement {
  const button = h('button', { type: 'button', class: 'small', 'aria-label': 'copy the command' }, 'copy');
  button.addEventListener('click', () => {
    copy(line);
    button.textContent = 'copied';
  });
  return h(
    'div',
    { class: 'replay' },
    lead === undefined ? null : h('span', { class: 'note' }, lead),
    h('code', { title: line }, line),
    button,
  );
}

/** Pages from files may have no clipboard to write to: then the old way. */
function copy(text: string): void {
  if (navigator.clipboard !== undefined) {
    navigator.clipboard.writeText(text).catch(() => copyBySelection(text));
  } else copyBySelection(text);
}

function copyBySelection(text: string): void {
  const area = h('textarea', { 'aria-hidden': 'true' });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
