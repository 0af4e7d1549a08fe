import { svg } from './dom.ts';
import { type Key, MARK_HEIGHT, markShapes, markWidth } from './keys.ts';
import type { Palette } from './palette.ts';

/** A picture that leaves the page: what the page says around it goes with it. */
export interface Framed {
  readonly title: string;
  readonly subtitle: string;
  readonly keys: readonly Key[];
  /** Told to who asks for it, not seen. */
  readonly description: string;
  /** As drawn, `<svg ..>`. */
  readonly picture: string;
  readonly width: number;
  readonly height: number;
}

const PAD = 12;
const ROW = 18;
/** Pixels of a character at 12 pixels, about. */
const CHARACTER = 6.6;
const font = 'system-ui, sans-serif';

export function svgFile(
  { title, subtitle, keys, description, picture, width, height }: Framed,
  palette: Palette,
): string {
  const items: SVGElement[] = [];
  let [x, y] = [PAD, 52];
  for (const { mark, text } of keys) {
    const size = markWidth(mark) + 6 + text.length * CHARACTER + 16;
    if (x > PAD && x + size > width) [x, y] = [PAD, y + ROW];
    items.push(svg('g', { transform: `translate(${x}, ${y})` }, ...markShapes(mark)));
    items.push(
      textAt(text, { x: x + markWidth(mark) + 6, y: y + MARK_HEIGHT - 2, 'font-size': 12, fill: palette.muted }),
    );
    x += size;
  }
  const top = keys.length === 0 ? 50 : y + ROW + 4;
  const inner = new DOMParser().parseFromString(picture, 'image/svg+xml').documentElement;
  inner.setAttribute('y', String(top));
  const whole = svg(
    'svg',
    { width, height: top + height, viewBox: `0 0 ${width} ${top + height}` },
    described(description),
    svg('rect', { width, height: top + height, fill: palette.ground }),
    textAt(title, { x: PAD, y: 22, 'font-size': 15, 'font-weight': 600, fill: palette.ink }),
    textAt(subtitle, { x: PAD, y: 40, 'font-size': 12, fill: palette.muted }),
    ...items,
  );
  whole.append(document.importNode(inner, true));
  return new XMLSerializer().serializeToString(whole);
}

function described(text: string): SVGElement {
  const element = svg('desc', {});
  element.textContent = text;
  return element;
}

function textAt(text: string, attributes: Record<string, string | number>): SVGElement {
  const element = svg('text', { 'font-family': font, ...attributes });
  element.textContent = text;
  return element;
}
