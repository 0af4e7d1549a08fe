import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { createTarget, overlapsOwn, policyPath, readTarget, type Target } from './paths.ts';
import { policyLabel } from './policy.ts';
import type { Reading } from './reading.ts';
import { compact, describe, quote, type Written, type WrittenEntry, type WrittenMap } from './written.ts';

/** A parameter and the values to try for it. */
export interface Axis extends Target {
  readonly values: readonly Written[];
}

/** An axis of a value or more, as the command line writes it. */
export function createAxis(path: string, keyOffset: number, values: readonly Written[]): Axis {
  return { ...createTarget(path, keyOffset), values };
}

/** The axes of `matrix:`; those that are wrong are reported and left out. */
export function readAxes(document: WrittenMap, form: Form<unknown>, reading: Reading): Axis[] {
  const matrix = document.entries.get('matrix')?.value;
  if (matrix === undefined) return [];
  if (matrix.kind !== 'map') {
    const fix = `write { ${policyPath}: [ring, random] }`;
    reading.report(matrix.offset, `expected a block of paths and their values, found ${describe(matrix)}`, fix);
    return [];
  }
  if (matrix.entries.size > limits.axes) {
    const message = `expected at most ${limits.axes} parameters in a matrix, found ${matrix.entries.size}`;
    reading.report(matrix.offset, message, 'write several scenarios');
    return [];
  }
  const axes: Axis[] = [];
  for (const [path, entry] of matrix.entries) {
    const axis = readAxis(path, entry, document, form, reading);
    if (axis !== null && !overlapsOwn(axis, axes, reading)) axes.push(axis);
  }
  return axes;
}

/** One axis; null after reporting what is wrong with it. */
export function readAxis(
  path: string,
  { keyOffset, value }: WrittenEntry,
  document: WrittenMap,
  form: Form<unknown>,
  reading: Reading,
): Axis | null {
  const refuse = (offset: number, message: string, fix: string) => {
    reading.report(offset, message, fix);
    return null;
  };
  if (value.kind === 'map') {
    const [inner = 'key'] = value.entries.keys();
    const found = `expected a list of values, found ${describe(value)}`;
    return refuse(value.offset, found, `write the path with dots: ${path}.${inner}: [...]`);
  }
  if (value.kind !== 'list' || value.items.length === 0) {
    return refuse(value.offset, `expected a list of values, found ${describe(value)}`, 'write [value, value]');
  }
  const target = readTarget({ path, keyOffset, whose: 'the matrix' }, document, form, reading);
  if (target === null) return null;
  const axis = { ...target, values: value.items };
  reportRepeatedValues(axis, reading);
  return axis;
}

/** Two values of one name could not be told apart in results. */
function reportRepeatedValues({ path, values }: Axis, reading: Reading): void {
  const seen = new Set<string>();
  for (const value of values) {
    const name = path === policyPath ? policyLabel(value) : compact(value);
    if (seen.has(name)) {
      reading.report(value.offset, `expected each value once, found ${quote(name)} again`, 'remove one of the two');
    }
    seen.add(name);
  }
}
