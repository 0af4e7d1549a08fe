import type { Form, PartField } from './form.ts';
import { suggestion } from './suggest.ts';
import { describe, quote } from './written.ts';

interface ByWordOptions<K extends string, T> {
  /** In messages, with its article: `a health check`. */
  readonly what: string;
  /** The key whose word decides. */
  readonly key: string;
  /** What it is where it is not written; null: it must be written. */
  readonly fallback: K | null;
  /** The form of the whole block by that word; each has the key itself among its fields. */
  readonly forms: Readonly<Record<K, Form<T>>>;
}

/** A block whose other keys depend on what one key says: `{ system: haproxy, rise: 2 }`. */
export function byWord<K extends string, T>({ what, key, fallback, forms }: ByWordOptions<K, T>): Form<T> {
  const words = Object.keys(forms);
  const all = Object.entries<Form<T>>(forms);
  const formOf = (word: string) => all.find(([name]) => name === word)?.[1];
  const usual = (fallback === null ? undefined : formOf(fallback)) ?? all[0]?.[1];
  return {
    schema: { anyOf: all.map(([word, form]) => schemaFor(form, key, word, word === fallback)) },
    type: `block, by its ${key}`,
    example: usual?.example ?? '{ ... }',
    parts: () => ({ kind: 'named', fields: mergedFields(all, key) }),
    read(written, reading) {
      if (written.kind !== 'map') {
        const fix = `write ${usual?.example ?? ''}`;
        return reading.report(written.offset, `expected ${what}, found ${describe(written)}`, fix);
      }
      const chosen = written.entries.get(key)?.value;
      const word = chosen === undefined ? fallback : chosen.kind === 'scalar' ? chosen.text : null;
      if (chosen === undefined && word === null) {
        const message = `expected '${key}' in ${what}, found no such key`;
        return reading.report(written.offset, message, `add ${key}: ${words[0] ?? ''}`);
      }
      const form = word === null ? undefined : formOf(word);
      if (form !== undefined) return form.read(written, reading);
      const found = chosen === undefined ? 'nothing' : chosen.kind === 'scalar' ? quote(chosen.text) : describe(chosen);
      const message = `expected one of ${words.join(', ')}, found ${found}`;
      return reading.report(chosen?.offset ?? written.offset, message, suggestion(word ?? '', words));
    },
  };
}

/** Where the word is the fallback it may be left out; else it must be there for this schema to hold. */
function schemaFor(form: Form<unknown>, key: string, word: string, optional: boolean): Form<unknown>['schema'] {
  const { properties, required = [] } = form.schema as { properties: Record<string, object>; required?: string[] };
  const described = { ...properties, [key]: { ...properties[key], enum: [word] } };
  return { ...form.schema, properties: described, required: optional ? required : [key, ...required] };
}

/** Every key of any form, each as the first that has it says, and for whom it is where it is not for all. */
function mergedFields(all: readonly (readonly [string, Form<unknown>])[], key: string): Record<string, PartField> {
  const merged: Record<string, PartField> = {};
  const owners = new Map<string, string[]>();
  for (const [word, form] of all) {
    const parts = form.parts?.();
    if (parts?.kind !== 'named') continue;
    for (const [name, field] of Object.entries(parts.fields)) {
      merged[name] ??= field;
      owners.set(name, [...(owners.get(name) ?? []), word]);
    }
  }
  for (const [name, words] of owners) {
    const field = merged[name];
    if (field === undefined || words.length === all.length) continue;
    // What some of them require is not required of the block.
    merged[name] = { fallback: { text: null }, ...field, doc: `${key} ${words.join(', ')}: ${field.doc}` };
  }
  return merged;
}
