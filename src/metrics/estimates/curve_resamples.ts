import type { CurveGrid } from './curve_grid.ts';
import type { CurveFigure } from './estimation.ts';
import { type Drawn, RESAMPLES } from './resampling.ts';

/** Each figure of the curve in each resample: NaN where nobody was drawn, Infinity where it is not reached. */
export type CurveResamples = Readonly<Record<CurveFigure, Float64Array>>;

const quantiles = [0.5, 0.9, 0.99] as const;

/** Kaplan and Meier's curve of every resample. `longest` bounds the restricted mean, in all of them alike. */
export function resampleCurve(grid: CurveGrid, drawn: Drawn, longest: number): CurveResamples {
  const figures = { mean: filled(), 0.5: filled(), 0.9: filled(), 0.99: filled() };
  const units = grid.pairs.length;
  for (let resample = 0; resample < RESAMPLES; resample++) {
    sweep(grid, drawn.subarray(resample * units, (resample + 1) * units), longest, figures, resample);
  }
  return figures;
}

function filled(): Float64Array {
  return new Float64Array(RESAMPLES).fill(Number.POSITIVE_INFINITY);
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
