import type { CellLabel } from '../run/result.ts';
import type { Field } from './csv.ts';

/** The names of the matrix parameters, the policy aside, in the order of the axes. */
export function paramNames(labels: Iterable<CellLabel>): string[] {
  const names = new Set<string>();
  for (const { params } of labels) for (const name of Object.keys(params)) names.add(name);
  return [...names];
}

/** Their columns, which stand last: `param_load_rate`. */
export function paramColumns(names: readonly string[]): string[] {
  return names.map((name) => `param_${snakeCase(name)}`);
}

export function paramFields(names: readonly string[], { params }: CellLabel): Field[] {
  return names.map((name) => (Object.hasOwn(params, name) ? String(params[name]) : null));
}

/** A JSON path in snake_case, a unit of milliseconds moved to the end: `detectMs.p99` is `detect_p99_ms`. */
export function columnOf(path: string): string {
  const unit = /Ms(?=\.|$)/;
  return snakeCase(path.replace(unit, '')) + (unit.test(path) && !path.endsWith('.count') ? '_ms' : '');
}

function snakeCase(path: string): string {
  return path
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
}
