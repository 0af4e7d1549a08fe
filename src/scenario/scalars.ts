import type { Form, JsonSchema } from './form.ts';
import { limits } from './limits.ts';
import { suggestion } from './suggest.ts';
import {
  durationExpected,
  formatDuration,
  formatShare,
  isUnreadable,
  parseDuration,
  parseNumber,
  parseRate,
  parseShare,
  rateExpected,
  shareExpected,
  type Unreadable,
} from './units.ts';
import { describe, isNothing, isTrueOrFalse, type WrittenScalar } from './written.ts';

interface ScalarForm<T> {
  /** In a message, after "expected". */
  readonly expected: string;
  readonly type: string;
  readonly schema: JsonSchema;
  readonly example: string;
  readonly parse: (text: string, written: WrittenScalar) => T | Unreadable;
}

export function scalar<T>(form: ScalarForm<T>): Form<T> {
  const { expected, type, schema, example, parse } = form;
  return {
    schema,
    type,
    example,
    read(written, reading) {
      if (written.kind !== 'scalar' || isNothing(written)) {
        return reading.report(written.offset, `expected ${expected}, found ${describe(written)}`, `write ${example}`);
      }
      const value = parse(written.text, written);
      if (!isUnreadable(value)) return value;
      return reading.report(written.offset, `expected ${value.expected}, found ${describe(written)}`, value.fix);
    },
  };
}

export interface NumberLimits {
  /** Inclusive, in inside units. */
  readonly min?: number;
  readonly max?: number;
  /** Why `max`, where that is not plain: ends a sentence after "since". */
  readonly maxReason?: string;
  /** Exclusive; beats `min`. */
  readonly above?: number;
}

function within(
  value: number | Unreadable,
  { min, max, maxReason, above }: NumberLimits,
  format: (value: number) => string,
) {
  if (isUnreadable(value)) return value;
  if (above !== undefined && value <= above) {
    return { expected: `more than ${format(above)}`, fix: `write a value above ${format(above)}` };
  }
  if (min !== undefined && value < min) {
    return { expected: `at least ${format(min)}`, fix: `write ${format(min)} or more` };
  }
  if (max !== undefined && value > max) {
    const expected = `at most ${format(max)}${maxReason === undefined ? '' : `, since ${maxReason}`}`;
    return { expected, fix: `write ${format(max)} or less` };
  }
  return value;
}

/** ` from 1 to 10`, ` above 0s`, ` of at least 1`; nothing where there are no limits. */
function limitsText({ min, max, above }: NumberLimits, format: (value: number) => string): string {
  if (above !== undefined) return ` above ${format(above)}${max === undefined ? '' : `, at most ${format(max)}`}`;
  if (min !== undefined && max !== undefined) return ` from ${format(min)} to ${format(max)}`;
  if (min !== undefined) return ` of at least ${format(min)}`;
  return max === undefined ? '' : ` of at most ${format(max)}`;
}

function limitsSchema({ min, max, above }: NumberLimits): JsonSchema {
  const lowest = above !== undefined ? { exclusiveMinimum: above } : min !== undefined ? { minimum: min } : {};
  return max === undefined ? lowest : { ...lowest, maximum: max };
}

const unsigned = '(\\d+\\.?\\d*|\\.\\d+) ?';

/** Milliseconds inside. Zero needs its unit too, and may have to be above `above`. */
export function duration(range: NumberLimits = {}, example = '250ms'): Form<number> {
  const bounds = { min: 0, max: limits.durationMs, ...range };
  return scalar<number>({
    expected: durationExpected,
    type: `duration${limitsText(range, formatDuration)}`,
    schema: { type: 'string', pattern: `^(${unsigned}(ns|us|µs|μs|ms|s|m|h|d))+$` },
    example,
    parse: (text) => within(parseDuration(text), bounds, formatDuration),
  });
}

/** Per millisecond inside; above 0. */
export function rate(): Form<number> {
  return scalar<number>({
    expected: rateExpected,
    type: 'rate',
    schema: { type: 'string', pattern: `^${unsigned}(k|M)?/ ?(ms|s|m|h)$` },
    example: '2000/s',
    parse: (text) => within(parseRate(text), { above: 0, max: limits.count }, (perMs) => `${perMs * 1000}/s`),
  });
}

/** A share of one inside. `bare` is for fields named `...Percent`. */
export function share(range: NumberLimits = {}, bare = false, example = '50%'): Form<number> {
  const text = { type: 'string', pattern: `^${unsigned}%$` };
  return scalar<number>({
    expected: shareExpected,
    type: `share${limitsText(range, formatShare)}${bare ? ', or number of percent' : ''}`,
    schema: bare ? { anyOf: [text, { type: 'number', minimum: 0, maximum: 100 }] } : text,
    example,
    parse: (written) => within(parseShare(written, bare), range, formatShare),
  });
}

export function number(range: NumberLimits, example = '1'): Form<number> {
  return scalar<number>({
    expected: 'a number',
    type: `number${limitsText(range, String)}`,
    schema: { type: 'number', ...limitsSchema(range) },
    example,
    parse: (text, written) => within(unquoted(written, 'a number', parseNumber(text)), range, String),
  });
}

