import type { Metric } from '../metrics/catalogue.ts';

type Unit = Metric['unit'];

/** What is smaller is shown as 0: nobody reads seven zeros. */
const LEAST_DIGITS = 1e-6;

/** A value as a person would say it: `812 ms`, `3.2 s`, `99.95%`, `1,204`. Nothing measured is `-`. */
export function human(value: number | null, unit: Unit): string {
  if (value === null) return '-';
  switch (unit) {
    case 'ms':
      return humanMs(value);
    case 'share':
      return humanShare(value);
    case 'count':
      return humanCount(value);
    case 'seconds':
      return `${humanCount(value)} s`;
    case 'ratio':
      return digits(value, 4);
  }
}

/** Ends whose distances from the figure differ by more than this factor are named, not halved. */
const LOPSIDED = 1.5;

interface Estimated {
  readonly figure: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** The 95% interval about a figure: `±12 ms`, or its ends where it is lopsided: `[5.2 s, 8.1 s]`. Empty without an interval. */
export function intervalText({ figure, low, high }: Estimated, unit: Unit): string {
  if (low === null || high === null || figure === null) return plusMinus(low, high, unit);
  const [below, above] = [figure - low, high - figure];
  if (Math.max(below, above) <= LOPSIDED * Math.min(below, above)) return plusMinus(low, high, unit);
  return `[${human(low, unit)}, ${human(high, unit)}]`;
}

/** Half the width of a 95% interval, to two digits: `±12 ms`; `from 5.2 s` where it has no upper end. Empty without an interval. */
export function plusMinus(low: number | null, high: number | null, unit: Unit): string {
  if (low === null) return '';
  if (high === null) return `from ${human(low, unit)}`;
  const half = high === low ? 0 : Math.max(Number(((high - low) / 2).toPrecision(2)), leastShown(unit));
  if (half === 0) return '±0';
  return `±${unit === 'share' ? `${digits(half * 100, 2)}%` : human(half, unit)}`;
}

/** Less would read as 0, of what is not identical. */
function leastShown(unit: Unit): number {
  return unit === 'share' ? LEAST_DIGITS / 100 : LEAST_DIGITS;
}

export function humanMs(ms: number): string {
  const size = Math.abs(ms);
  if (size < 999.5) return `${digits(ms, 3)} ms`;
  if (size < 120_000) return `${digits(ms / 1000, 3)} s`;
  if (size < 7_200_000) return `${digits(ms / 60_000, 3)} min`;
  return `${digits(ms / 3_600_000, 3)} h`;
}

/** A part of something, without a sign: `31%`, `0.4%`, `131%`. */
export function humanPercent(share: number): string {
  return `${percentDigits(share)}%`;
}

/** A difference of two values: shares differ by points, ratios by little. */
export function humanDifference(difference: number, unit: Unit): string {
  if (unit === 'share') return `${percentDigits(difference)} points`;
  return unit === 'ratio' ? digits(difference, 2) : human(difference, unit);
}

function percentDigits(share: number): string {
  const percent = Math.abs(share) * 100;
  return digits(percent, percent < 100 ? 2 : 3);
}

/** Near 100% the part that is missing is what matters, so it gets two digits. */
function humanShare(share: number): string {
  const percent = share * 100;
  const rest = Math.min(Math.abs(percent), Math.abs(100 - percent));
  if (rest === 0) return `${percent}%`;
  const decimals = Math.min(Math.max(1 - Math.floor(Math.log10(rest)), 0), 4);
  return `${percent.toFixed(decimals)}%`;
}

function humanCount(count: number): string {
  return Math.abs(count) < 100 ? digits(count, 3) : grouped(Math.round(count));
}

/** That many significant digits, zeros at the end dropped, never in exponential form. */
function digits(value: number, significant: number): string {
  const rounded = Number(value.toPrecision(significant));
  if (Math.abs(rounded) >= 1000) return grouped(Math.round(rounded));
  return Math.abs(rounded) < LEAST_DIGITS ? '0' : String(rounded);
}

function grouped(whole: number): string {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',');
}
