import { invariant } from '../core/assert.ts';
import type { SeriesRow } from '../metrics/measures.ts';
import type { TrialConfig } from '../sim/config.ts';
import { availabilityJumps, availabilityModel } from '../sim/faults/availability.ts';

const WINDOW_MS = 1000;

/** Sums the up-shares of replications, second by second. Fed in the order of seeds, since sums of doubles depend on it. */
export function upShares(): { add(upShare: readonly number[]): void; takeMeans(): number[] } {
  let sums: number[] = [];
  let replications = 0;
  return {
    add(upShare) {
      if (replications === 0) sums = upShare.map(() => 0);
      invariant(upShare.length === sums.length, 'replications of one column differ in their length');
      for (const [second, share] of upShare.entries()) sums[second] = sums[second] + share;
      replications++;
    },
    /** The means so far; what is added then begins anew. */
    takeMeans() {
      const means = sums.map((sum) => sum / replications);
      sums = [];
      replications = 0;
      return means;
    },
  };
}

/** P(t) as measured over the replications, second by second, and as the model has it where it has a closed form. */
export function* availabilityRows(measured: readonly number[], trial: TrialConfig): Generator<SeriesRow> {
  const model = availabilityModel(trial);
  for (const [second, value] of measured.entries()) {
    yield { tMs: second * WINDOW_MS, metric: 'availability', subject: 'measured', value };
  }
  if (model === null) return;
  const jumps = availabilityJumps(trial);
  let passed = 0;
  for (const second of measured.keys()) {
    const tMs = second * WINDOW_MS;
    const within: number[] = [];
    for (; passed < jumps.length && jumps[passed] < tMs + WINDOW_MS; passed++) within.push(jumps[passed]);
    yield { tMs, metric: 'availability', subject: 'model', value: windowMean(model, tMs, within) };
  }
}

/** Where Gauss's rule of two points looks at a stretch. Inside it, so that a jump on its edge belongs to one stretch only. */
const GAUSS_POINTS = [(1 - 1 / Math.sqrt(3)) / 2, (1 + 1 / Math.sqrt(3)) / 2];

/**
 * The model's mean over the window that starts at `tMs`, since what was measured is a mean over it, too. The window is cut
 * where the model jumps, and is smooth in between.
 */
function windowMean(model: (tMs: number) => number, tMs: number, jumps: readonly number[]): number {
  let sum = 0;
  let fromMs = tMs;
  for (const toMs of [...jumps, tMs + WINDOW_MS]) {
    const points = GAUSS_POINTS.map((point) => model(fromMs + point * (toMs - fromMs)));
    sum += (points[0] + points[1]) * (toMs - fromMs);
    fromMs = toMs;
  }
  return sum / (2 * WINDOW_MS);
}
