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
