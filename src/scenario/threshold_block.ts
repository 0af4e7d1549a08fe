import { block, optional, type Placed, placed, required } from './blocks.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { prose, trueOrFalse } from './scalars.ts';
import { nearest } from './suggest.ts';
import { type Expression, expressionForm, type MetricUnit, thresholdExample } from './threshold.ts';
import { describe } from './written.ts';

/** A threshold as it is written, with the names of the columns it is about not yet looked up. null: of all. */
export interface ScopedThreshold extends Expression {
  readonly offset: number;
  readonly strategies: readonly Placed<string>[] | null;
  readonly variants: readonly Placed<string>[] | null;
  readonly abortOnFail: boolean;
}

const example = `{ threshold: ${thresholdExample}, strategy: ring }`;

/** `latency.p99 < 500ms`, or a block with that and which columns it is about, as k6 has it (`threshold`, `abortOnFail`). */
export function thresholdForm(metrics: readonly MetricUnit[]): Form<ScopedThreshold> {
  const expression = expressionForm(metrics);
  const fields = {
    threshold: required(expression, 'What must hold: METRIC OP VALUE.'),
    strategy: optional(
      names('the name of a strategy'),
      null,
      'Only for these strategies, by name, or as columns are called: peak-ewma(decayTime=5s).',
      'all',
    ),
    variant: optional(names('the name of a variant'), null, 'Only for these variants.', 'all'),
    abortOnFail: optional(
      trueOrFalse(),
      false,
      'Begin no further runs once the values so far say that it fails.',
      'false',
    ),
  };
  const whole = block('a threshold', fields, {
    make: ({ threshold, strategy, variant, abortOnFail }, site): ScopedThreshold => ({
      ...threshold,
      ...{ offset: site.offset(null), strategies: strategy, variants: variant, abortOnFail },
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
        const all = { offset: written.offset, strategies: null, variants: null, abortOnFail: false };
        return read === undefined ? undefined : { ...read, ...all };
      }
      const keys = [...written.entries.keys()];
      if (keys.some((key) => nearest(key, Object.keys(fields)) !== null)) return whole.read(written, reading);
      const message = `expected a threshold such as ${thresholdExample}, found ${describe(written)}`;
      return reading.report(written.offset, message, `write ${thresholdExample}, or ${example}`);
    },
  };
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
