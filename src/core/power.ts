/** ln 2: the nearest double, and what that leaves. */
const [LN2_HIGH, LN2_LOW] = [Math.LN2, 2.3190468138462996e-17];
/** Of ln m = 2 (s + s^3 / 3 + s^5 / 5 + ...), s = (m - 1) / (m + 1): what is left after these is below 2^-80, and the first few need more bits than a double has. */
const LAST = 31;
const LAST_IN_TWO = 9;
/** 1 / k: the nearest double, and what that leaves. */
const inverse = Float64Array.from({ length: LAST + 1 }, (_, k) => 1 / k);
const inverseLow = inverse.map((high, k) => {
  const whole = k * high;
  return (1 - whole - lostBy(k, high, whole)) / k;
});

/** The logarithm that was asked for last: the nearest double, and what that leaves. */
const logarithm = new Float64Array(2);

/**
 * base^exponent, for a base above 0: the nearest double, or one of two as near. What `**` gives is for each version of the
 * engine to say; today's V8 gives another double for one in twelve. glibc's pow is this but for one in 1,000, at which not
 * even its own variants with and without fused multiply-add agree.
 */
export function power(base: number, exponent: number): number {
  const near = base ** exponent;
  // Ends of the range are left alone, lest a product of halves leaves it.
  if (base === 1 || exponent === 1 || !(near > 1e-280 && near < 1e280)) return near;
  takeLogarithm(near);
  const high = logarithm[0];
  const low = logarithm[1];
  takeLogarithm(base);
  const product = exponent * logarithm[0];
  const rest = lostBy(exponent, logarithm[0], product) + exponent * logarithm[1];
  // near e^d is near + near d for a d of some 2^-53.
  return near + near * (product - high + (rest - low));
}

/** To about 2^-80, or that part of it where it is above 1. */
function takeLogarithm(x: number): void {
  let m = x;
  let octaves = 0;
  for (; m > Math.SQRT2; m /= 2) octaves++;
  for (; m < Math.SQRT1_2; m *= 2) octaves--;
  const below = m + 1;
  const belowLow = m > 1 ? 1 - (below - m) : m - (below - 1);
  const s = (m - 1) / below;
  const back = s * below;
  const sLow = (m - 1 - back - lostBy(s, below, back) - s * belowLow) / below;
  const square = s * s;
  const squareLow = lostBy(s, s, square) + 2 * s * sLow;
  let high = 0;
  for (let k = LAST; k > LAST_IN_TWO; k -= 2) high = inverse[k] + square * high;
  let low = 0;
  for (let k = LAST_IN_TWO; k > 0; k -= 2) {
    const term = square * high;
    const termLow = lostBy(square, high, term) + square * low + squareLow * high;
    high = inverse[k] + term;
    low = inverse[k] - high + term + (inverseLow[k] + termLow);
  }
  const half = s * high;
  const halfLow = lostBy(s, high, half) + s * low + sLow * high;
  const whole = octaves * LN2_HIGH;
  logarithm[0] = whole + 2 * half;
  const lost = octaves === 0 ? 0 : whole - logarithm[0] + 2 * half;
  logarithm[1] = lost + (lostBy(octaves, LN2_HIGH, whole) + octaves * LN2_LOW + 2 * halfLow);
}

/** What rounding took from the product of a and b (Dekker, A floating-point technique for extending the available precision, 1971). */
function lostBy(a: number, b: number, product: number): number {
  const aHigh = upperHalf(a);
  const bHigh = upperHalf(b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** The first 26 bits. */
function upperHalf(x: number): number {
  const spread = x * (2 ** 27 + 1);
  return spread - (spread - x);
}
