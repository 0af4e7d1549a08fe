import { invariant } from '../core/assert.ts';
import type { ResultDocument } from '../run/result.ts';

/**
 * The document as one line of JSON, its end of line included, in pieces of a cell each: a wide study is longer than a
 * string can be. `result.json` and `--json` are these same bytes. Keys stand in the order of DESIGN.md section 6.
 */
export function* resultJson(document: ResultDocument): Generator<string> {
  const { schema, scenario, version, cells, summary, comparison, thresholds, best, precision, incomplete } = document;
  yield `{"schema":${text(schema)},"scenario":${text(scenario)},"version":${text(version)}`;
  yield* list('cells', cells);
  yield* list('summary', summary);
  yield* list('comparison', comparison);
  yield* list('thresholds', thresholds);
  yield* list('best', best);
  yield `,"precision":${text(precision)},"incomplete":${text(incomplete)}`;
  yield `,"description":${text(document.description)}`;
  yield* list('warnings', document.warnings);
  yield '}\n';
}

function* list(name: string, items: readonly unknown[]): Generator<string> {
  yield `,"${name}":[`;
  for (const [i, item] of items.entries()) yield (i === 0 ? '' : ',') + text(item);
  yield ']';
}

function text(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    invariant(typeof inner !== 'number' || Number.isFinite(inner), () => `${key} is ${String(inner)} in the result`);
    return inner;
  });
}
