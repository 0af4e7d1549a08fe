import { mean, sampleVariance } from 'simple-statistics';
import { mostTruncation } from './mser.ts';

/** Blocks that the variance of a mean is taken from: 10 are enough, and more are so short that neighbours are alike (Schmeiser, Operations Research 30(3), 1982). */
const BLOCKS = 10;
/**
 * Standard errors that the start must lie apart. Student's t with 9 degrees of freedom is beyond 10 once in 280,000; but
 * MSER looks for the place where a series differs most, and blocks may be too short for what is alike in it. The bound is
 * therefore a measured one: at 7 it took 5 of 3000 steady series for cold, whose neighbours were alike by 0, 0.6 and 0.8; at 10 none.
 */
const FAR = 10;

/**
 * Whether [from, cut) differs from [cut, end) by more than chance. Neighbours are alike, so the variance of a mean over m
 * windows is taken as V / m, with V from the scatter of block means after the cut.
 */
export function liesApart(means: readonly number[], from: number, cut: number): boolean {
  const rest = means.slice(cut);
  const length = Math.floor(rest.length / BLOCKS);
  if (length === 0) return false;
  const blocks = Array.from({ length: BLOCKS }, (_, i) => mean(rest.slice(i * length, (i + 1) * length)));
  const steps = blocks.slice(1).map((block, i) => (block - blocks[i]) ** 2 / 2);
  // Where nothing settles blocks differ by their trend; what is beside it shows from one to the next (von Neumann 1941).
  const variance = length * (cut === mostTruncation(means) ? mean(steps) : sampleVariance(blocks));
  const difference = Math.abs(mean(means.slice(from, cut)) - mean(rest));
  return difference > FAR * Math.sqrt(variance * (1 / (cut - from) + 1 / rest.length));
}
