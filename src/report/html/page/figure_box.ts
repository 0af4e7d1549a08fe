import { human, humanPercent } from '../../units.ts';
import type { MetricData, ReportData } from '../report_data.ts';
import { h } from './dom.ts';
import { intervalText, nameOf, replayOf, runsOf, valueText } from './words.ts';

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

/** The runs that it is over, and among them one to look into: that whose value is nearest shows how it comes about. */
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
  const whole = [
    h('p', {}, `All ${runs.length} seeds, and this figure of them:`),
    replayBox(runsOf(data, data.columns[column]), { what: `all ${runs.length} seeds` }),
  ];
  return [
    ...(runs.length > 1 ? whole : []),
    h('p', {}, which),
    replayBox(replayOf(data, data.columns[column], nearest.seed), { what: `seed ${nearest.seed}` }),
  ];
}

/** A command to paste. `what`: which of several it is, for those who do not see where it stands. */
export function replayBox(line: string, { lead, what }: { lead?: string; what?: string } = {}): HTMLElement {
  return h(
    'div',
    { class: 'replay' },
    lead === undefined ? null : h('span', { class: 'note' }, lead),
    h('code', { title: line }, ...commandParts(line)),
    copyButton(line, 'copy', what === undefined ? 'copy the command' : `copy the command for ${what}`),
  );
}

/** Broken before its file and its options, and not between the hyphens that they begin with. */
export function commandParts(line: string): (Node | string)[] {
  return line
    .split(/(?<=^meshtrial \w+) | (?=--)/)
    .flatMap((part, i) => [...(i === 0 ? [] : [' ']), h('span', {}, part)]);
}

export function copyButton(text: string, label: string, spoken: string): HTMLElement {
  const button = h('button', { type: 'button', class: 'small', 'aria-label': spoken }, label);
  button.addEventListener('click', () => {
    copy(text);
    button.textContent = 'copied';
  });
  return button;
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
