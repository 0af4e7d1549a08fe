import type { Field, Form, JsonSchema } from './form.ts';
import { readPart } from './form.ts';
import type { Reading } from './reading.ts';
import { nearest, suggestion } from './suggest.ts';
import { describe, isNothing, quote, type Written, type WrittenMap } from './written.ts';

export type Fields = Readonly<Record<string, Field<unknown>>>;
export type Values<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

export function required<T>(form: Form<T>, doc: string): Field<T> {
  return { form, doc };
}

/** `defaultText` says what holds where nothing is written, as it would be written if it can be. */
export function optional<T, const D>(
  form: Form<T>,
  fallback: D,
  doc: string,
  defaultText: string | null = null,
): Field<T | D> {
  return { form, doc, fallback: { value: fallback, text: defaultText } };
}

/** A block while it is being read: where its keys and values stand, to report what is wrong between fields. */
export interface Site<F extends Fields = Fields> {
  /** Whether the key is written. */
  has(key: keyof F & string): boolean;
  /** Whether an unknown key was probably meant to be this one; null: one that is like none. */
  misspelt(key: (keyof F & string) | null): boolean;
  /** Reports at the value of the key, or at the block where the key is not written. */
  report(key: (keyof F & string) | null, message: string, fix: string): undefined;
  /** Reports at the key itself. */
  reportKey(key: keyof F & string, message: string, fix: string): undefined;
  /** Where the value stands, or the block where the key is not written. */
  offset(key: (keyof F & string) | null): number;
  readonly reading: Reading;
}

interface Finish<F extends Fields, T> {
  /** Reports what is wrong between fields. Fields that are wrong in themselves are undefined. */
  readonly check?: (values: { readonly [K in keyof F]: Values<F>[K] | undefined }, site: Site<F>) => void;
  /** The block's value, from fields that are all right. */
  readonly make: (values: Values<F>, site: Site<F>) => T | undefined;
}

/** A block of known keys. `what` names it in messages, with its article: `a health check`. */
export function block<F extends Fields>(what: string, fields: F): Form<Values<F>>;
export function block<F extends Fields, T>(what: string, fields: F, finish: Finish<F, T>): Form<T>;
export function block<F extends Fields, T>(what: string, fields: F, finish?: Finish<F, T>): Form<T | Values<F>> {
  const known = Object.entries(fields);
  const needed = known.filter(([, field]) => field.fallback === undefined);
  const example =
    needed.length === 0 ? '{ ... }' : `{ ${needed.map(([key, { form }]) => `${key}: ${form.example}`).join(', ')} }`;
  return {
    schema: blockSchema(known),
    type: 'block',
    example,
    parts: () => ({ kind: 'named', fields }),
    read(written, reading) {
      if (written.kind !== 'map') {
        return reading.report(written.offset, `expected ${what}, found ${describe(written)}`, `write ${example}`);
      }
      const misspelt = reportUnknownKeys(what, written, fields, reading);
      const { values, complete } = readFields(what, written, known, misspelt, reading);
      const site = siteOf(written, misspelt, reading);
      // The values were read by the forms of these very fields, which the checker cannot follow through a record.
      finish?.check?.(values as Values<F>, site);
      if (!complete) return undefined;
      return finish === undefined ? (values as Values<F>) : finish.make(values as Values<F>, site);
    },
  };
}

/** Returns the known keys that were probably meant, so that they are not reported as missing too. */
function reportUnknownKeys(what: string, written: WrittenMap, fields: Fields, reading: Reading): Set<string | null> {
  const names = Object.keys(fields);
  const misspelt = new Set<string | null>();
  for (const [key, { keyOffset }] of written.entries) {
    if (reading.isFull()) break;
    if (Object.hasOwn(fields, key)) continue;
    misspelt.add(nearest(key, names));
    const hint = key === '<<' ? 'merge keys are not supported: write the keys out. ' : '';
    const fix = hint + suggestion(key, names);
    reading.report(keyOffset, `expected a key of ${what}, found ${quote(key)}`, fix);
  }
  return misspelt;
}

