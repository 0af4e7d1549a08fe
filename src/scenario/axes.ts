import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { policyLabel } from './policy.ts';
import type { Reading } from './reading.ts';
import { isRecordName } from './record.ts';
import { nameFix } from './scalars.ts';
import { nearest, suggestion } from './suggest.ts';
import { compact, describe, partOf, quote, type Written, type WrittenEntry, type WrittenMap } from './written.ts';

/** A parameter and the values to try for it. */
export interface Axis {
  readonly path: string;
  readonly keys: readonly string[];
  readonly keyOffset: number;
  readonly values: readonly Written[];
  /** Stands for blocks that are not written but that the path goes through. */
  readonly emptyBlock: WrittenMap;
}

export const policyPath = 'loadBalancer.policy';

const fixedKeys = ['name', 'description', 'seed', 'replications', 'thresholds', 'matrix'];

/** An axis of a value or more, as the matrix or the command line writes it. */
export function createAxis(path: string, keyOffset: number, values: readonly Written[]): Axis {
  const emptyBlock: WrittenMap = { kind: 'map', offset: keyOffset, entries: new Map() };
  return { path, keys: path.split('.'), keyOffset, values, emptyBlock };
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
    if (axis !== null && !overlaps(axis, axes, reading)) axes.push(axis);
  }
  return axes;
}

function readAxis(
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
  const axis = createAxis(path, keyOffset, value.items);
  const wrong = wrongPath(axis.keys, document, form);
  if (wrong !== null) return refuse(keyOffset, wrong.message, wrong.fix);
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

function overlaps(axis: Axis, others: readonly Axis[], reading: Reading): boolean {
  const other = others.find(({ path }) => `${path}.`.startsWith(`${axis.path}.`) || axis.path.startsWith(`${path}.`));
  if (other === undefined) return false;
  const message = `expected parameters apart from each other, found ${quote(axis.path)} and ${quote(other.path)}`;
  reading.report(axis.keyOffset, message, 'one contains the other: keep one of them');
  return true;
}

/** What is wrong with a path, or null: it must name a parameter of the format, and list elements that are written. */
function wrongPath(keys: readonly string[], document: WrittenMap, form: Form<unknown>) {
  if (fixedKeys.includes(keys[0] ?? '')) {
    const message = `expected a parameter that may differ between columns, found ${quote(keys[0] ?? '')}`;
    return { message, fix: 'it holds for the whole scenario: take it out of the matrix' };
  }
  let here: Form<unknown> = form;
  let written: Written | undefined = document;
  for (const [i, key] of keys.entries()) {
    const before = keys.slice(0, i).join('.');
    const parts = here.parts?.();
    if (parts === undefined) {
      return { message: `expected a parameter, found ${quote(keys.join('.'))}`, fix: `${quote(before)} has no parts` };
    }
    if (parts.kind === 'items') {
      const length = written?.kind === 'list' ? written.items.length : 0;
      if (!/^(?:0|[1-9]\d{0,8})$/.test(key) || Number(key) >= length) {
        const message = `expected the place of an element of ${quote(before)}, found ${quote(key)}`;
        return { message, fix: length === 0 ? 'there are none' : `write a number from 0 to ${length - 1}` };
      }
      here = parts.form;
    } else if (parts.kind === 'record') {
      if (!isRecordName(key)) {
        return { message: `expected a name in ${quote(before)}, found ${quote(key)}`, fix: nameFix };
      }
      here = parts.form;
    } else {
      const next = Object.hasOwn(parts.fields, key) ? parts.fields[key]?.form : undefined;
      if (next === undefined) {
        const known = Object.keys(parts.fields).filter((name) => i > 0 || !fixedKeys.includes(name));
        return unknownPath(before, key, keys, i, known);
      }
      here = next;
    }
    if (written?.kind === 'scalar' && written.text !== key) {
      const message = `expected ${quote(before)} to be a block, found ${describe(written)}`;
      return { message, fix: `write ${before}: { ${key}: ... } or another path` };
    }
    written = partOf(written, key);
  }
  return null;
}

function unknownPath(before: string, key: string, keys: readonly string[], i: number, known: readonly string[]) {
  const near = nearest(key, known);
  const whole = [...keys.slice(0, i), near, ...keys.slice(i + 1)].join('.');
  const message = `expected the path of a parameter, found no ${quote(key)}${before === '' ? '' : ` in ${quote(before)}`}`;
  return { message, fix: near === null ? suggestion(key, known) : `did you mean ${quote(whole)}?` };
}
