import type { WrittenOptions } from '../../../src/core/options.ts';

/** A heartbeat that has come. */
export interface Heard {
  readonly atMs: number;
  readonly sequence: number;
  readonly sentAtMs: number;
}

/** Whether the host is trusted at a moment, by all that was heard up to then. null: too near to the threshold to say. */
export type NaiveDetector = (
  heard: readonly Heard[],
  nowMs: number,
  options: WrittenOptions,
  intervalMs: number,
) => boolean | null;

/** The paper's words: between two freshness points, whether a heartbeat has come that is fresh enough. */
export const naiveNfdS: NaiveDetector = (heard, nowMs, { slack }, intervalMs) => {
  // Heartbeat i is sent at i intervals here, and its freshness point is `slack` later.
  const i = Math.floor((nowMs - Number(slack)) / intervalMs);
  return heard.some(({ sequence }) => sequence >= i);
};

export const naiveNfdE: NaiveDetector = (heard, nowMs, { slack, window }, intervalMs) => {
  // The freshness point is set by the newest heartbeat, as it comes.
  let freshUntilMs = -Infinity;
  let newest = -Infinity;
  heard.forEach(({ sequence }, k) => {
    if (sequence <= newest) return;
    newest = sequence;
    const last = heard.slice(Math.max(0, k + 1 - Number(window)), k + 1);
    const expected = last.map((each) => each.atMs + (sequence + 1 - each.sequence) * intervalMs);
    freshUntilMs = expected.reduce((sum, each) => sum + each, 0) / last.length + Number(slack);
  });
  return Math.abs(nowMs - freshUntilMs) < 1e-6 ? null : nowMs < freshUntilMs;
};

export const naivePhiAccrual: NaiveDetector = (heard, nowMs, options, intervalMs) => {
  const { threshold, maxSampleSize, minStdDeviation, acceptableHeartbeatPause } = options;
  let window = [0.75 * intervalMs, 1.25 * intervalMs].slice(-Number(maxSampleSize));
  let lastMs: number | null = null;
  const phiAt = (atMs: number): number => {
    if (lastMs === null) return 0;
    const mean = window.reduce((sum, each) => sum + each, 0) / window.length;
    const variance = window.reduce((sum, each) => sum + (each - mean) ** 2, 0) / window.length;
    const y =
      (atMs - lastMs - mean - Number(acceptableHeartbeatPause)) /
      Math.max(Math.sqrt(variance), Number(minStdDeviation));
    const e = Math.exp(-y * (1.5976 + 0.070566 * y * y));
    return y > 0 ? -Math.log10(e / (1 + e)) : -Math.log10(1 - 1 / (1 + e));
  };
  let isClear = true;
  const isTrusted = (atMs: number): boolean => {
    const phi = phiAt(atMs);
    if (Math.abs(phi - Number(threshold)) < 1e-6) isClear = false;
    return phi < Number(threshold);
  };
  for (const { atMs } of heard) {
    if (lastMs !== null && isTrusted(atMs)) window = [...window, atMs - lastMs].slice(-Number(maxSampleSize));
    lastMs = atMs;
  }
  const trusted = isTrusted(nowMs);
  return isClear ? trusted : null;
};

export const naivePhiExponential: NaiveDetector = (heard, nowMs, { threshold, window }, intervalMs) => {
  const [first] = heard;
  if (first === undefined) return true;
  const intervals = heard.slice(1).map(({ atMs }, k) => atMs - heard[k].atMs);
  const kept = [2 * intervalMs, ...intervals.filter((each) => each <= 2 * intervalMs)].slice(-Number(window));
  const mean = kept.reduce((sum, each) => sum + each, 0) / kept.length;
  const phi = ((nowMs - (heard.at(-1) as Heard).atMs) / mean) * Math.LOG10E;
  return Math.abs(phi - Number(threshold)) < 1e-9 ? null : phi < Number(threshold);
};
