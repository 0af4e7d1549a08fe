import type { ColumnData, ReportData } from '../report_data.ts';
import { h } from './dom.ts';
import { commandParts, replayBox } from './figure_box.ts';
import { replaysOf } from './replays.ts';
import type { Store } from './store.ts';
import { studyOf } from './words.ts';

/** What runs everything on the page again: a line for each scenario. */
export function wholeAgain(data: ReportData): HTMLElement[] {
  const nameFor = ({ scenario }: ColumnData) => scenario?.name ?? data.scenario;
  const firsts = data.columns.filter(
    (column, c) => data.columns.findIndex((one) => nameFor(one) === nameFor(column)) === c,
  );
  return firsts.map((column) => replayBox(studyOf(data, column), { what: `all of ${nameFor(column)}` }));
}

/** On paper there is nothing to press: all lines of what is drawn, once. */
export function againOnPaper(store: Store): HTMLElement {
  const list = h('ul', { class: 'again' });
  const update = () => {
    const { selected, a, b } = store.view;
    const columns = [...new Set([...selected, a, ...(b === null ? [] : [b])])].toSorted((x, y) => x - y);
    const drawn = columns.map((column) => ({ column, isPooled: false }));
    const lines = replaysOf(store, drawn).map(({ name, line }) =>
      h('li', {}, h('span', {}, name), h('code', {}, ...commandParts(line))),
    );
    list.replaceChildren(
      ...wholeAgain(store.data).map((box) => h('li', {}, h('span', {}, 'all seeds of all'), box)),
      ...lines,
    );
  };
  store.watch(update);
  update();
  return h('section', { class: 'for-paper', 'aria-label': 'To run it again' }, h('h2', {}, 'To run it again'), list);
}
