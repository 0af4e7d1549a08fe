import type { JsonSchema } from '../core/shape.ts';
import type { Reading } from './reading.ts';
import type { Written } from './written.ts';

export type { JsonSchema };

/**
 * What may be written in one place of a scenario: how to read it, how to describe it to an editor, and how to show it
 * to somebody who left it out. The whole format is forms made of forms, beginning at `document.ts`.
 */
export interface Form<T> {
  readonly schema: JsonSchema;
  /** What it is, in a few words: `duration above 0s`. */
  readonly type: string;
  /** As it might be written on one line. */
  readonly example: string;
  /** The parts that a path of the matrix can name. Absent: it has none. A function, since distributions contain distributions. */
  readonly parts?: () => Parts;
  /** The value, or undefined after reporting every reason why there is none. */
  read(written: Written, reading: Reading): T | undefined;
}

/** One key of a block. */
export interface Field<T> {
  readonly form: Form<T>;
  /** One line: what it does. */
  readonly doc: string;
  /** What holds where nothing is written, and how to say so; absent: the key is required. */
  readonly fallback?: { readonly value: T; readonly text: string | null };
}

type Parts =
  | { readonly kind: 'named'; readonly fields: Readonly<Record<string, PartField>> }
  | { readonly kind: 'items'; readonly form: Form<unknown> }
  /** Under names of the writer's own. */
  | { readonly kind: 'record'; readonly form: Form<unknown> };

/** A key of a block, or one of the cases that a block of one key chooses from. */
export type PartField = Omit<Field<unknown>, 'fallback'> & {
  readonly fallback?: { readonly text: string | null };
};

/** Reads a part, at most once. Scalars are not worth remembering. */
export function readPart<T>(form: Form<T>, written: Written, reading: Reading): T | undefined {
  if (written.kind === 'scalar') return form.read(written, reading);
  return reading.once(form, written, () => form.read(written, reading));
}
