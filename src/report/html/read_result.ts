import { readFileSync } from 'node:fs';
import type { ResultDocument } from '../../run/result.ts';
import { OutputError, outputError } from '../output_error.ts';

const lists = ['cells', 'summary', 'comparison', 'thresholds'] as const;
/** What results of earlier versions do not have. */
const later = { best: [], precision: null, incomplete: null };

/** result.json as it was written. Throws an OutputError where it cannot be read or is something else. */
export function readResult(path: string): ResultDocument {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    throw outputError(path, thrown, 'read');
  }
  const parsed = parse(text);
  if (!isObject(parsed) || parsed.schema !== 1 || lists.some((name) => !Array.isArray(parsed[name]))) {
    throw new OutputError(
      `${path} is not the result of a run: expected JSON with schema 1 and its lists of cells, summary, comparison and thresholds`,
    );
  }
  return { ...later, ...parsed } as unknown as ResultDocument;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
