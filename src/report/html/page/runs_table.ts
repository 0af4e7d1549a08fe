import { human } from '../../units.ts';
import { download, h } from './dom.ts';
import { replayBox } from './figure_box.ts';
import type { Store } from './store.ts';
import { csvOf } from './table.ts';
import { fileName, nameOf, replayOf } from './words.ts';

/** Every run, a row each, with the line that runs it again. Made when it is first opened. */
export function runsTable({ data }: Store): HTMLElement {
  const shown = data.metrics.flatMap((metric, m) => (metric.head === null ? [] : [{ metric, m, head: metric.head }]));
  const place = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'All runs' });
  const count = data.columns.reduce((sum, { runs }) => sum + runs.length, 0);
  const fill = () => {
    if (place.firstChild !== null) return;
    const rows = data.columns.flatMap((column) =>
      column.runs.map(({ seed, values }) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row', class: 'name' }, nameOf(column)),
          h('td', {}, `${seed}${seed === column.course?.seed ? ' (shown)' : ''}`),
          ...shown.map(({ metric, m }) => h('td', {}, human(values[m], metric.unit))),
          h('td', { class: 'command' }, replayBox(replayOf(data, column, seed))),
        ),
      ),
    );
    place.append(
      h(
        'table',
        { class: 'runs' },
        h('caption', { class: 'hidden' }, 'Every run'),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ...['strategy', 'seed', ...shown.map(({ head }) => head.join(' ')), 'to run it again'].map((text) =>
              h('th', { scope: 'col' }, text),
            ),
          ),
        ),
        h('tbody', {}, ...rows),
      ),
    );
  };
  const asCsv = () =>
    csvOf({
      header: ['strategy', 'seed', ...shown.map(({ metric }) => metric.name), 'replay'],
      rows: data.columns.flatMap((column) =>
        column.runs.map(({ seed, values }) => [
          nameOf(column),
          seed,
          ...shown.map(({ m }) => values[m]),
          replayOf(data, column, seed),
        ]),
      ),
    });
  return h(
    'details',
    { class: 'card', ontoggle: fill },
    h('summary', {}, `All ${count} runs, and how to run each again`),
    h(
      'p',
      { class: 'actions' },
      h(
        'button',
        {
          type: 'button',
          class: 'small',
          onclick: () => download(`${fileName(data.scenario)}-runs.csv`, 'text/csv', asCsv()),
        },
        'CSV',
      ),
    ),
    place,
  );
}
