/**
 * The order of two texts by their UTF-8 bytes, which is that of std::string and of Go's strings: below 0, 0 or above, as
 * for `sort`. JavaScript's own `<` compares UTF-16 units, so that it has characters beyond U+FFFF, which are pairs of units
 * from U+D800 to U+DFFF, before those from U+E000 on.
 */
export function byBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const unit = a.charCodeAt(i);
    const other = b.charCodeAt(i);
    if (unit !== other) return rank(unit) - rank(other);
  }
  return a.length - b.length;
}

/** A unit's place where those of pairs come last. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/**
 * The places of these texts in that order, equal ones as they are given. Where no text has a pair of units, nor is there
 * twice, by the engine's own order: a tenth of the time while the code is cold.
 */
export function inByteOrder(texts: readonly string[]): Uint32Array {
  const places = new Map(texts.map((text, i) => [text, i]));
  if (places.size === texts.length && !texts.some((text) => PAIRED.test(text))) {
    return Uint32Array.from(texts.toSorted(), (text) => places.get(text) ?? 0);
  }
  return Uint32Array.from(texts.keys()).sort((a, b) => byBytes(texts[a], texts[b]) || a - b);
}

const PAIRED = /[\ud800-\udfff]/;
