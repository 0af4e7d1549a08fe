import type { Reading } from './reading.ts';
import type { Written } from './written.ts';

/** JSON Schema draft-07, as data. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/**
 * What may be written in one place of a scenario: how to read it, how to describe it to an editor, and how to show it
 * to somebody who left it out. The whole format is forms made of forms, beginning at `document.ts`.
 */
export interface Form<T> {
  readonly schema: JsonSchema;
  /** As it might be written on one line. */
  readonly example: string;
  /** The parts that a path of the matrix can name. Absent: it has none. A function, since distributions contain distributions. */
  readonly parts?: () => Parts;
  /** The value, or undefined after reporting every reason why there is none. */
  read(written: Written, reading: Reading): T | undefined;
}

type Parts =
  | { readonly kind: 'named'; readonly forms: Readonly<Record<string, Form<unknown>>> }
  | { readonly kind: 'items'; readonly form: Form<unknown> };

/** Reads a part, at most once. Scalars are not worth remembering. */
export function readPart<T>(form: Form<T>, written: Written, reading: Reading): T | undefined {
  if (written.kind === 'scalar') return form.read(written, reading);
  return reading.once(form, written, () => form.read(written, reading));
}
