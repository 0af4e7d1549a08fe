/** A value that changes over the time of a run: a hazard per millisecond, or a probability. */
export type Curve =
  | { readonly kind: 'constant'; readonly value: number }
  /**
   * Straight lines between points `[atMs, value]`, in order of time; level before the first and after the last. Two points
   * at one time are a jump: the latter holds from then on.
   */
  | { readonly kind: 'points'; readonly points: readonly (readonly [atMs: number, value: number])[] }
  /** mean + amplitude sin(2 pi (t + phase) / period). */
  | {
      readonly kind: 'sine';
      readonly mean: number;
      readonly amplitude: number;
      readonly periodMs: number;
      readonly phaseMs: number;
    };

export function valueAt(curve: Curve, atMs: number): number {
  if (curve.kind === 'constant') return curve.value;
  if (curve.kind === 'sine') {
    const { mean, amplitude, periodMs, phaseMs } = curve;
    return mean + amplitude * Math.sin((2 * Math.PI * (atMs + phaseMs)) / periodMs);
  }
  const { points } = curve;
  const next = points.findIndex(([pointMs]) => pointMs > atMs);
  if (next === 0) return points[0][1];
  if (next < 0) return points[points.length - 1][1];
  const [fromMs, from] = points[next - 1];
  const [toMs, to] = points[next];
  return from + ((to - from) * (atMs - fromMs)) / (toMs - fromMs);
}

/** The greatest value it ever has. */
export function maximumOf(curve: Curve): number {
  if (curve.kind === 'constant') return curve.value;
  if (curve.kind === 'sine') return curve.mean + Math.abs(curve.amplitude);
  return Math.max(...curve.points.map(([, value]) => value));
}

/** The integral from 0 to `toMs`, in closed form. */
export function integralOf(curve: Curve, toMs: number): number {
  if (curve.kind === 'constant') return curve.value * toMs;
  if (curve.kind === 'sine') {
    const { mean, amplitude, periodMs, phaseMs } = curve;
    const turn = (2 * Math.PI) / periodMs;
    return mean * toMs + (amplitude / turn) * (Math.cos(turn * phaseMs) - Math.cos(turn * (toMs + phaseMs)));
  }
  let sum = 0;
  let fromMs = 0;
  let [[, from]] = curve.points;
  for (const [pointMs, value] of curve.points) {
    if (pointMs > toMs) {
      const reached = from + ((value - from) * (toMs - fromMs)) / (pointMs - fromMs);
      return sum + ((from + reached) / 2) * (toMs - fromMs);
    }
    sum += ((from + value) / 2) * (pointMs - fromMs);
    fromMs = pointMs;
    from = value;
  }
  return sum + from * (toMs - fromMs);
}
