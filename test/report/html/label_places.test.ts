import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { places, type Said } from '../../../src/report/html/page/label_places.ts';

const CHARACTER = 5.6;
const word = fc.integer({ min: 1, max: 40 }).map((length) => 'x'.repeat(length));

/** Outages one after the other. */
const rows = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 300 }),
      length: fc.integer({ min: 1, max: 200 }),
      texts: fc.array(word, { minLength: 1, maxLength: 2 }),
      after: word,
    }),
    {
      minLength: 2,
      maxLength: 12,
    },
  )
  .map((all) => {
    let x = 0;
    return all.map(({ gap, length, texts, after }): Said => {
      x += gap + 1;
      const said = { x, endX: x + length, texts, after };
      x += length;
      return said;
    });
  });

describe('labels of outages', () => {
  test.prop([rows, fc.integer({ min: 0, max: 500 }), fc.integer({ min: 600, max: 2000 })])(
    'never lie over each other, nor outside',
    (row, minX, maxX) => {
      const spans = places(row, minX, maxX).flatMap((place, i) => {
        if (place === null) return [];
        const { x, endX, after } = row[i];
        const width = place.text.length * CHARACTER;
        const own = place.isLeft ? [x - 6 - width, x - 6] : [x + 6, x + 6 + width];
        return [own, ...(place.hasAfter ? [[endX + 6, endX + 6 + after.length * CHARACTER]] : [])];
      });
      for (const [from, to] of spans) {
        expect(from).toBeGreaterThanOrEqual(minX);
        expect(to).toBeLessThanOrEqual(maxX);
      }
      for (const [i, [from]] of spans.entries()) if (i > 0) expect(from).toBeGreaterThanOrEqual(spans[i - 1][1]);
    },
  );

  it('say what is alone, however narrow it is', () => {
    const said = { x: 50, endX: 60, texts: ['noticed after 6.31 s', '6.31 s'], after: '' };
    expect(places([said], 0, 70)).toEqual([{ text: '6.31 s', isLeft: true, hasAfter: false }]);
    expect(places([said], 40, 60)).toEqual([{ text: '6.31 s', isLeft: false, hasAfter: false }]);
  });
});
