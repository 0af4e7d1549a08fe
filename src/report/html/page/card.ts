import { asTable } from './as_table.ts';
import { download, h } from './dom.ts';
import { type ChartOption, type EChartsType, init } from './echarts.ts';
import { type Key, keyList } from './keys.ts';
import { type Palette, paletteOf } from './palette.ts';
import type { Popover } from './popover.ts';
import type { Place } from './readout.ts';
import { replayAction } from './replay_action.ts';
import type { Drawn } from './replays.ts';
import type { Store, View } from './store.ts';
import { svgFile } from './svg_file.ts';
import { csvOf, type Table } from './table.ts';
import { fileName } from './words.ts';
import { clamped, takeBrush, zoomOf } from './zoom.ts';
import { stretchAfter } from './zoom_keys.ts';

/** One picture of the page. */
export interface Picture {
  readonly title: string;
  /** A line under the title: what to look for, or what is left out. */
  readonly note?: string;
  /** In pixels, at that width. */
  readonly height: (width: number) => number;
  /** Its x axis is the time of the run: zoomed together with all the others. */
  readonly isTimed: boolean;
  /** Parts of the view that change what it shows, beside theme and zoom. */
  readonly heeds: readonly (keyof View)[];
  /** Whether its frame is there at all; absent: always. */
  readonly isThere?: () => boolean;
  /** Whose figures it shows. */
  drawn(): readonly Drawn[];
  /** Options of replay that look into what is read at a place; absent: around that time, where the picture has times. */
  readonly look?: (place: Place) => string;
  /** null: there is nothing to show. */
  option(palette: Palette, width: number): ChartOption | null;
  table(): Table;
  /** For those who do not see it: one sentence. */
  describe(): string;
  /** What its marks mean. */
  readonly keys?: (palette: Palette) => readonly Key[];
  /** Of what it is, where the title does not say: goes into the file of its SVG. */
  readonly about?: () => string;
}

const cards: { draw(): void }[] = [];

/** Draws what the reader has not come to yet, for whoever prints. */
export function drawAll(): void {
  for (const { draw } of cards) draw();
}

