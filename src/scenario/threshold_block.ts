import { block, optional, type Placed, placed, required } from './blocks.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import type { Reading } from './reading.ts';
import { prose, trueOrFalse } from './scalars.ts';
import { nearest } from './suggest.ts';
import { type Expression, expressionForm, type MetricUnit, thresholdExample } from './threshold.ts';
import { describe, type Written } from './written.ts';

/** The columns a threshold is about, as it names them. null: all. */
export interface Scope<Name> {
  readonly strategies: readonly Name[] | null;
  readonly variants: readonly Name[] | null;
}

/** A threshold as it is written, with the names of the columns it is about not yet looked up. */
export interface ScopedThreshold extends Expression, Scope<string> {
  readonly abortOnFail: boolean;
}

const strategyNames = names('the name of a strategy');
const variantNames = names('the name of a variant');
const example = `{ threshold: ${thresholdExample}, strategy: ring }`;

/** `latency.p99 < 500ms`, or a block with that and which columns it is about, as k6 has it (`threshold`, `abortOnFail`). */
export function thresholdForm(metrics: readonly MetricUnit[]): Form<ScopedThreshold> {
  const expression = expressionForm(metrics);
  const fields = {
    threshold: required(expression, 'What must hold: METRIC OP VALUE.'),
    strategy: optional(
      valuesOf(strategyNames),
      null,
      'Only for these strategies, by name, or as columns are called: peak-ewma(decayTime=5s).',
      'all',
    ),
    variant: optional(valuesOf(variantNames), null, 'Only for these variants.', 'all'),
    abortOnFail: optional(
      trueOrFalse(),
      false,
      'Begin no further runs once the values so far say that it fails.',
      'false',
    ),
  };
  const whole = block('a threshold', fields, {
    make: ({ threshold, strategy, variant, abortOnFail }): ScopedThreshold => ({
      ...threshold,
      ...{ strategies: strategy, variants: variant, abortOnFail },
    }),
  });
  return {
    ...whole,
    schema: { anyOf: [expression.schema, whole.schema] },
    type: 'threshold, or block',
    example: thresholdExample,
    read(written, reading) {
      if (written.kind !== 'map') {
        const read = expression.read(written, reading);
        const all = { strategies: null, variants: null, abortOnFail: false };
        return read === undefined ? undefined : { ...read, ...all };
      }
      const keys = [...written.entries.keys()];
      if (keys.some((key) => nearest(key, Object.keys(fields)) !== null)) return whole.read(written, reading);
      const message = `expected a threshold such as ${thresholdExample}, found ${describe(written)}`;
      return reading.report(written.offset, message, `write ${thresholdExample}, or ${example}`);
    },
  };
}

/**
 * The columns that an element of `thresholds:` is about, and where it names them, whether or not the rest of it is right.
 * What is wrong with the names is for the threshold's own form to report.
 */
export function readScope(written: Written, reading: Reading): Scope<Placed<string>> {
  if (written.kind !== 'map') return { strategies: null, variants: null };
  const namesAt = (key: string, form: Form<readonly Placed<string>[]>) => {
    const value = written.entries.get(key)?.value;
    return value === undefined ? null : (reading.collect(() => form.read(value, reading)).value ?? null);
  };
  return { strategies: namesAt('strategy', strategyNames), variants: namesAt('variant', variantNames) };
}

/** What is named, wherever it stands. */
function valuesOf(form: Form<readonly Placed<string>[]>): Form<readonly string[]> {
  return { ...form, read: (written, reading) => form.read(written, reading)?.map(({ value }) => value) };
}

/** A name, or a list of names. */
function names(what: string): Form<readonly Placed<string>[]> {
  const one = placed(prose(limits.labelLength));
  return {
    schema: { anyOf: [one.schema, { type: 'array', items: one.schema, minItems: 1 }] },
    type: 'name, or [name, ...]',
    example: 'ring',
    read(written, reading) {
      if (written.kind === 'scalar' && written.text.trim() !== '') {
        const name = one.read(written, reading);
        return name === undefined ? undefined : [name];
      }
      if (written.kind !== 'list' || written.items.length === 0) {
        const message = `expected ${what}, or a list of them, found ${describe(written)}`;
        return reading.report(written.offset, message, 'write one of them, or leave the key out for all');
      }
      const read = written.items.map((item) => one.read(item, reading));
      return read.every((name) => name !== undefined) ? read : undefined;
    },
  };
}
