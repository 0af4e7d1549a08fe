import { type Form, type PartField, readPart } from './form.ts';
import { suggestion } from './suggest.ts';
import { describe, isNothing, quote, type WrittenEntry, type WrittenMap } from './written.ts';

export interface VariantOptions<T> {
  /** In messages, without article: `distribution`. */
  readonly what: string;
  /** The forms by name; a function, since distributions contain distributions. */
  readonly cases: () => Readonly<Record<string, Form<T>>>;
  /** One line about each. */
  readonly docs: Readonly<Record<string, string>>;
  /** How to read it where a mere word is written; absent: a word is an error. */
  readonly scalar?: Form<T>;
  readonly example: string;
  /** Instead of the schema that follows from the cases, as recursion requires. */
  readonly schema?: Form<T>['schema'];
}

/** A block of exactly one key, which says what follows: `exponential: { mean: 8ms }`. Or a word, where that is enough. */
export function variant<T>({ what, cases, docs, scalar, example, schema }: VariantOptions<T>): Form<T> {
  const form: Form<T> = {
    schema: schema ?? variantSchema(cases(), scalar),
    type: scalar === undefined ? 'block of one key' : `${scalar.type}, or block of one key`,
    example,
    parts: () => ({ kind: 'named', fields: caseFields(cases(), docs) }),
    read(written, reading) {
      if (written.kind === 'scalar' && scalar !== undefined && !isNothing(written)) {
        return scalar.read(written, reading);
      }
      if (written.kind !== 'map' || written.entries.size === 0) {
        return reading.report(written.offset, `expected a ${what}, found ${describe(written)}`, `write ${example}`);
      }
      const [first] = written.entries;
      if (first === undefined || written.entries.size > 1) {
        const message = `expected one ${what}, found ${written.entries.size}: ${namesIn(written)}`;
        return reading.report(secondKey(written), message, 'keep one of them');
      }
      const [name, entry] = first;
      const known = cases();
      const chosen = Object.hasOwn(known, name) ? known[name] : undefined;
      if (chosen !== undefined) return readPart(chosen, entry.value, reading);
      const fix = suggestion(name, Object.keys(known));
      return reading.report(entry.keyOffset, `expected a known ${what}, found ${quote(name)}`, fix);
    },
  };
  return form;
}

/** None of the cases is required. */
function caseFields(cases: Readonly<Record<string, Form<unknown>>>, docs: Readonly<Record<string, string>>) {
  const fields = Object.entries(cases).map(([name, form]): [string, PartField] => [
    name,
    { form, doc: docs[name] ?? '', fallback: { text: null } },
  ]);
  return Object.fromEntries(fields);
}

function namesIn(written: WrittenMap): string {
  const names = [...written.entries.keys()].map(quote);
  return names.length > 5 ? `${names.slice(0, 5).join(', ')}, ...` : names.join(', ');
}

function secondKey(written: WrittenMap): number {
  const [, second] = [...written.entries.values()] as [WrittenEntry, WrittenEntry];
  return second.keyOffset;
}

function variantSchema<T>(cases: Readonly<Record<string, Form<T>>>, scalar: Form<T> | undefined): Form<T>['schema'] {
  const blocks = {
    type: 'object',
    properties: Object.fromEntries(Object.entries(cases).map(([name, form]) => [name, form.schema])),
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
  };
  return scalar === undefined ? blocks : { anyOf: [scalar.schema, blocks] };
}
