import { human, plusMinus } from '../../units.ts';
import type { ColumnData, ReportData } from '../report_data.ts';
import { h } from './dom.ts';
import { figureBox } from './figure_box.ts';
import { columnMark, markPicture } from './keys.ts';
import { paletteOf } from './palette.ts';
import type { Popover } from './popover.ts';
import type { Store } from './store.ts';
import { worstFirst } from './verdict_words.ts';
import { nameOf, valueText } from './words.ts';

/** The matrix: a row for each column of the study, a figure for each metric, sortable by any. */
export function heatTable(store: Store, popover: Popover): HTMLElement {
  const { data } = store;
  const shown = data.metrics.flatMap((metric, m) => (metric.head === null ? [] : [{ metric, m, head: metric.head }]));
  const rows = data.columns.map((_, c) =>
    tableRow(
      store,
      c,
      shown.map(({ m }) => m),
      popover,
    ),
  );
  const body = h('tbody', {}, ...rows);
  const heads: HTMLElement[] = [];
  let sorted: { m: number | null; descending: boolean } | null = null;

  const sort = (m: number | null, head: HTMLElement) => {
    const descending = sorted?.m === m ? !sorted.descending : false;
    sorted = { m, descending };
    const order = [...data.columns.keys()].toSorted((a, b) => compare(data, m, a, b, descending));
    body.append(...order.map((c) => rows[c]));
    for (const one of heads) one.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
  };
  const headCell = (m: number | null, lines: readonly string[], about: string, more: Record<string, string> = {}) => {
    const cell = h('th', { scope: 'col', ...more });
    const button = h(
      'button',
      { type: 'button', title: about, onclick: () => sort(m, cell) },
      ...lines.map((line) => h('span', {}, line)),
      h('i', { 'aria-hidden': 'true' }),
    );
    cell.append(button);
    heads.push(cell);
    return cell;
  };

  const intervals = h('input', { type: 'checkbox', id: 'intervals' });
  const table = h(
    'table',
    { class: 'heat' },
    h(
      'caption',
      { class: 'hidden' },
      'Every strategy by every headline figure. Head cells sort; figures open what is behind them.',
    ),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        headCell(null, [rowHead(data)], 'sort by name', { class: 'name' }),
        ...shown.map(({ metric, m, head }) => headCell(m, head, `${metric.name}: ${metric.doc}`)),
      ),
    ),
    body,
  );
  intervals.addEventListener('change', () => table.classList.toggle('with-intervals', intervals.checked));
  return h(
    'div',
    {},
    h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Figures of all strategies' }, table),
    h('div', { class: 'keys-line' }, legend(data, body), h('label', { class: 'check' }, intervals, ' show intervals')),
  );
}

function rowHead({ columns, isOverview }: ReportData): string {
  if (isOverview) return 'scenario and strategy';
  return columns.some(({ variant }) => variant !== null) ? 'variant and strategy' : 'strategy';
}

function tableRow(store: Store, c: number, metrics: readonly number[], popover: Popover): HTMLElement {
  const { data } = store;
  const name = nameOf(data.columns[c]);
  const box = h('input', { type: 'checkbox', 'aria-label': `draw ${name} in charts` });
  const swatch = h('span', { class: 'swatch', 'aria-hidden': 'true' });
  const update = () => {
    box.checked = store.view.selected.has(c);
    swatch.replaceChildren(swatchOf(store, c));
  };
  const { scenario } = data.columns[c];
  const label = h('span', { class: 'label' }, ...nameParts(data.columns[c]));
  box.addEventListener('change', () => store.set({ selected: toggled(store.view.selected, c) }));
  store.watch((changed) => (changed.has('selected') || changed.has('theme')) && update());
  update();
  return h(
    'tr',
    { 'data-column': c },
    h(
      'th',
      { scope: 'row', class: 'name' },
      scenario === null ? h('label', {}, box, swatch, label) : h('a', { href: scenario.page }, label),
    ),
    ...metrics.map((m) => figure(data, c, m, popover)),
  );
}

