import type { LatencyQuantile } from '../report_data.ts';

/** A quantile and the interval it is drawn with. */
export interface BandPoint {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The intervals of quantiles, in the order of their shares, none beyond what another one says: a longer quantile is not
 * below where a shorter one begins, and a shorter one not above where a longer one ends. The last quantiles of a few runs
 * rest on a few requests each, and their own intervals reach down to nothing.
 */
export function narrowed(points: readonly LatencyQuantile[]): BandPoint[] {
  const known = points.flatMap(([share, , low, high]) => (low === null || high === null ? [] : [{ share, low, high }]));
  let least = -Infinity;
  const raised = known.map(({ share, low, high }) => {
    least = Math.max(least, low);
    return { share, low: least, high };
  });
  let most = Infinity;
  return raised
    .toReversed()
    .map(({ share, low, high }) => {
      most = Math.min(most, high);
      return { share, low, high: most };
    })
    .toReversed();
}
