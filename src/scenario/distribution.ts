import type { Distribution } from '../sim/config.ts';
import { block, list, required } from './blocks.ts';
import { empirical } from './empirical.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { duration, integer, number } from './scalars.ts';
import { variant } from './variant.ts';
import { quote } from './written.ts';

/** Reads a file named in a scenario. The path is as written, relative to the folder of the scenario file; throws an Error that says why not. */
export type ReadFile = (path: string, scenarioFile: string) => string;

/** A Weibull with a smaller shape has moments no double can hold. */
const SHAPE_MIN = 0.05;
const SHAPE_MAX = 1_000;

const positive = { above: 0 };
const shape = { min: SHAPE_MIN, max: SHAPE_MAX };

/** What the schema of every place for a distribution consists of. */
export const distributionRef = '#/definitions/distribution';

const caseDocs = {
  exponential: 'Memoryless: what is left is as long as the whole, however long it has been.',
  uniform: 'Anything between two values, all equally likely.',
  lognormal: 'Mostly near the median, with a long tail: what measured latencies look like.',
  weibull: 'Lifetimes that wear out, or that settle in.',
  erlang: 'Several exponential stages one after the other: steadier than one.',
  pareto: 'A heavy tail, cut off.',
  empirical: 'Values drawn from a file of measurements.',
  mixture: 'Now from one distribution, now from another.',
};

/** With its laws by name, for a form that knows others beside them. */
export interface DistributionForm extends Form<Distribution> {
  readonly cases: Readonly<Record<string, Form<Distribution>>>;
  readonly docs: Readonly<Record<string, string>>;
}

/** A plain duration, or a law by its name: DESIGN.md section 4. Definition of `#/definitions/distribution` in the schema. */
export function distributionForm(readText: (path: string) => string): DistributionForm {
  const cases: Readonly<Record<string, Form<Distribution>>> = {
    exponential: block(
      'an exponential distribution',
      { mean: required(duration(positive, '8ms'), 'Mean.') },
      { make: ({ mean }) => ({ kind: 'exponential', meanMs: mean }) },
    ),
    uniform: uniform(),
    lognormal: lognormal(),
    weibull: block(
      'a Weibull distribution',
      {
        mean: required(duration(positive, '1h'), 'Mean.'),
        shape: required(number(shape, '1.5'), 'Below 1 failures get rarer with age, above 1 more frequent.'),
      },
      { make: (values) => ({ kind: 'weibull', meanMs: values.mean, shape: values.shape }) },
    ),
    erlang: block(
      'an Erlang distribution',
      {
        mean: required(duration(positive, '8ms'), 'Mean.'),
        shape: required(integer({ min: 1, max: SHAPE_MAX }, '2'), 'How many exponential stages.'),
      },
      { make: (values) => ({ kind: 'erlang', meanMs: values.mean, shape: values.shape }) },
    ),
    pareto: pareto(),
    empirical: empirical(readText),
    // Inside a mixture come distributions, so this one is made when it is asked for.
    get mixture() {
      return mixture(form);
    },
  };
  const form = variant<Distribution>({
    what: 'distribution',
    cases: () => cases,
    docs: caseDocs,
    scalar: constant(cases),
    example: '{ exponential: { mean: 8ms } }',
    schema: { $ref: distributionRef },
  });
  return { ...form, cases, docs: caseDocs };
}

/** A duration; but `serviceTime: exponential` is an exponential whose mean was forgotten, not a duration gone wrong. */
function constant(cases: Readonly<Record<string, Form<Distribution>>>): Form<Distribution> {
  const value = duration({}, '8ms');
  return {
    schema: value.schema,
    type: value.type,
    example: value.example,
    read(written, reading) {
      if (written.kind === 'scalar' && Object.hasOwn(cases, written.text)) {
        const message = `expected the parameters of ${quote(written.text)}, found none`;
        return reading.report(written.offset, message, `write { ${written.text}: ${cases[written.text]?.example} }`);
      }
      const valueMs = value.read(written, reading);
      return valueMs === undefined ? undefined : { kind: 'constant', valueMs };
    },
  };
}

