/** Pixels of a character of such labels, about. */
const CHARACTER = 5.6;
const MARGIN = 10;

/** What is to be said at a moment `x`, and about what ended at `endX`. */
export interface Said {
  readonly x: number;
  readonly endX: number;
  /** The fullest first. */
  readonly texts: readonly string[];
  /** Right of the end, where there is room. */
  readonly after: string;
}

export interface Place {
  readonly text: string;
  readonly isLeft: boolean;
  readonly hasAfter: boolean;
}

/**
 * Who says what where in one line from `minX` to `maxX`, so that no text lies over another: from the left to the right the
 * fullest text that fits beside its moment; null where none does. What is alone is said even so.
 */
export function places(row: readonly Said[], minX: number, maxX: number): (Place | null)[] {
  let taken = minX;
  return row.map(({ x, endX, texts, after }, i) => {
    if (x < minX || x > maxX) return null;
    const nextX = Math.min(row[i + 1]?.x ?? maxX, maxX);
    const place = fitting(texts, x - taken, x < taken ? 0 : nextX - x) ?? lonely(row, x - minX > maxX - x);
    if (place === null) return null;
    const hasAfter = place.isLeft && after !== '' && size(after) < nextX - endX;
    taken = place.isLeft ? endX + (hasAfter ? size(after) : 0) : x + size(place.text);
    return { ...place, hasAfter };
  });
}

function fitting(texts: readonly string[], left: number, right: number): Pick<Place, 'text' | 'isLeft'> | null {
  for (const text of texts) {
    if (size(text) < left) return { text, isLeft: true };
    if (size(text) < right) return { text, isLeft: false };
  }
  return null;
}

function lonely(row: readonly Said[], isLeft: boolean): Pick<Place, 'text' | 'isLeft'> | null {
  const [{ texts }] = row;
  return row.length === 1 ? { text: texts[texts.length - 1], isLeft } : null;
}

function size(text: string): number {
  return text.length * CHARACTER + MARGIN;
}
