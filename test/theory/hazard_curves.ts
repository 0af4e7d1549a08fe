import type { Curve } from '../../src/sim/faults/curve.ts';

const PER_S = 1 / 1000;

/** Straight lines with a jump and a stretch of none. */
export const ramp: Curve = {
  kind: 'points',
  points: [
    [5000, 0.01 * PER_S],
    [20_000, 0.1 * PER_S],
    [20_000, 0],
    [30_000, 0],
    [40_000, 0.05 * PER_S],
  ],
};

export const wave: Curve = {
  kind: 'sine',
  mean: 0.05 * PER_S,
  amplitude: 0.04 * PER_S,
  periodMs: 17_000,
  phaseMs: 4000,
};

/** Level stretches. */
export const steps: Curve = {
  kind: 'points',
  points: [
    [10_000, 0.02 * PER_S],
    [10_000, 0.2 * PER_S],
    [25_000, 0.2 * PER_S],
    [25_000, 0.01 * PER_S],
  ],
};
