/** As many digits as a chart, and a reader of its data, can tell apart. */
const DIGITS = 6;

export function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(DIGITS));
}