function uniform(): Form<Distribution> {
  const fields = {
    min: required(duration({}, '50ms'), 'Least value.'),
    max: required(duration({}, '250ms'), 'Greatest value.'),
  };
  return block('a uniform distribution', fields, {
    check: ({ min = 0, max = Number.POSITIVE_INFINITY }, site) => {
      if (min > max) site.report('max', 'expected max to be at least min, found it below', 'swap the two');
    },
    make: ({ min, max }) => ({ kind: 'uniform', minMs: min, maxMs: max }),
  });
}

function lognormal(): Form<Distribution> {
  const fields = {
    median: required(duration(positive, '8ms'), 'Half of all values are below.'),
    p99: required(duration(positive, '60ms'), '99% of all values are below.'),
  };
  return block('a lognormal distribution', fields, {
    check: ({ median = 0, p99 = Number.POSITIVE_INFINITY }, site) => {
      if (p99 > median) return;
      site.report('p99', 'expected p99 to be above the median, found it no greater', 'raise p99 or lower the median');
    },
    make: ({ median, p99 }) => ({ kind: 'lognormal', medianMs: median, p99Ms: p99 }),
  });
}

function pareto(): Form<Distribution> {
  const fields = {
    min: required(duration(positive, '2ms'), 'Least value.'),
    shape: required(number(shape, '1.5'), 'The tail index: the smaller, the heavier the tail.'),
    max: required(duration(positive, '10s'), 'Where the tail is cut off.'),
  };
  return block('a Pareto distribution', fields, {
    check: ({ min = 0, max = Number.POSITIVE_INFINITY }, site) => {
      if (max > min) return;
      site.report('max', 'expected max to be above min, found it no greater', 'raise max or lower min');
    },
    make: (values) => ({ kind: 'pareto', minMs: values.min, shape: values.shape, maxMs: values.max }),
  });
}

function mixture(of: Form<Distribution>): Form<Distribution> {
  const part = block('a part of a mixture', {
    weight: required(number({ above: 0, max: limits.weight }, '1'), 'How often, relative to the other parts.'),
    of: required(of, 'From which distribution.'),
  });
  const parts = list('a list of parts', part, { min: 1, max: limits.mixtureParts });
  return {
    ...parts,
    example: `[${part.example}]`,
    read(written, reading) {
      const read = parts.read(written, reading);
      if (read === undefined) return undefined;
      const distribution: Distribution = { kind: 'mixture', parts: read };
      if (nesting(distribution) <= limits.mixtureNesting) return distribution;
      const message = `expected mixtures at most ${limits.mixtureNesting} deep, found deeper`;
      return reading.report(written.offset, message, 'write one mixture with all the parts');
    },
  };
}

function nesting(distribution: Distribution): number {
  if (distribution.kind !== 'mixture') return 0;
  return 1 + Math.max(...distribution.parts.map(({ of }) => nesting(of)));
}

/** Whether every value drawn is 0: no lifetime can be. */
export function isAlwaysZero(distribution: Distribution): boolean {
  if (distribution.kind === 'constant') return distribution.valueMs === 0;
  if (distribution.kind === 'uniform') return distribution.maxMs === 0;
  if (distribution.kind === 'empirical') return distribution.valuesMs.every((value) => value === 0);
  return distribution.kind === 'mixture' && distribution.parts.every(({ of }) => isAlwaysZero(of));
}

/** The schema of a distribution spelled out, for the `definitions` of the whole. */
export function distributionSchema(form: Form<Distribution>): Form<Distribution>['schema'] {
  const parts = form.parts?.();
  const cases = parts?.kind === 'named' ? parts.fields : {};
  const properties = Object.fromEntries(Object.entries(cases).map(([name, { form }]) => [name, form.schema]));
  const blocks = { type: 'object', properties, minProperties: 1, maxProperties: 1, additionalProperties: false };
  return { anyOf: [duration().schema, blocks] };
}
