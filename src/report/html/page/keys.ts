import { h, svg } from './dom.ts';
import { lineStyleOf, type Palette } from './palette.ts';
import type { Pattern } from './patterns.ts';
import type { Store } from './store.ts';
import { nameOf } from './words.ts';

/** How something looks in a picture. */
export type Mark =
  | { readonly line: string; readonly type: 'solid' | readonly number[]; readonly width: number }
  | { readonly fill: string | Pattern; readonly isThin?: boolean }
  /** From little to much. */
  | { readonly scale: readonly string[] };

/** A line of a picture's legend: on the page above it, in its SVG too. */
export interface Key {
  readonly mark: Mark;
  readonly text: string;
}

/** Those of columns, drawn as lines. */
export function columnKeys({ data }: Store, columns: readonly number[], palette: Palette): Key[] {
  return columns.map((c) => ({ mark: columnMark(c, palette), text: nameOf(data.columns[c]) }));
}

export function columnMark(column: number, palette: Palette): Mark {
  const { color, type, width } = lineStyleOf(column, palette);
  return { line: color, type, width: width + 1 };
}

/** Widths and height of what `markShapes` draws. */
export const MARK_HEIGHT = 12;
export function markWidth(mark: Mark): number {
  return 'scale' in mark ? 120 : 'line' in mark ? 26 : 20;
}

let patterns = 0;

/** A mark as shapes, its upper left corner at 0, 0. */
export function markShapes(mark: Mark): SVGElement[] {
  const width = markWidth(mark);
  if ('line' in mark) {
    const { line, type } = mark;
    const dashes = typeof type === 'string' ? {} : { 'stroke-dasharray': type.join(' ') };
    return [svg('line', { x1: 0, y1: 6, x2: width, y2: 6, stroke: line, 'stroke-width': mark.width, ...dashes })];
  }
  if ('scale' in mark) {
    const step = width / mark.scale.length;
    return mark.scale.map((fill, i) => svg('rect', { x: i * step, y: 1, width: step + 0.5, height: 10, fill }));
  }
  const { fill, isThin = false } = mark;
  const box = isThin ? { x: 0, y: 5, width, height: 2 } : { x: 0, y: 1, width, height: 10 };
  if (typeof fill === 'string') return [svg('rect', { ...box, fill })];
  patterns += 1;
  const id = `mark-${patterns}`;
  const { width: w, height: t } = fill.image;
  const tile = svg('image', { href: fill.image.toDataURL(), width: w, height: t });
  return [
    svg('pattern', { id, width: w, height: t, patternUnits: 'userSpaceOnUse' }, tile),
    svg('rect', { ...box, fill: `url(#${id})` }),
  ];
}

export function markPicture(mark: Mark): SVGElement {
  const width = markWidth(mark);
  return svg(
    'svg',
    { width, height: MARK_HEIGHT, viewBox: `0 0 ${width} ${MARK_HEIGHT}`, 'aria-hidden': 'true' },
    ...markShapes(mark),
  );
}

export function keyList(keys: readonly Key[]): HTMLElement {
  return h('ul', { class: 'keys' }, ...keys.map(({ mark, text }) => h('li', {}, markPicture(mark), text)));
}
