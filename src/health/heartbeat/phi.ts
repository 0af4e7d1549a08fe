/**
 * Where phi = -log10 of the probability of a silence so long reaches a threshold, for the laws of intervals in use.
 * `standardNormal` and `akkaLogistic` are in standard deviations after the mean. Both grow with phi; each is worked out once
 * for each detector.
 */

/** Of the normal law itself, by bisection. */
export function standardNormal(phi: number): number {
  let low = -40;
  let high = 40;
  while (high - low > 1e-13 * Math.max(1, Math.abs(low))) {
    const middle = (low + high) / 2;
    if (phiOfNormal(middle) < phi) low = middle;
    else high = middle;
    if (middle === low && middle === high) break;
  }
  return (low + high) / 2;
}

/**
 * Of Akka's stand-in for it: the tail is e/(1+e) with e = exp(-y (1.5976 + 0.070566 y^2)), so that -ln e is a cubic of y
 * with one root. Far out it is far too thin: where Akka finds phi 8, a normal law has 7.1.
 */
export function akkaLogistic(phi: number): number {
  const tail = 10 ** -phi;
  // Of -ln(10^-phi), which stands where the tail itself would be 0.
  const exponent = phi * Math.LN10 + Math.log1p(-tail);
  // y^3 + 3 p y - 2 q = 0, by Cardano.
  const p = 1.5976 / 0.070566 / 3;
  const q = exponent / 0.070566 / 2;
  const root = Math.sqrt(q * q + p * p * p);
  // Of the two cube roots the larger is exact; the other follows from their product.
  const large = Math.cbrt(Math.abs(q) + root);
  return Math.sign(q) * (large - p / large);
}

/** -log10 of the probability that a standard normal variate exceeds y. */
export function phiOfNormal(y: number): number {
  if (y < 2.5) return -Math.log10(1 - standardNormalBelow(y));
  // The continued fraction of Laplace (Abramowitz and Stegun 26.2.14), from far enough out that it stands.
  let fraction = y;
  for (let k = 120; k > 0; k--) fraction = y + k / fraction;
  return (y * y) / 2 / Math.LN10 + Math.log10(fraction) + Math.log10(2 * Math.PI) / 2;
}

/** The probability that a standard normal variate is at most y: Marsaglia's series, for y up to some 5. */
function standardNormalBelow(y: number): number {
  if (y < -8) return 0;
  let term = y;
  let sum = y;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (y * y) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-y * y) / 2)) / Math.sqrt(2 * Math.PI);
}
