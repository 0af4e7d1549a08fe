import type { Random } from '../../core/random.ts';

/**
 * nginx's draw by weight: x = rnd % W, W the sum of weights, then a binary search for the range x falls into. One raw draw.
 * nginx's weights are whole numbers. Where they are not, x is the draw's share of W instead: the remainder would be coarse.
 * O(log n) per draw, O(n) per rebuild. Source: ngx_http_upstream_random_module.c, ngx_http_upstream_peek_random_peer.
 */
export class WeightedDraw {
  /** Per entry, the sum of the weights before it. */
  private starts = new Float64Array(0);
  private total = 0;
  private whole = true;

  rebuild(weights: Float64Array): void {
    this.total = 0;
    this.whole = weights.every(Number.isInteger);
    this.starts = weights.map((weight) => {
      const start = this.total;
      this.total += weight;
      return start;
    });
  }

  /** The index drawn. There must be an entry. */
  draw(random: Random): number {
    const { starts, total } = this;
    const x = this.whole ? random.int(total) : (random.uint32() / 2 ** 32) * total;
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (x < starts[middle]) high = middle;
      else low = middle;
    }
    return low;
  }
}