/** A whole number that doubles hold exactly. */
export function integer(range: NumberLimits, example = '1'): Form<number> {
  const expected = 'a whole number';
  return scalar<number>({
    expected,
    type: `integer${limitsText(range, String)}`,
    schema: { type: 'integer', ...limitsSchema(range) },
    example,
    parse(text, written) {
      const value = parseNumber(text);
      if (isUnreadable(value)) return { expected, fix: value.fix };
      if (!Number.isInteger(value)) return { expected, fix: `write ${Math.floor(value)} or ${Math.ceil(value)}` };
      const bounded = within(unquoted(written, expected, value), range, String);
      if (isUnreadable(bounded) || Number.isSafeInteger(bounded)) return bounded;
      return { expected: `at most ${Number.MAX_SAFE_INTEGER}`, fix: 'write a smaller number' };
    },
  });
}

function unquoted(written: WrittenScalar, expected: string, value: number | Unreadable): number | Unreadable {
  if (!written.quoted || isUnreadable(value)) return value;
  return { expected: `${expected} without quotes`, fix: 'remove the quotes' };
}

export function trueOrFalse(): Form<boolean> {
  return scalar<boolean>({
    expected: 'true or false',
    type: 'true | false',
    schema: { type: 'boolean' },
    example: 'true',
    parse(text, written) {
      if (isTrueOrFalse(written)) return text.toLowerCase() === 'true';
      const yes = /^(?:yes|on|y|true|1)$/i.test(text);
      const no = /^(?:no|off|n|false|0)$/i.test(text);
      return { expected: 'true or false', fix: yes ? 'write true' : no ? 'write false' : 'write true or false' };
    },
  });
}

/** One of a few words. */
export function choice<const V extends string>(values: readonly V[], example: string = values[0] ?? ''): Form<V> {
  const expected = values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`;
  return scalar<V>({
    expected,
    type: values.join(' | '),
    schema: { type: 'string', enum: values },
    example,
    parse: (text) => values.find((value) => value === text) ?? { expected, fix: suggestion(text, values) },
  });
}

/** What YAML makes of a text that needs no quotes here: `version: 1` and `canary: true` are texts of that shape. */
function textTypes(pattern: RegExp): string | string[] {
  const others = [...(pattern.test('1') ? ['number'] : []), ...(pattern.test('true') ? ['boolean'] : [])];
  return others.length === 0 ? 'string' : ['string', ...others];
}

/** A short text of a given shape: names, ids, addresses. */
export function word(what: string, pattern: RegExp, maxLength: number, example: string, fix: string): Form<string> {
  return scalar<string>({
    expected: what,
    type: what.replace(/^(?:the|an?) /, '').replace(/ such as .*/, ''),
    schema: { type: textTypes(pattern), pattern: pattern.source, maxLength },
    example,
    parse(text) {
      if (text.length > maxLength) {
        return { expected: `${what} of at most ${maxLength} characters`, fix: 'shorten it' };
      }
      return pattern.test(text) ? text : { expected: what, fix };
    },
  });
}

/** Text for people. */
export function prose(maxLength: number): Form<string> {
  const expected = `text of at most ${maxLength} characters`;
  return scalar<string>({
    expected,
    type: `text of at most ${maxLength} characters`,
    schema: { type: textTypes(/^/), maxLength },
    example: "'What this shows.'",
    parse(text) {
      if (text.length > maxLength) return { expected, fix: 'shorten it' };
      const isPlain = !/[\p{Cc}\p{Cs}]/u.test(text.replace(/[\n\t]/g, ''));
      return isPlain ? text : { expected: 'text without control characters', fix: 'remove the escape sequences' };
    },
  });
}

export const idPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/;
export const idFix = 'use letters, digits and . _ : -, beginning with a letter or digit';

/** An id: what names go by in results, so no spaces, slashes or commas. */
export function identifier(what: string, example: string): Form<string> {
  return word(what, idPattern, limits.idLength, example, idFix);
}

export const namePattern = /^[A-Za-z0-9][A-Za-z0-9._:/-]*$/;
export const nameFix = 'use letters, digits and . _ : / -, beginning with a letter or digit';

/** A zone, which may be written `region/zone/subzone`; a word of metadata. Like an id, with slashes. */
export function name(what: string, example: string): Form<string> {
  return word(what, namePattern, limits.idLength, example, nameFix);
}

/** A whole number of percent above or below 100, written as in Envoy: without the sign. */
export function percentage(range: NumberLimits, example: string): Form<number> {
  const plain = integer(range, example);
  return {
    ...plain,
    type: `${plain.type}, in percent`,
    read(written, reading) {
      const amount = written.kind === 'scalar' ? /^(\d+) ?%$/.exec(written.text)?.[1] : undefined;
      if (amount === undefined) return plain.read(written, reading);
      return reading.report(
        written.offset,
        `expected a whole number, found ${describe(written)}`,
        `write ${amount}: it is in percent`,
      );
    },
  };
}
