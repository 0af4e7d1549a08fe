import type { Clock } from '../../core/clock.ts';

/** A grid of moments: `phaseMs` and every `periodMs` before and after it. */
export interface Grid {
  readonly phaseMs: number;
  readonly periodMs: number;
}

/** Nearer than this two moments are one: grids are counted in doubles. */
const SAME_MS = 1e-6;

/** From `nowMs` to the next moment of the grid; a whole period where it is one. */
export function untilNext({ phaseMs, periodMs }: Grid, nowMs: number): number {
  const next = phaseMs + (Math.floor((nowMs - phaseMs) / periodMs) + 1) * periodMs;
  return next - nowMs > SAME_MS ? next - nowMs : next + periodMs - nowMs;
}

/** Calls `tick` every `periodMs`, first in `firstMs`, for as long as the clock runs. */
export function everyPeriod(clock: Clock, firstMs: number, periodMs: number, tick: () => void): void {
  const turn = (): void => {
    clock.schedule(periodMs, turn, 0);
    tick();
  };
  clock.schedule(firstMs, turn, 0);
}
