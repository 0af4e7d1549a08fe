/**
 * Largest-Triangle-Three-Buckets (S. Steinarsson, Downsampling Time Series for Visual Representation, University of
 * Iceland, 2013): `count` indexes into the points, rising, the first and the last among them, that keep the shape of the
 * line. Each bucket gives the point that spans the largest triangle with the one chosen before and the mean of the next
 * bucket. All of them where there are no more than `count`, which must be at least 3.
 */
export function lttb(x: readonly number[], y: readonly number[], count: number): number[] {
  const points = x.length;
  if (points <= count) return x.map((_, i) => i);
  const chosen = [0];
  const width = (points - 2) / (count - 2);
  for (let bucket = 0; bucket < count - 2; bucket++) {
    const from = Math.floor(bucket * width) + 1;
    const to = Math.floor((bucket + 1) * width) + 1;
    const [nextX, nextY] = middle(x, y, to, Math.min(Math.floor((bucket + 2) * width) + 1, points));
    const last = chosen[chosen.length - 1];
    let best = from;
    let largest = -1;
    for (let i = from; i < to; i++) {
      const area = Math.abs((x[last] - nextX) * (y[i] - y[last]) - (x[last] - x[i]) * (nextY - y[last]));
      if (area > largest) {
        largest = area;
        best = i;
      }
    }
    chosen.push(best);
  }
  chosen.push(points - 1);
  return chosen;
}

function middle(x: readonly number[], y: readonly number[], from: number, to: number): [number, number] {
  let [sumX, sumY] = [0, 0];
  for (let i = from; i < to; i++) {
    sumX += x[i];
    sumY += y[i];
  }
  return [sumX / (to - from), sumY / (to - from)];
}
