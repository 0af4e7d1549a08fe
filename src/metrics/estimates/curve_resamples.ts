import { restrictedMean, type SurvivalCurve, survivalQuantile } from '../kaplan_meier.ts';
import type { CurveGrid } from './curve_grid.ts';
import type { CurveFigure } from './estimation.ts';
import { type Drawn, RESAMPLES } from './resampling.ts';

/** Each figure of the curve in each resample: NaN where nobody was drawn, Infinity where it is not reached. */
export type CurveResamples = Readonly<Record<CurveFigure, Float64Array>>;

const quantiles = [0.5, 0.9, 0.99] as const;

/**
 * Kaplan and Meier's curve of every resample; the longest time of `pooled`, which is that of all units as they are, bounds
 * the restricted mean of all of them alike. A coarse grid is off by a part of a step, in all resamples nearly alike: what it
 * makes of all units as they are tells by how much, and is taken off.
 */
export function resampleCurve(grid: CurveGrid, drawn: Drawn, pooled: SurvivalCurve): CurveResamples {
  const { longest } = pooled;
  const figures = filledFigures(RESAMPLES);
  const units = grid.pairs.length;
  for (let resample = 0; resample < RESAMPLES; resample++) {
    sweep(grid, drawn.subarray(resample * units, (resample + 1) * units), longest, figures, resample);
  }
  if (!grid.coarse) return figures;
  const asTheyAre = filledFigures(1);
  sweep(grid, new Uint16Array(units).fill(1), longest, asTheyAre, 0);
  shift(figures.mean, restrictedMean(pooled) - asTheyAre.mean[0]);
  for (const q of quantiles) shift(figures[q], (survivalQuantile(pooled, q) ?? Number.NaN) - asTheyAre[q][0]);
  return figures;
}

function filledFigures(resamples: number): CurveResamples {
  const filled = () => new Float64Array(resamples).fill(Number.POSITIVE_INFINITY);
  return { mean: filled(), 0.5: filled(), 0.9: filled(), 0.99: filled() };
}

/** By nothing where it is not known how far: where a figure is not reached. */
function shift(values: Float64Array, by: number): void {
  if (!Number.isFinite(by)) return;
  for (let i = 0; i < values.length; i++) values[i] += by;
}

function sweep(
  grid: CurveGrid,
  weights: Uint16Array,
  longest: number,
  figures: Readonly<Record<CurveFigure, Float64Array>>,
  resample: number,
): void {
  const { steps, places, coarse, starts, units, events, leavers } = grid;
  let atRisk = atRiskAtFirst(grid, weights);
  if (atRisk < 0) {
    for (const own of Object.values(figures)) own[resample] = Number.NaN;
    return;
  }
  let survival = 1;
  let area = 0;
  let from = 0;
  let asked = 0;
  for (let step = 0; step < steps.length; step++) {
    let met = 0;
    let gone = 0;
    for (let entry = starts[step]; entry < starts[step + 1]; entry++) {
      const weight = weights[units[entry]];
      met += weight * events[entry];
      gone += weight * leavers[entry];
    }
    const before = survival;
    area += survival * (places[step] - from);
    from = places[step];
    if (met > 0) survival *= 1 - met / atRisk;
    atRisk -= met + gone;
    for (; asked < quantiles.length && survival <= 1 - quantiles[asked] + 1e-12; asked++) {
      const start = step === 0 ? places[0] : steps[step - 1];
      // Between two steps of a coarse grid events are taken to be spread evenly.
      const part = coarse ? Math.min((before - (1 - quantiles[asked])) / (before - survival), 1) : 1;
      figures[quantiles[asked]][resample] = start + (steps[step] - start) * part;
    }
  }
  figures.mean[resample] = area + survival * (longest - from);
}

/** Pairs at risk as the curve first steps; -1 where nobody was drawn. */
function atRiskAtFirst({ pairs, early }: CurveGrid, weights: Uint16Array): number {
  let all = 0;
  let atRisk = 0;
  for (let unit = 0; unit < pairs.length; unit++) {
    all += weights[unit] * pairs[unit];
    atRisk += weights[unit] * (pairs[unit] - early[unit]);
  }
  return all === 0 ? -1 : atRisk;
}
