import { Histogram, type PackedHistogram } from '../histogram.ts';
import type { Estimate } from './estimate.ts';
import { mergedEstimate } from './merged.ts';

/** The distribution of latency over all replications: its quantiles, each with its interval. */
export type LatencyCurve = readonly (Pick<Estimate, 'low' | 'high'> & { readonly q: number; readonly ms: number })[];

/** Even steps up to the median and beyond, then ten to each nine, down to a tail of 10^-5; those of the catalogue among them. */
const shares: readonly number[] = [
  ...[0.001, 0.01, 0.025],
  ...Array.from({ length: 17 }, (_, i) => (i + 1) / 20),
  ...Array.from({ length: 41 }, (_, i) => 1 - 10 ** -(1 + i / 10)),
].map((share) => Number(share.toPrecision(7)));

/** Fewer requests than that beyond it in a replication, on average, and its quantile is that of its slowest few. */
const LEAST_BEYOND = 10;

/**
 * Each quantile as `mergedEstimate` has it: that of all requests together, and the 95% interval by how the replications' own
 * scatter about it. The intervals hold one by one, not all at once. No quantile on either side that fewer than 10 requests a
 * replication are beyond.
 */
export function latencyCurve(samples: readonly PackedHistogram[]): LatencyCurve {
  const some = samples.filter(({ count }) => count > 0);
  const merged = new Histogram();
  for (const sample of some) merged.mergePacked(sample);
  const each = merged.count / some.length;
  const known = shares.filter((q) => Math.min(q, 1 - q) * each >= LEAST_BEYOND);
  // Unpacked they are large: one at a time.
  const one = new Histogram();
  const values = some.map((sample) => {
    one.clear();
    one.mergePacked(sample);
    return known.map((q) => one.quantile(q));
  });
  return known.map((q, i) => {
    const { point, low, high } = mergedEstimate(
      merged,
      q,
      values.map((own) => own[i]),
    );
    return { q, ms: point as number, low, high };
  });
}
