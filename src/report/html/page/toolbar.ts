import { h } from './dom.ts';
import { swatchOf, toggled } from './heat_table.ts';
import type { Store } from './store.ts';
import { nameOf } from './words.ts';

/** What all charts below it heed: which strategies, which two beside each other, which stretch of time. */
export function toolbar(store: Store): HTMLElement {
  const bar = h(
    'div',
    { class: 'toolbar', role: 'group', 'aria-label': 'What the charts show' },
    h('div', { class: 'pickers' }, picker(store, 'a', 'look at'), picker(store, 'b', 'compare with'), runs(store)),
    times(store),
    chips(store),
  );
  new ResizeObserver(() => document.documentElement.style.setProperty('--bar', `${bar.offsetHeight}px`)).observe(bar);
  return bar;
}

function picker(store: Store, side: 'a' | 'b', label: string): HTMLElement {
  const { data } = store;
  const options = data.columns.map((column, c) =>
    h('option', { value: String(c), disabled: column.course === null }, nameOf(column)),
  );
  const select = h(
    'select',
    { 'aria-label': side === 'a' ? 'strategy to look at' : 'strategy to compare it with' },
    ...(side === 'b' ? [h('option', { value: '' }, 'nothing')] : []),
    ...options,
  );
  const update = () => {
    const column = store.view[side];
    select.value = column === null ? '' : String(column);
  };
  select.addEventListener('change', () => {
    const column = select.value === '' ? null : Number(select.value);
    if (side === 'b') store.set({ b: column });
    else if (column !== null) store.set({ a: column });
  });
  store.watch((changed) => changed.has(side) && update());
  update();
  return h('label', {}, `${label} `, select);
}

/** Each column's own run, or that of the seed which all of them have; nothing where there is no choice. */
function runs(store: Store): HTMLElement | null {
  const { common } = store.data.shown;
  if (common === null) return null;
  const select = h(
    'select',
    { 'aria-label': 'runs that are shown' },
    h('option', { value: 'own' }, 'the median of each'),
    h('option', { value: 'common' }, `seed ${common} of all`),
  );
  const update = () => {
    select.value = store.view.isCommon ? 'common' : 'own';
  };
  select.addEventListener('change', () => store.set({ isCommon: select.value === 'common' }));
  store.watch((changed) => changed.has('isCommon') && update());
  update();
  return h('label', {}, 'runs ', select);
}

function times(store: Store): HTMLElement {
  const { durationMs, columns } = store.data;
  const input = (label: string) =>
    h('input', { type: 'number', min: 0, max: durationMs / 1000, step: 'any', 'aria-label': label });
  const [from, to] = [input('from, in seconds'), input('to, in seconds')];
  const update = () => {
    from.value = String(Number((store.view.fromMs / 1000).toFixed(2)));
    to.value = String(Number((store.view.toMs / 1000).toFixed(2)));
  };
  const read = () => {
    const [fromMs, toMs] = [from, to].map(({ value }) => Math.min(Math.max(0, Number(value) * 1000), durationMs));
    if (toMs > fromMs) store.set({ fromMs, toMs });
    else update();
  };
  from.addEventListener('change', read);
  to.addEventListener('change', read);
  store.watch((changed) => (changed.has('fromMs') || changed.has('toMs')) && update());
  update();
  const faults = () => columns[store.view.a]?.course?.faults ?? [];
  const around = h(
    'button',
    {
      type: 'button',
      class: 'small',
      title: 'from a little before the first fault to a little after the last',
      hidden: faults().length === 0,
      onclick: () => store.set(aroundFaults(faults(), durationMs)),
    },
    'faults',
  );
  const whole = h(
    'button',
    { type: 'button', class: 'small', onclick: () => store.set({ fromMs: 0, toMs: durationMs }) },
    'whole run',
  );
  return h('div', { class: 'times' }, h('label', {}, 'from ', from), h('label', {}, ' to ', to, ' s'), around, whole);
}

/** From a little before the first to as long after the last as they lasted. */
function aroundFaults(
  faults: readonly { fromMs: number; toMs: number }[],
  durationMs: number,
): { fromMs: number; toMs: number } {
  const fromMs = Math.min(...faults.map((fault) => fault.fromMs));
  const toMs = Math.max(...faults.map((fault) => fault.toMs));
  const length = Math.max(toMs - fromMs, 2000);
  return { fromMs: Math.max(0, fromMs - length / 4), toMs: Math.min(durationMs, toMs + length / 2) };
}

/** More than that are folded away, so that the bar stays low. */
const MOST_CHIPS = 8;

function chips(store: Store): HTMLElement {
  const { columns } = store.data;
  const all = columns.map((column, c) => {
    const swatch = h('span', { class: 'swatch', 'aria-hidden': 'true' });
    const chip = h(
      'button',
      { type: 'button', class: 'chip', onclick: () => store.set({ selected: toggled(store.view.selected, c) }) },
      swatch,
      nameOf(column),
    );
    const update = () => {
      chip.setAttribute('aria-pressed', String(store.view.selected.has(c)));
      swatch.replaceChildren(swatchOf(store, c));
    };
    store.watch((changed) => (changed.has('selected') || changed.has('theme')) && update());
    update();
    return chip;
  });
  const box = h('div', { class: 'chips', role: 'group', 'aria-label': 'strategies drawn in charts' }, ...all);
  return columns.length > MOST_CHIPS ? folded(store, box) : box;
}

function folded(store: Store, box: HTMLElement): HTMLElement {
  const { columns } = store.data;
  const summary = h('summary', {});
  const update = () => summary.replaceChildren(`${store.view.selected.size} of ${columns.length} drawn`);
  store.watch((changed) => changed.has('selected') && update());
  update();
  const button = (text: string, selected: () => ReadonlySet<number>) =>
    h('button', { type: 'button', class: 'small', onclick: () => store.set({ selected: selected() }) }, text);
  return h(
    'details',
    { class: 'folded' },
    summary,
    h(
      'div',
      { class: 'panel' },
      h(
        'p',
        {},
        button('none', () => new Set()),
        button('those looked at', () => new Set([store.view.a, store.view.b].filter((c) => c !== null))),
        button('all', () => new Set(columns.keys())),
      ),
      box,
    ),
  );
}
