import { download, h } from './dom.ts';
import { type ChartOption, type EChartsType, init } from './echarts.ts';
import { type Palette, paletteOf } from './palette.ts';
import type { Store, View } from './store.ts';
import { csvOf, type Table } from './table.ts';
import { fileName } from './words.ts';

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
  /** null: there is nothing to show. */
  option(palette: Palette, width: number): ChartOption | null;
  table(): Table;
  /** For those who do not see it: one sentence. */
  describe(): string;
  readonly legend?: (palette: Palette) => HTMLElement;
}

/** Rows of the table of a picture; all of them are in its CSV. */
const MOST_ROWS = 500;

const cards: { draw(): void }[] = [];

/** Draws what the reader has not come to yet, for whoever prints. */
export function drawAll(): void {
  for (const { draw } of cards) draw();
}

/** A picture in its frame: drawn when it comes near the window, and again when what it heeds changes. */
export function card(store: Store, picture: Picture, onReady?: (draw: () => void) => void): HTMLElement {
  const canvas = h('div', { class: 'canvas', role: 'img', tabindex: '0' });
  const note = picture.note === undefined ? null : h('p', { class: 'note' }, picture.note);
  const legend = h('div', { class: 'legend' });
  const asTable = h('div', { class: 'as-table', hidden: true, tabindex: '0' });
  const empty = h('p', { class: 'empty', hidden: true }, 'Nothing of this was recorded.');
  let chart: EChartsType | null = null;
  let isNear = false;
  let isZooming = false;

  const draw = () => {
    isNear = true;
    const palette = paletteOf(store.view.theme);
    const width = canvas.clientWidth || 600;
    const option = picture.option(palette, width);
    empty.hidden = option !== null;
    canvas.hidden = option === null;
    canvas.setAttribute('aria-label', `${picture.title}. ${picture.describe()}`);
    legend.replaceChildren(...(picture.legend === undefined ? [] : [picture.legend(palette)]));
    if (!asTable.hidden) asTable.replaceChildren(tableOf(picture.table(), picture.title));
    if (option === null) return;
    const height = picture.height(width);
    canvas.style.height = `${height}px`;
    chart ??= begin();
    chart.resize({ width, height });
    isZooming = true;
    chart.setOption(
      { ...common(palette), ...option, ...(picture.isTimed ? zoomOf(store.view) : {}) },
      { notMerge: true },
    );
    isZooming = false;
    if (picture.isTimed) takeBrush(chart);
  };

  const begin = () => {
    const made = init(canvas, null, { renderer: 'svg' });
    if (!picture.isTimed) return made;
    made.on('datazoom', () => {
      if (isZooming) return;
      const [range] = (made.getOption() as { dataZoom: { startValue: number; endValue: number }[] }).dataZoom;
      store.set(clamped(range.startValue, range.endValue, store.data.durationMs));
    });
    made.getZr().on('dblclick', () => store.set({ fromMs: 0, toMs: store.data.durationMs }));
    return made;
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
    if (isNear && chart !== null && canvas.clientWidth > 0 && canvas.clientWidth !== chart.getWidth()) draw();
  }).observe(canvas);
  store.watch((changed) => {
    if (!isNear) return;
    if (changed.has('theme') || picture.heeds.some((key) => changed.has(key))) draw();
    else if (picture.isTimed && (changed.has('fromMs') || changed.has('toMs'))) zoom();
  });

  const name = fileName(`${store.data.scenario}-${picture.title}`);
  const button = (label: string, act: (event: Event) => void) =>
    h('button', { type: 'button', class: 'small', 'aria-label': `${label} of ${picture.title}`, onclick: act }, label);
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
        button('table', () => {
          asTable.hidden = !asTable.hidden;
          if (!asTable.hidden) asTable.replaceChildren(tableOf(picture.table(), picture.title));
        }),
        button('CSV', () => download(`${name}.csv`, 'text/csv', csvOf(picture.table()))),
        button('SVG', () => {
          if (chart === null) draw();
          if (chart !== null) download(`${name}.svg`, 'image/svg+xml', chart.renderToSVGString());
        }),
      ),
    ),
    note,
    legend,
    canvas,
    empty,
    asTable,
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

/** Dragging over a timed picture chooses a stretch of the run; where fingers scroll the page it does not. */
function takeBrush(chart: EChartsType): void {
  if (!matchMedia('(pointer: fine)').matches) return;
  chart.dispatchAction({ type: 'takeGlobalCursor', key: 'dataZoomSelect', dataZoomSelectActive: true });
}

function zoomOf({ fromMs, toMs }: View): ChartOption {
  return {
    dataZoom: [
      {
        type: 'inside',
        filterMode: 'none',
        zoomOnMouseWheel: 'ctrl',
        moveOnMouseMove: false,
        moveOnMouseWheel: false,
        preventDefaultMouseMove: false,
        startValue: fromMs,
        endValue: toMs,
      },
    ],
    // Its select tool is what brushing is; its buttons are out of sight.
    toolbox: { left: -200, feature: { dataZoom: { yAxisIndex: 'none', filterMode: 'none' } } },
  };
}

function clamped(fromMs: number, toMs: number, durationMs: number): Partial<View> {
  const from = Math.max(0, Math.min(fromMs, toMs));
  const to = Math.min(durationMs, Math.max(fromMs, toMs));
  return to - from < 1 ? {} : { fromMs: from, toMs: to };
}

function tableOf({ header, rows }: Table, title: string): HTMLElement {
  const left = rows.length - MOST_ROWS;
  return h(
    'table',
    {},
    h('caption', {}, left > 0 ? `${title}: the first ${MOST_ROWS} of ${rows.length} rows; the CSV has all` : title),
    h('thead', {}, h('tr', {}, ...header.map((name) => h('th', { scope: 'col' }, name)))),
    h(
      'tbody',
      {},
      ...rows
        .slice(0, MOST_ROWS)
        .map((row) => h('tr', {}, ...row.map((value) => h('td', {}, value === null ? '' : String(value))))),
    ),
  );
}