function readFields(
  what: string,
  written: WrittenMap,
  known: [string, Field<unknown>][],
  misspelt: ReadonlySet<string | null>,
  reading: Reading,
) {
  const values: Record<string, unknown> = {};
  let complete = true;
  for (const [key, field] of known) {
    const entry = written.entries.get(key);
    if (entry !== undefined) values[key] = readPart(field.form, entry.value, reading);
    else if (field.fallback !== undefined) values[key] = field.fallback.value;
    else if (!misspelt.has(key)) {
      const fix = `add ${key}: ${field.form.example} (${lowerFirst(field.doc)})`;
      reading.report(written.offset, `expected '${key}' in ${what}, found no such key`, fix);
    }
    if (values[key] === undefined) complete = false;
  }
  return { values, complete };
}

function lowerFirst(doc: string): string {
  return doc.slice(0, 1).toLowerCase() + doc.slice(1).replace(/\.$/, '');
}

function siteOf(written: WrittenMap, misspelt: ReadonlySet<string | null>, reading: Reading): Site {
  const offset = (key: string | null) =>
    key === null ? written.offset : (written.entries.get(key)?.value.offset ?? written.offset);
  return {
    reading,
    offset,
    has: (key) => written.entries.has(key),
    misspelt: (key) => misspelt.has(key),
    report: (key, message, fix) => reading.report(offset(key), message, fix),
    reportKey: (key, message, fix) =>
      reading.report(written.entries.get(key)?.keyOffset ?? written.offset, message, fix),
  };
}

function blockSchema(known: [string, Field<unknown>][]): JsonSchema {
  const properties = known.map(([key, { form, doc, fallback }]) => {
    const value = fallback?.value;
    const isShown = typeof value === 'string' || typeof value === 'boolean';
    const text = fallback?.text ?? null;
    const description = text === null || isShown ? doc : `${doc} Default: ${text}.`;
    return [key, { description, ...form.schema, ...(isShown ? { default: value } : {}) }];
  });
  const needed = known.filter(([, { fallback }]) => fallback === undefined).map(([key]) => key);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(needed.length > 0 ? { required: needed } : {}),
    additionalProperties: false,
  };
}

export interface Placed<T> {
  readonly value: T;
  readonly offset: number;
}

/** Like `form`, and remembers where it stood. */
export function placed<T>(form: Form<T>): Form<Placed<T>> {
  return {
    ...form,
    read(written, reading) {
      const value = form.read(written, reading);
      return value === undefined ? undefined : { value, offset: written.offset };
    },
  };
}

/** A list of like things. `what` names it in messages: `a list of instances`. */
export function list<T>(what: string, form: Form<T>, { min, max }: { min: number; max: number }): Form<readonly T[]> {
  return {
    schema: { type: 'array', items: form.schema, minItems: min, maxItems: max },
    type: `[${form.type}, ...]`,
    example: `[${form.example}]`,
    parts: () => ({ kind: 'items', form }),
    read(written, reading) {
      if (written.kind !== 'list') {
        const found = isNothing(written) ? 'nothing' : describe(written);
        return reading.report(written.offset, `expected ${what}, found ${found}`, `write [${form.example}]`);
      }
      const { length } = written.items;
      if (length < min || length > max) {
        const expected = length < min ? `at least ${min}` : `at most ${max}`;
        return reading.report(written.offset, `expected ${expected} in ${what}, found ${length}`, `write ${expected}`);
      }
      return readItems(form, written.items, reading);
    },
  };
}

function readItems<T>(form: Form<T>, items: readonly Written[], reading: Reading): readonly T[] | undefined {
  const values: T[] = [];
  for (const item of items) {
    if (reading.isFull()) return undefined;
    const value = readPart(form, item, reading);
    if (value !== undefined) values.push(value);
  }
  return values.length === items.length ? values : undefined;
}
