import { distributionForm, distributionRef } from './distribution.ts';
import { documentFields, type Vocabulary } from './document.ts';
import type { PartField } from './form.ts';

/** What may be written in one place of a scenario. */
export interface FieldReference {
  /** As the matrix writes it, N for the place in a list, from 0, NAME for a name of one's own. What comes in many places is spelled out once, under `DISTRIBUTION`. */
  readonly path: string;
  /** What is written there: a quantity with its limits, words to choose from, a block, a list. */
  readonly type: string;
  readonly required: boolean;
  /** What holds where nothing is written, in words or as it would be written; null: that there is nothing. */
  readonly default: string | null;
  /** One line: what it does. */
  readonly doc: string;
}

/** Every field of the format, from the very forms that read it: parents before parts, in the order of the format. */
export function fieldReference(vocabulary: Vocabulary): FieldReference[] {
  const distribution: PartField = {
    form: { ...distributionForm(vocabulary.readText), schema: {} },
    doc: 'Wherever a type is distribution: a plain duration is always the same, a block of one key is a law.',
    fallback: { text: null },
  };
  return [...referenceOf('', documentFields(vocabulary)), ...fieldsUnder('DISTRIBUTION', distribution)];
}

function referenceOf(before: string, fields: Readonly<Record<string, PartField>>): FieldReference[] {
  return Object.entries(fields).flatMap(([key, field]) => fieldsUnder(before + key, field));
}

function fieldsUnder(path: string, { form, doc, fallback }: PartField): FieldReference[] {
  const isDistribution = form.schema.$ref === distributionRef;
  const isMore = isDistributionOrMore(form);
  const type = isDistribution ? 'distribution' : isMore ? 'distribution, or block of one key' : form.type;
  const field = { path, type, required: fallback === undefined, default: fallback?.text ?? null, doc };
  let parts = isDistribution ? undefined : form.parts?.();
  let inside = path;
  while (parts !== undefined && parts.kind !== 'named') {
    inside += parts.kind === 'items' ? '.N' : '.NAME';
    parts = parts.form.parts?.();
  }
  if (parts === undefined) return [field];
  const own = Object.entries(parts.fields).filter(([key]) => !isMore || !laws.includes(key));
  return [field, ...referenceOf(`${inside}.`, Object.fromEntries(own))];
}

/** A form that knows the laws of a distribution and others: what is the same for all is not spelled out again. */
function isDistributionOrMore({ schema }: PartField['form']): boolean {
  return Array.isArray(schema.anyOf) && schema.anyOf.some(({ $ref }) => $ref === distributionRef);
}

const laws = Object.keys(distributionForm(() => '').cases);

/** How quantities are written, by the first word of a type. */
export const typeNotes: Readonly<Record<string, string>> = {
  duration: 'A number and its unit, ns, us, ms, s, m, h or d: 250ms, 1.5s, 1m30s. Zero is 0s.',
  rate: 'A number per ms, s, m or h, with k or M for thousands or millions: 2000/s, 2k/s.',
  share: 'Percent: 5%.',
  distribution: 'See DISTRIBUTION below. A plain duration is one.',
};
