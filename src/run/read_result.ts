import type { ShapeProblem } from '../core/shape.ts';
import type { ResultDocument } from './result.ts';
import { resultShape } from './result_shape.ts';

/** A result document, or why the text is none: what was expected where, and what was found. */
export type ReadResultOutcome = { readonly document: ResultDocument } | { readonly problems: readonly string[] };

/** Reads `result.json` back. Keys that this version does not know are let pass: a later one may have written them. */
export function readResult(text: string): ReadResultOutcome {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problems: ['expected a result.json, found text that is not JSON'] };
  }
  const problems: ShapeProblem[] = [];
  resultShape.check(value, '', problems);
  const other = problems.find(({ path }) => path === 'schema');
  if (other !== undefined) return { problems: [inWords(other)] };
  if (problems.length > 0) return { problems: problems.map(inWords) };
  // It is one, but for what was added to the format since: that is what was checked.
  return { document: { ...unsaid, ...(value as ResultDocument) } };
}

/** What a result does not say that was written before it could. */
const unsaid: Pick<ResultDocument, 'description' | 'warnings'> = { description: '', warnings: [] };

function inWords({ path, expected, found }: ShapeProblem): string {
  return `${path === '' ? '' : `${path}: `}expected ${expected}, found ${found}`;
}