/** The strategy, and under it its options and parameters, which break where they have joints. */
function nameParts(column: ColumnData): (Node | string)[] {
  const name = nameOf(column);
  const at = name.slice((column.variant ?? '').length).search(/[( ](?=[^ ]*=)/);
  const [who, rest] = at < 0 ? [name, ''] : cut(name, at + (column.variant ?? '').length);
  if (rest === '') return [who];
  const pieces = rest.split(/(?<=[.=,])/).flatMap((piece, i) => (i === 0 ? [piece] : [h('wbr'), piece]));
  return [who, h('small', {}, ...pieces)];
}

function cut(text: string, at: number): [string, string] {
  return [text.slice(0, at), text.slice(at)];
}

export function toggled(selected: ReadonlySet<number>, c: number): ReadonlySet<number> {
  const next = new Set(selected);
  if (!next.delete(c)) next.add(c);
  return next;
}

/** How the line of a column looks. */
export function swatchOf({ view }: Store, c: number): SVGElement {
  return markPicture(columnMark(c, paletteOf(view.theme)));
}

function figure(data: ReportData, c: number, m: number, popover: Popover): HTMLElement {
  const [metric, estimate] = [data.metrics[m], data.columns[c].estimates[m]];
  const limits = data.thresholds.filter((one) => one.column === c && one.metric === metric.name);
  const worst = limits.toSorted(worstFirst)[0];
  const { mark, low, high } = estimate;
  const sign = mark === 'best' ? '★' : mark === 'worst' ? '▼' : '';
  const verdict = worst === undefined ? '' : worst.verdict === 'pass' ? '✓' : worst.verdict === 'fail' ? '✗' : '?';
  const spoken = [
    metric.name,
    ...(mark === null ? [] : [mark]),
    ...(worst === undefined ? [] : [worst.verdict === 'pass' ? 'threshold passed' : `threshold ${worst.verdict}`]),
  ].join(', ');
  const button = h(
    'button',
    { type: 'button', class: 'figure' },
    h(
      'span',
      { class: 'line' },
      verdict === '' ? null : h('span', { class: 'sign', 'aria-hidden': 'true' }, verdict),
      h('span', { class: 'value' }, valueText(estimate, metric)),
      sign === '' ? null : h('span', { class: `mark ${mark}`, 'aria-hidden': 'true' }, sign),
    ),
    h('span', { class: 'half' }, plusMinus(low, high, metric.unit)),
    h('span', { class: 'hidden' }, ` ${spoken}`),
  );
  popover.explain(button, () => figureBox(data, c, m));
  return h(
    'td',
    worst === undefined
      ? { class: `plain p${tint(data, c, m)}` }
      : { class: `judged ${level(worst.margin, worst.verdict)}`, 'data-verdict': worst.verdict },
    button,
  );
}

/** How much room there is to a limit, in steps. */
function level(margin: number | null, verdict: string): string {
  if (verdict === 'fail') return margin !== null && margin < -0.25 ? 'fail2' : 'fail1';
  if (verdict !== 'pass') return 'near';
  if (margin === null) return 'pass1';
  return margin < 0.1 ? 'near' : margin < 0.4 ? 'pass1' : 'pass2';
}

/** Without a limit: how far from the best of its group, in four steps; none where nobody can be told apart. */
function tint(data: ReportData, c: number, m: number): number {
  const { better, unit } = data.metrics[m];
  const { group, estimates } = data.columns[c];
  const peers = data.columns.filter((column) => column.group === group).map((column) => column.estimates[m]);
  const means = peers.flatMap(({ mean }) => (mean === null ? [] : [mean]));
  const { mean } = estimates[m];
  const [low, high] = [Math.min(...means), Math.max(...means)];
  if (mean === null || better === 'neither' || !peers.some(({ mark }) => mark !== null)) return 0;
  if (human(low, unit) === human(high, unit)) return 0;
  const far = (mean - low) / (high - low);
  return Math.round(3 * (better === 'lower' ? far : 1 - far));
}

function compare(data: ReportData, m: number | null, a: number, b: number, descending: boolean): number {
  const sign = descending ? -1 : 1;
  if (m === null) return sign * nameOf(data.columns[a]).localeCompare(nameOf(data.columns[b]), 'en', { numeric: true });
  const [x, y] = [a, b].map((c) => rank(data, c, m));
  // What has no value comes last either way.
  if (x === null || y === null) return x === y ? a - b : x === null ? 1 : -1;
  return sign * (x - y) || a - b;
}

/** What was not reached is longer than all that was. */
function rank(data: ReportData, c: number, m: number): number | null {
  const { mean, beyond, note } = data.columns[c].estimates[m];
  return mean === null && (beyond !== null || note === 'not reached') ? Number.MAX_VALUE : mean;
}

/** What its tints and signs mean; of those that are there. */
function legend(data: ReportData, body: HTMLElement): HTMLElement {
  const has = (selector: string) => body.querySelector(selector) !== null;
  const key = (selector: string, kind: string, text: string) =>
    has(selector) ? h('li', {}, h('i', { class: kind, 'aria-hidden': 'true' }), text) : null;
  const isMarked = data.columns.some(({ estimates }) => estimates.some(({ mark }) => mark !== null));
  return h(
    'ul',
    { class: 'keys' },
    key('.pass2', 'pass2', '✓ far within its threshold'),
    key('.pass1', 'pass1', '✓ within it'),
    key('.near[data-verdict=pass]', 'near', '✓ by less than 10%'),
    key('.near:not([data-verdict=pass])', 'near', '? not decided'),
    key('.fail1', 'fail1', '✗ fails'),
    key('.fail2', 'fail2', '✗ fails by more than 25%'),
    key('.p1, .p2, .p3', 'p3', 'no threshold: the darker, the farther from the best'),
    isMarked ? h('li', {}, '★ best, or not to be told from it; ▼ worst of the others') : null,
  );
}
