import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lineStyleOf, paletteOf } from '../../../src/report/html/page/palette.ts';

/** WCAG 2.2: 4.5 to 1 for texts (1.4.3), 3 to 1 for what tells graphics apart (1.4.11). */
const TEXT = 4.5;
const GRAPHICS = 3;

function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, bright] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (bright + 0.05) / (dark + 0.05);
}

const css = readFileSync(fileURLToPath(new URL('../../../src/report/html/page/style.css', import.meta.url)), 'utf8');

/** The variables of a theme, by name. */
function variables(selector: string): Map<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split('}')[0];
  return new Map([...block.matchAll(/--(\w+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]));
}

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  const palette = paletteOf(theme);
  const colors = variables(theme === 'light' ? ':root' : ':root[data-theme="dark"]');
  const color = (name: string) => colors.get(name) ?? expect.fail(`no --${name}`);

  it('has texts that can be read', () => {
    const grounds = ['page', 'card', 'pass2', 'pass1', 'near', 'fail1', 'fail2', 'p1', 'p2', 'p3'];
    for (const ground of grounds) expect(contrast(color('ink'), color(ground)), ground).toBeGreaterThan(TEXT);
    for (const text of ['muted', 'accent', 'good', 'bad']) {
      for (const ground of ['page', 'card']) expect(contrast(color(text), color(ground)), text).toBeGreaterThan(TEXT);
    }
    for (const text of [palette.ink, palette.muted]) expect(contrast(text, palette.ground)).toBeGreaterThan(TEXT);
  });

  it('has marks of best and worst that can be seen on every tint', () => {
    for (const ground of ['pass2', 'pass1', 'near', 'fail1', 'p1', 'p2', 'p3']) {
      for (const mark of ['good', 'bad']) {
        expect(contrast(color(mark), color(ground)), `${mark} on ${ground}`).toBeGreaterThan(TEXT);
      }
    }
  });

  it('has lines and bars that can be seen', () => {
    const { lines, gap, truth, doubt, believed, upEdge, theory, faultEdge } = palette;
    const single = [gap, believed, upEdge, theory, faultEdge];
    for (const one of [...lines, ...single, ...Object.values(truth), ...Object.values(doubt)]) {
      expect(contrast(one, palette.ground), one).toBeGreaterThan(GRAPHICS);
    }
  });

  it('draws no two of 20 strategies alike', () => {
    const looks = Array.from({ length: 20 }, (_, column) => JSON.stringify(lineStyleOf(column, palette)));
    expect(new Set(looks).size).toBe(20);
  });
});
