import type { Axis } from './axes.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { overlapping, overlapsOwn, readTarget, type Target } from './paths.ts';
import type { Reading } from './reading.ts';
import { idFix, idPattern } from './scalars.ts';
import { describe, isNothing, quote, type Written, type WrittenEntry, type WrittenMap } from './written.ts';

/** A named configuration: what the file says, but for these parameters. */
export interface Variant {
  readonly name: string;
  readonly overrides: readonly Override[];
}

/** A parameter and what a variant sets it to. Nothing (null) takes away what is written. */
interface Override extends Target {
  readonly value: Written;
}

const variantsExample = '{ current: {}, proposed: { healthCheck.interval: 1s } }';

/**
 * The variants of `variants:`, in the order written, or none. What is wrong is reported: a variant with a bad name and
 * an override with a bad path are left out, as is what an axis of the matrix sets.
 */
export function readVariants(
  document: WrittenMap,
  axes: readonly Axis[],
  form: Form<unknown>,
  reading: Reading,
): Variant[] {
  const written = document.entries.get('variants')?.value;
  if (written === undefined) return [];
  if (written.kind !== 'map' || written.entries.size === 0) {
    const message = `expected a block of variants and what each changes, found ${describe(written)}`;
    reading.report(written.offset, message, `write ${variantsExample}`);
    return [];
  }
  const { size } = written.entries;
  if (size > limits.variants) {
    const message = `expected at most ${limits.variants} variants, found ${size}`;
    reading.report(written.offset, message, 'write several scenarios, or a matrix');
    return [];
  }
  const variants: Variant[] = [];
  for (const [name, entry] of written.entries) {
    if (!isVariantName(name)) {
      const most = limits.idLength;
      const expected = name.length > most ? `a name of at most ${most} characters` : 'the name of a variant';
      reading.report(entry.keyOffset, `expected ${expected}, found ${quote(name)}`, idFix);
    } else {
      variants.push({ name, overrides: readOverrides(name, entry, axes, document, form, reading) });
    }
  }
  return variants;
}

function isVariantName(name: string): boolean {
  return name.length <= limits.idLength && idPattern.test(name);
}

function readOverrides(
  name: string,
  { value }: WrittenEntry,
  axes: readonly Axis[],
  document: WrittenMap,
  form: Form<unknown>,
  reading: Reading,
): Override[] {
  if (isNothing(value)) return [];
  if (value.kind !== 'map') {
    const message = `expected a block of paths and their values, found ${describe(value)}`;
    reading.report(value.offset, message, 'write { healthCheck.interval: 1s }, or {} to change nothing');
    return [];
  }
  if (value.entries.size > limits.overrides) {
    const message = `expected at most ${limits.overrides} parameters in a variant, found ${value.entries.size}`;
    reading.report(value.offset, message, 'set whole blocks, or write several scenarios');
    return [];
  }
  const overrides: Override[] = [];
  for (const [path, { keyOffset, value: to }] of value.entries) {
    const target = readTarget({ path, keyOffset, whose: `variant ${quote(name)}` }, document, form, reading);
    if (target === null || overlapsOwn(target, overrides, reading) || contradicts(name, target, axes, reading))
      continue;
    overrides.push({ ...target, value: to });
  }
  return overrides;
}

/** What each column of the matrix sets anew, no variant can set. */
function contradicts(name: string, target: Target, axes: readonly Axis[], reading: Reading): boolean {
  const axis = overlapping(target, axes);
  if (axis === undefined) return false;
  const both = axis.path === target.path ? 'both' : `${quote(axis.path)} there`;
  const message = `expected variants to leave alone what the matrix or the command line sets, found ${quote(target.path)} in ${quote(name)} and ${both}`;
  reading.report(target.keyOffset, message, 'take it out of one of them');
  return true;
}

/** Read by `readVariants` before the rest, since it says what the rest is. */
export function variantsForm(): Form<true> {
  return {
    schema: {
      type: 'object',
      propertyNames: { pattern: idPattern.source, maxLength: limits.idLength },
      additionalProperties: { type: ['object', 'null'], maxProperties: limits.overrides },
      minProperties: 1,
      maxProperties: limits.variants,
    },
    type: '{ NAME: block of paths and their values, ... }',
    example: variantsExample,
    read: () => true,
  };
}
