import type { Form } from './form.ts';
import type { Reading } from './reading.ts';
import { isRecordName } from './record.ts';
import { nameFix } from './scalars.ts';
import { nearest, suggestion } from './suggest.ts';
import { describe, partOf, quote, type Written, type WrittenMap } from './written.ts';

/** A parameter named by its path, and where it is named: by the matrix, by a variant. */
export interface Target {
  readonly path: string;
  readonly keys: readonly string[];
  readonly keyOffset: number;
  /** Stands for blocks that are not written but that the path goes through. */
  readonly emptyBlock: WrittenMap;
}

export const policyPath = 'loadBalancer.policy';

const fixedKeys = [
  ...['name', 'description', 'seed', 'replications', 'maxReplications', 'precision', 'thresholds', 'impact'],
  ...['matrix', 'variants'],
];

export function createTarget(path: string, keyOffset: number): Target {
  const emptyBlock: WrittenMap = { kind: 'map', offset: keyOffset, entries: new Map() };
  return { path, keys: path.split('.'), keyOffset, emptyBlock };
}

/** The parameter of that path, or null after saying what is wrong with it. `whose` path it is ends a sentence: `the matrix`. */
export function readTarget(
  { path, keyOffset, whose }: { path: string; keyOffset: number; whose: string },
  document: WrittenMap,
  form: Form<unknown>,
  reading: Reading,
): Target | null {
  const target = createTarget(path, keyOffset);
  const wrong = wrongPath(target.keys, whose, document, form);
  if (wrong === null) return target;
  reading.report(keyOffset, wrong.message, wrong.fix);
  return null;
}

/** One that is the same parameter, or a part of it, or has it as a part. */
export function overlapping<T extends Target>({ path }: Target, others: readonly T[]): T | undefined {
  return others.find((other) => `${other.path}.`.startsWith(`${path}.`) || path.startsWith(`${other.path}.`));
}

/** Reports a parameter that a block names twice, whole and in part. */
export function overlapsOwn(target: Target, others: readonly Target[], reading: Reading): boolean {
  const other = overlapping(target, others);
  if (other === undefined) return false;
  const message = `expected parameters apart from each other, found ${quote(target.path)} and ${quote(other.path)}`;
  reading.report(target.keyOffset, message, 'one contains the other: keep one of them');
  return true;
}

/** What is wrong with a path, or null: it must name a parameter of the format, and list elements that are written. */
function wrongPath(keys: readonly string[], whose: string, document: WrittenMap, form: Form<unknown>) {
  if (fixedKeys.includes(keys[0] ?? '')) {
    const message = `expected a parameter that may differ between columns, found ${quote(keys[0] ?? '')}`;
    return { message, fix: `it holds for the whole scenario: take it out of ${whose}` };
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
    const isOther =
      written?.kind === 'list' ? parts.kind !== 'items' : written?.kind === 'scalar' && written.text !== key;
    if (written !== undefined && isOther) {
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