/** A picture in its frame: drawn when it comes near the window, and again when what it heeds changes. */
export function card(
  store: Store,
  popover: Popover,
  picture: Picture,
  onReady?: (draw: () => void) => void,
): HTMLElement {
  const canvas = h('div', { class: 'canvas', role: 'img', ...(picture.isTimed ? { tabindex: '0' } : {}) });
  const note = picture.note === undefined ? null : h('p', { class: 'note' }, picture.note);
  const legend = h('div', { class: 'legend', role: 'group', 'aria-label': `legend of ${picture.title}` });
  const rows = h('div', {
    ...{ class: 'as-table', hidden: true, tabindex: '0', role: 'region' },
    'aria-label': `${picture.title}, as a table`,
  });
  const empty = h('p', { class: 'empty', hidden: true }, 'Nothing to show of what is chosen above.');
  const again = replayAction(store, popover, picture, canvas);
  const inHead = again.button();
  const aboveTable = h('p', { class: 'actions' }, again.button());
  let chart: EChartsType | null = null;
  let isNear = false;
  let isZooming = false;

  const showKeys = (keys: readonly Key[]) => {
    legend.replaceChildren(...(keys.length === 0 ? [] : [keyList(keys)]));
    // Where it scrolls, keys must be able to scroll it.
    if (legend.scrollHeight > legend.clientHeight) legend.setAttribute('tabindex', '0');
    else legend.removeAttribute('tabindex');
  };

  /** What it will need, so that nothing moves when it is drawn. */
  const reserve = () => {
    canvas.style.height = `${picture.height(canvas.clientWidth || 600)}px`;
    showKeys(picture.keys?.(paletteOf(store.view.theme)) ?? []);
  };

  const draw = () => {
    isNear = true;
    const palette = paletteOf(store.view.theme);
    const width = canvas.clientWidth || 600;
    const option = picture.option(palette, width);
    empty.hidden = option !== null;
    canvas.hidden = option === null;
    const how = picture.isTimed ? '. Arrow keys move in time, plus and minus zoom, 0 shows the whole run' : '';
    canvas.setAttribute('aria-label', `${picture.title}. ${picture.describe()}${how}`);
    const keys = option === null ? [] : (picture.keys?.(palette) ?? []);
    showKeys(keys);
    if (!rows.hidden) fillTable();
    if (option === null) return;
    const height = picture.height(width);
    canvas.style.height = `${height}px`;
    chart ??= begin();
    chart.resize({ width, height });
    isZooming = true;
    chart.setOption(
      { ...common(palette), ...again.readouts.watched(option), ...(picture.isTimed ? zoomOf(store.view) : {}) },
      { notMerge: true },
    );
    isZooming = false;
    // Paper is narrower: there it shrinks.
    canvas.querySelector('svg')?.setAttribute('viewBox', `0 0 ${width} ${height}`);
    if (picture.isTimed) takeBrush(chart);
  };

  const begin = () => {
    const made = init(canvas, null, { renderer: 'svg' });
    again.readouts.listen(made);
    if (!picture.isTimed) return made;
    made.on('datazoom', () => {
      if (isZooming) return;
      const [range] = (made.getOption() as { dataZoom: { startValue: number; endValue: number }[] }).dataZoom;
      store.set(clamped(range.startValue, range.endValue, store.data.durationMs));
    });
    canvas.addEventListener('keydown', onKey);
    made.getZr().on('dblclick', () => store.set({ fromMs: 0, toMs: store.data.durationMs }));
    return made;
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = stretchAfter(event.key, store.view, store.data.durationMs);
    if (next === null) return;
    event.preventDefault();
    store.set(next);
  };

  const zoom = () => {
    if (chart === null) return;
    const { fromMs, toMs } = store.view;
    isZooming = true;
    chart.dispatchAction({ type: 'dataZoom', dataZoomIndex: 0, startValue: fromMs, endValue: toMs });
    isZooming = false;
  };

  cards.push({ draw });
  onReady?.(draw);
  new IntersectionObserver(
    (entries, observer) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      draw();
    },
    { rootMargin: '300px' },
  ).observe(canvas);
  new ResizeObserver(() => {
    if (!isNear) reserve();
    if (isNear && chart !== null && canvas.clientWidth > 0 && canvas.clientWidth !== chart.getWidth()) draw();
  }).observe(canvas);
  store.watch((changed) => {
    const isOther = changed.has('theme') || changed.has('isCommon') || picture.heeds.some((key) => changed.has(key));
    if (isOther) again.update();
    if (!isNear) return isOther ? reserve() : undefined;
    if (isOther) draw();
    else if (picture.isTimed && (changed.has('fromMs') || changed.has('toMs'))) zoom();
  });

  const name = fileName(`${store.data.scenario}-${picture.title}`);
  const button = (label: string, act: () => void, more: Record<string, string> = {}) =>
    h(
      'button',
      { type: 'button', class: 'small', 'aria-label': `${label} of ${picture.title}`, onclick: act, ...more },
      label,
    );
  const fillTable = () => {
    rows.replaceChildren(aboveTable, asTable(picture.table(), picture.title));
  };
  const toTable = button(
    'table',
    () => {
      rows.hidden = !rows.hidden;
      toTable.setAttribute('aria-expanded', String(!rows.hidden));
      if (!rows.hidden) fillTable();
    },
    { 'aria-expanded': 'false' },
  );
  const toSvg = () => {
    if (chart === null) draw();
    if (chart === null) return;
    const palette = paletteOf(store.view.theme);
    const { scenario, version } = store.data;
    const framed = {
      title: picture.title,
      subtitle: [scenario, picture.about?.() ?? '', `meshtrial ${version}`].filter((text) => text !== '').join(' · '),
      keys: picture.keys?.(palette) ?? [],
      description: again.text(),
      picture: chart.renderToSVGString(),
      width: chart.getWidth(),
      height: chart.getHeight(),
    };
    download(`${name}.svg`, 'image/svg+xml', svgFile(framed, palette));
  };
  const frame = h(
    'figure',
    { class: 'card' },
    h(
      'figcaption',
      {},
      h('h3', {}, picture.title),
      h(
        'span',
        { class: 'actions' },
        toTable,
        button('CSV', () => download(`${name}.csv`, 'text/csv', csvOf(again.table()))),
        button('SVG', toSvg),
        inHead,
      ),
    ),
    note,
    legend,
    canvas,
    empty,
    rows,
  );
  const { isThere } = picture;
  if (isThere !== undefined) {
    frame.hidden = !isThere();
    store.watch(() => {
      frame.hidden = !isThere();
    });
  }
  return frame;
}

function common(palette: Palette): ChartOption {
  return {
    animation: false,
    backgroundColor: palette.ground,
    textStyle: { fontFamily: 'system-ui, sans-serif', color: palette.ink },
  };
}
