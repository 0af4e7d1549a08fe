import { type Form, readPart } from './form.ts';
import { limits } from './limits.ts';
import { nameFix, namePattern } from './scalars.ts';
import { describe, quote } from './written.ts';

/** One entry of a record, and where it stands. */
export interface NamedValue<T> {
  readonly name: string;
  readonly nameOffset: number;
  readonly value: T;
}

/** A block whose keys are the writer's own names, in the order written: `{ stage: prod }`. `what` names it in messages. */
export function record<T>(what: string, form: Form<T>, example: string): Form<readonly NamedValue<T>[]> {
  const max = limits.recordEntries;
  return {
    schema: {
      type: 'object',
      propertyNames: { pattern: namePattern.source, maxLength: limits.idLength },
      additionalProperties: form.schema,
      maxProperties: max,
    },
    type: `{ NAME: ${form.type}, ... }`,
    example,
    parts: () => ({ kind: 'record', form }),
    read(written, reading) {
      if (written.kind !== 'map') {
        return reading.report(written.offset, `expected ${what}, found ${describe(written)}`, `write ${example}`);
      }
      const { size } = written.entries;
      if (size > max) {
        return reading.report(written.offset, `expected at most ${max} names in ${what}, found ${size}`, 'write fewer');
      }
      const values: NamedValue<T>[] = [];
      for (const [name, { keyOffset, value }] of written.entries) {
        if (!isRecordName(name)) {
          const expected = name.length > limits.idLength ? `names of at most ${limits.idLength} characters` : 'a name';
          reading.report(keyOffset, `expected ${expected} in ${what}, found ${quote(name)}`, nameFix);
          continue;
        }
        const read = readPart(form, value, reading);
        if (read !== undefined) values.push({ name, nameOffset: keyOffset, value: read });
      }
      return values.length === size ? values : undefined;
    },
  };
}

export function isRecordName(name: string): boolean {
  return name.length <= limits.idLength && namePattern.test(name);
}

/** The names with their values. No name is `__proto__`, since names begin with a letter or digit. */
export function toRecord<T>(values: readonly NamedValue<T>[]): Readonly<Record<string, T>> {
  return Object.fromEntries(values.map(({ name, value }) => [name, value]));
}
