/** How many parts an octave has in the table. */
const PARTS = 128;
/** Below it results are so small that their last bits no longer matter, nor fit: another exp will do. */
const LEAST = -700;

// Of glibc's exp, by Arm's optimized routines (sysdeps/ieee754/dbl-64/e_exp_data.c): 128 / ln 2, -ln 2 / 128 in two parts, of which
// the first has room for a product, and a polynomial for e^r - 1 - r within half a part.
const PARTS_PER_UNIT = 184.6649652337873;
const [UNIT_HIGH, UNIT_LOW] = [-0.005415212348111709, -1.2864023111638344e-14];
const [C2, C3, C4, C5] = [0.49999999999996786, 0.16666666666665886, 0.0416666808410674, 0.008333335853059549];
/** Added and taken away again, it rounds to a whole number. */
const ROUNDER = 1.5 * 2 ** 52;

/** 2^(i/128): the nearest double, and what that leaves, as a part of it. */
const high = new Float64Array(PARTS);
const tail = new Float64Array(PARTS);
fillTable(200n);

/** 2^-i. */
const halves = Float64Array.from({ length: 1024 }, (_, i) => 2 ** -i);

/**
 * Puts e^x in the place of an x that is not above 0, to the bit as glibc does on machines without fused multiply-add (others
 * round one in 1,500 otherwise): V8's Math.exp differs from that in the last bit for one in eleven, and is slower. In an
 * array, since a fraction passed or returned might have to be allocated.
 */
export function glibcExp(numbers: Float64Array, at: number): void {
  const x = numbers[at];
  if (x < LEAST) {
    numbers[at] = Math.exp(x);
    return;
  }
  const whole = x * PARTS_PER_UNIT + ROUNDER - ROUNDER;
  const r = x + whole * UNIT_HIGH + whole * UNIT_LOW;
  const part = whole & (PARTS - 1);
  const square = r * r;
  const rest = tail[part] + r + square * (C2 + r * C3) + square * square * (C4 + r * C5);
  const scale = high[part] * halves[(part - whole) / PARTS];
  numbers[at] = scale + scale * rest;
}

/** From whole numbers of so many bits after the point. */
function fillTable(bits: bigint): void {
  let step = 2n << bits;
  for (let octave = PARTS; octave > 1; octave /= 2) step = squareRoot(step << bits);
  const cut = bits - 52n;
  for (let part = 0, power = 1n << bits; part < PARTS; part++) {
    const nearest = (power + (1n << (cut - 1n))) >> cut;
    high[part] = Number(nearest) / 2 ** 52;
    tail[part] = Number(power - (nearest << cut)) / 2 ** Number(bits) / high[part];
    power = (power * step) >> bits;
  }
}

/** Rounded down, by Newton's method from above. */
function squareRoot(n: bigint): bigint {
  let root = n;
  for (let next = (root + 1n) >> 1n; next < root; next = (root + n / root) >> 1n) root = next;
  return root;
}
