import { sum } from 'simple-statistics';
import { areIdentical, type Estimate, studentEstimate } from './estimate.ts';
import { chiSquaredQuantile, poissonInterval } from './poisson.ts';

/** With this many events in the pool Student's interval of their mean is as good as the exact one, and asks for no law. */
const RARE = 30;
/** How unlikely a scatter must be under Poisson's law before it is no longer believed. */
const DOUBT = 0.01;

/**
 * The mean number of events a run. None in any: from 0 to 3/R, "the rule of three" (Hanley and Lippman-Hand, JAMA 249,
 * 1983: with 95% confidence the mean is below -ln 0.05 / R). Rare ones: Poisson's exact interval on the pool. Those that
 * come in clusters, so that runs differ by more than chance, are not Poisson's, and get Student's interval: told by
 * Fisher's index of dispersion, which is chi-squared with R - 1 degrees of freedom (Cochran, Biometrics 10, 1954).
 */
export function eventsEstimate(values: readonly (number | null)[]): Estimate {
  const known = values.filter((value) => value !== null);
  const n = known.length;
  const total = sum(known);
  const student = studentEstimate(values);
  if (n < 2) return student;
  if (total === 0) {
    const high = 3 / n;
    return { ...student, low: 0, high, method: 'poisson', note: `0, below ${Number(high.toPrecision(2))} a run` };
  }
  if (areIdentical(known)) return student;
  if (total < RARE && !areClustered(known, total / n)) {
    const { low, high } = poissonInterval(total);
    return { ...student, low: low / n, high: high / n, method: 'poisson' };
  }
  return { ...student, low: student.low === null ? null : Math.max(0, student.low) };
}

function areClustered(counts: readonly number[], mean: number): boolean {
  const dispersion = sum(counts.map((count) => (count - mean) ** 2)) / mean;
  return dispersion > chiSquaredQuantile(1 - DOUBT, counts.length - 1);
}
