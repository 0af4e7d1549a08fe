import { decimal } from './written.ts';

/** Why a text is not the quantity it should be. */
export interface Unreadable {
  readonly expected: string;
  readonly fix: string;
}

export function isUnreadable(value: unknown): value is Unreadable {
  return typeof value === 'object' && value !== null && 'expected' in value && 'fix' in value;
}

/**
 * Powers of ten are moved in the text and not multiplied, so that 1.1s is 1100 ms and not 1100.0000000000002.
 * Longest first: the order of the parts of `1m30s`.
 */
const durationUnits = {
  d: { exponent: 3, times: 86_400 },
  h: { exponent: 3, times: 3_600 },
  m: { exponent: 3, times: 60 },
  s: { exponent: 3, times: 1 },
  ms: { exponent: 0, times: 1 },
  us: { exponent: -3, times: 1 },
  ns: { exponent: -6, times: 1 },
} as const;

type DurationUnit = keyof typeof durationUnits;

const unitOrder = Object.keys(durationUnits);

/** Units people write, and what we call them. */
const unitNames: Readonly<Record<string, DurationUnit>> = {
  ...{ day: 'd', days: 'd', hour: 'h', hours: 'h', hr: 'h', hrs: 'h' },
  ...{ min: 'm', mins: 'm', minute: 'm', minutes: 'm', sec: 's', secs: 's', second: 's', seconds: 's' },
  ...{ msec: 'ms', msecs: 'ms', millis: 'ms', millisecond: 'ms', milliseconds: 'ms', usec: 'us', micros: 'us' },
};

const NUMBER = '\\d+(?:\\.\\d*)?|\\.\\d+';
const durationPart = new RegExp(`(${NUMBER}) ?(d|h|ms|m|s|us|µs|μs|ns)(?![a-zµμ])`, 'y');

export const durationExpected = 'a duration such as 250ms or 2s';
export const rateExpected = 'a rate such as 2000/s';
export const shareExpected = 'a share such as 10%';

/** `250ms`, `1.5s`, `1m30s`, `2 s`: milliseconds. A bare number is refused, since nobody can say what it counts. */
export function parseDuration(text: string): number | Unreadable {
  let total = 0;
  let position = 0;
  let lastUnit = -1;
  while (position < text.length && text.length <= 64) {
    durationPart.lastIndex = position;
    const match = durationPart.exec(text);
    const unit = match?.[2]?.replace(/[µμ]/, 'u') as DurationUnit | undefined;
    if (match === null || unit === undefined || unitOrder.indexOf(unit) <= lastUnit) break;
    lastUnit = unitOrder.indexOf(unit);
    const { exponent, times } = durationUnits[unit];
    total += Number(`${match[1]}e${exponent}`) * times;
    position = durationPart.lastIndex;
  }
  return position === text.length && lastUnit >= 0 ? total : { expected: durationExpected, fix: durationFix(text) };
}

function durationFix(text: string): string {
  const value = decimal(text);
  if (/^\s*-/.test(text)) return 'a duration cannot be negative';
  if (value === 0) return 'write 0s';
  if (value !== null) return `give it a unit: write ${text}s or ${text}ms`;
  const [, amount, word] = new RegExp(`^(${NUMBER})\\s*([A-Za-z]+)$`).exec(text.slice(0, 64)) ?? [];
  const unit = word === undefined ? undefined : nameOfUnit(word);
  if (amount !== undefined && unit !== undefined) return `write ${amount}${unit}`;
  return 'write a number and its unit (ns, us, ms, s, m, h, d): 250ms, 2s, 1m30s';
}

function nameOfUnit(word: string): string | undefined {
  const lower = word.toLowerCase();
  return Object.hasOwn(unitNames, lower) ? unitNames[lower] : unitOrder.find((unit) => unit === lower);
}

/** The shortest way to write that many milliseconds in one unit; `parseDuration` gives the same number back. */
export function formatDuration(ms: number): string {
  for (const unit of unitOrder) {
    const { exponent, times } = durationUnits[unit as DurationUnit];
    const amount = ms / (times * 10 ** exponent);
    if (amount >= 1 && Number.isInteger(amount) && amount < 1e15) return `${amount}${unit}`;
  }
  if (ms === 0) return '0s';
  const text = String(ms);
  return `${text.includes('e') ? ms.toFixed(20).replace(/\.?0+$/, '') : text}ms`;
}

const rate = new RegExp(`^(${NUMBER}) ?(k|M)?/ ?(ms|s|m|h)$`);

/** `2000/s`, `2k/s`, `1.5M/m`: per millisecond. */
export function parseRate(text: string): number | Unreadable {
  const match = text.length <= 64 ? rate.exec(text) : null;
  if (match === null) return { expected: rateExpected, fix: rateFix(text) };
  const [, amount, prefix, unit] = match;
  const { exponent, times } = durationUnits[unit as DurationUnit];
  const power = prefix === 'k' ? 3 : prefix === 'M' ? 6 : 0;
  return Number(`${amount}e${power}`) / (times * 10 ** exponent);
}

function rateFix(text: string): string {
  if (/^\s*-/.test(text)) return 'a rate cannot be negative';
  const [, amount] = new RegExp(`^(${NUMBER})\\s*(?:rps|qps|hz|/\\s*sec(?:ond)?)?$`, 'i').exec(text.slice(0, 64)) ?? [];
  if (amount !== undefined) return `say per what: write ${amount}/s`;
  return 'write a number and /ms, /s, /m or /h: 2000/s, 2k/s, 1M/m';
}

/** `10%`: 0.1. With `bare`, as for fields named `...Percent`, `10` means the same. */
export function parseShare(text: string, bare = false): number | Unreadable {
  const match = text.length <= 64 ? new RegExp(`^(${NUMBER}) ?(%)?$`).exec(text) : null;
  const value = match === null ? null : Number(`${match[1]}e-2`);
  if (value === null || (match?.[2] === undefined && !bare)) return { expected: shareExpected, fix: shareFix(text) };
  return value <= 1 ? value : { expected: 'at most 100%', fix: 'write a share from 0% to 100%' };
}

function shareFix(text: string): string {
  const value = decimal(text);
  if (value === null || value < 0) return 'write a share from 0% to 100%';
  if (value === 0) return 'write 0%';
  const asShare = `${Number(`${value}e2`)}%`;
  if (value > 1) return `write ${value}%`;
  return Number.isInteger(value) ? `write ${value}% or ${asShare}` : `write ${asShare}`;
}

export function formatShare(share: number): string {
  return `${Number((share * 100).toPrecision(15))}%`;
}

/** A plain decimal number. */
export function parseNumber(text: string): number | Unreadable {
  return decimal(text) ?? { expected: 'a number', fix: numberFix(text) };
}

function numberFix(text: string): string {
  const digits = text.slice(0, 40).replace(/[_, ]/g, '');
  if (digits !== text && decimal(digits) !== null) return `write ${digits}`;
  if (/^[-+]?\.inf$/i.test(text) || /^\.nan$/i.test(text) || /^[-+]?\d[\d.]*e\+?\d+$/i.test(text)) {
    return 'write a finite number';
  }
  if (/^[-+]?0[xo]?[\da-f]+$/i.test(text)) return 'write it in decimal, without leading zeros';
  return 'write a number, such as 3';
}
