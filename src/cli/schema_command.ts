import type { JsonSchema } from '../core/shape.ts';
import * as lists from '../run/lists.ts';
import { resultSchema } from '../run/result_shape.ts';
import { documentSchema } from '../scenario/document.ts';
import type { Schema } from './choices.ts';
import { writeOut } from './streams.ts';

/** Prints a JSON Schema: the bytes of `schema/*.schema.json`. */
export async function schemaCommand(which: Schema): Promise<void> {
  await writeOut([schemaText(which)]);
}

export function schemaText(which: Schema): string {
  return `${JSON.stringify(schemaOf[which](), null, 1)}\n`;
}

const schemaOf: Readonly<Record<Schema, () => JsonSchema>> = {
  // What a file of measurements says is of no interest here.
  scenario: () => documentSchema({ ...lists, readText: () => '' }),
  result: resultSchema,
};
