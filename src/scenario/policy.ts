import { type OptionDescriptor, type OptionDescriptors, optionDoc, type WrittenOptions } from '../core/options.ts';
import { block, optional, required } from './blocks.ts';
import type { Field, Form } from './form.ts';
import { choice, duration, integer, number, share, trueOrFalse } from './scalars.ts';
import { suggestion } from './suggest.ts';
import { formatDuration, formatShare } from './units.ts';
import { variant } from './variant.ts';
import {
  compact,
  isNothing,
  quote,
  type Written,
  type WrittenEntry,
  type WrittenMap,
  writtenScalar,
} from './written.ts';

/** What a policy is chosen among: strategies, kinds of subsetting. */
export interface Configurable {
  readonly name: string;
  readonly doc: string;
  readonly options: OptionDescriptors;
  /** What is wrong with options each of which is in its range; null: nothing. Absent: nothing ever is. */
  readonly problemWith?: (options: WrittenOptions) => { readonly option: string; readonly expected: string } | null;
}

export interface Policy {
  readonly name: string;
  /** Only what is written: whoever has that name adds its defaults. */
  readonly options: WrittenOptions;
  /** The name, or `name(option=value,..)` with values as written. */
  readonly label: string;
}

/** A name, or a block of that one key with its options. `what` they are, in messages: `strategy`. */
export function policyForm(what: string, known: readonly Configurable[]): Form<Policy> {
  const byName = Object.fromEntries(known.map((one) => [one.name, configured(one)]));
  return variant({
    what,
    cases: () => byName,
    docs: Object.fromEntries(known.map(({ name, doc }) => [name, doc])),
    scalar: named(what, known, byName),
    example: known[0] === undefined ? 'NAME' : exampleOf(known[0]),
  });
}

function exampleOf({ name, options }: Configurable): string {
  const needed = Object.entries(options).filter(([, descriptor]) => descriptor.default === undefined);
  if (needed.length === 0) return name;
  const written = needed.map(([option, descriptor]) => `${option}: ${optionForm(option, descriptor).example}`);
  return `{ ${name}: { ${written.join(', ')} } }`;
}

function configured({ name, options: descriptors, problemWith }: Configurable): Form<Policy> {
  const fields = Object.fromEntries(
    Object.entries(descriptors).map(([option, descriptor]) => [option, optionField(option, descriptor)]),
  );
  const options = block(`the options of ${name}`, fields, {
    make: (values, site) => {
      // Null stands for "not written".
      const written = Object.fromEntries(
        Object.entries(values).filter(([, value]) => value !== null),
      ) as WrittenOptions;
      const problem = problemWith?.(written) ?? null;
      if (problem === null) return written;
      const { option, expected } = problem;
      const descriptor = descriptors[option];
      const fallback = descriptor?.default;
      const textOf = (value: number | boolean | string | undefined): string =>
        descriptor === undefined || value === undefined ? 'nothing' : optionText(descriptor.type, value);
      const message = `expected ${option} of ${name} to be ${expected}, found ${textOf(written[option] ?? fallback)}`;
      if (!site.has(option)) return site.report(null, message, `add ${option}`);
      const without = fallback === undefined ? '' : `, or leave it out for ${textOf(fallback)}`;
      return site.report(option, message, `write another value${without}`);
    },
  });
  return {
    ...options,
    read(written, reading) {
      const values = options.read(written, reading);
      return values === undefined ? undefined : { name, options: values, label: labelOf(name, written) };
    },
  };
}

/** A bare name: no options written. */
function named(
  what: string,
  known: readonly Configurable[],
  byName: Readonly<Record<string, Form<Policy>>>,
): Form<Policy> {
  const names = known.map(({ name }) => name);
  return {
    schema: { type: 'string', enum: names },
    type: 'name',
    example: names[0] ?? '',
    read(written, reading) {
      const name = written.kind === 'scalar' ? written.text : '';
      const form = Object.hasOwn(byName, name) ? byName[name] : undefined;
      const noOptions: WrittenMap = { kind: 'map', offset: written.offset, entries: new Map() };
      if (form !== undefined) return form.read(noOptions, reading);
      return reading.report(written.offset, `expected a known ${what}, found ${quote(name)}`, suggestion(name, names));
    },
  };
}

/** The field of an option as its descriptor says. Null where it is not written. */
function optionField(name: string, descriptor: OptionDescriptor): Field<number | boolean | string | null> {
  const form = optionForm(name, descriptor);
  if (descriptor.default === undefined) return required(form, optionDoc(descriptor));
  return optional(form, null, optionDoc(descriptor), optionText(descriptor.type, descriptor.default));
}

/** How an option is written, and what holds where it is not; null: it must be. */
export function optionReference(name: string, descriptor: OptionDescriptor): { type: string; default: string | null } {
  const { type, default: fallback } = descriptor;
  return {
    type: optionForm(name, descriptor).type,
    default: fallback === undefined ? null : optionText(type, fallback),
  };
}

/** A value as it would be written. */
export function optionText(type: OptionDescriptor['type'], value: number | boolean | string): string {
  if (typeof value === 'number' && type === 'duration') return formatDuration(value);
  return typeof value === 'number' && type === 'share' ? formatShare(value) : String(value);
}

function optionForm(name: string, descriptor: OptionDescriptor): Form<number | boolean | string> {
  switch (descriptor.type) {
    case 'duration':
      return duration(descriptor, '5s');
    case 'share':
      return share(descriptor, name.endsWith('Percent'));
    case 'integer':
      return integer(descriptor);
    case 'number':
      return number(descriptor);
    case 'boolean':
      return trueOrFalse();
    case 'choice':
      return choice(descriptor.values);
  }
}

/** How a policy is called in results, valid or not. */
export function policyLabel(policy: Written): string {
  if (policy.kind === 'scalar') return policy.text;
  const [only] = policy.kind === 'map' ? policy.entries : [];
  return only === undefined ? compact(policy) : labelOf(only[0], only[1].value);
}

/** Which policy it is, whatever its options; null: one that is not written as a policy. */
export function policyName(policy: Written): string | null {
  if (policy.kind === 'scalar') return policy.text;
  const [only] = policy.kind === 'map' ? policy.entries.keys() : [];
  return only ?? null;
}

function labelOf(name: string, options: Written): string {
  if (isNothing(options) || (options.kind === 'map' && options.entries.size === 0)) return name;
  if (options.kind !== 'map') return `${name}(${compact(options)})`;
  const written = [...options.entries].map(([key, { value }]) => `${key}=${compact(value)}`);
  return `${name}(${written.join(',')})`;
}

/**
 * What a label stands for, as a scenario writes it: a name, or a block of that one key. Names and values are not judged;
 * null: it is neither `name` nor `name(option=value,..)`.
 */
export function parsePolicyLabel(label: string, offset: number): Written | null {
  const [, name = '', text] = /^([^()]+)(?:\(([^()]*)\))?$/s.exec(label.trim()) ?? [];
  if (name === '') return null;
  if (text === undefined || text.trim() === '') return writtenScalar(name.trim(), offset);
  const entries = new Map<string, WrittenEntry>();
  for (const part of text.split(',')) {
    const [key = '', value = '', ...more] = part.split('=').map((side) => side.trim());
    if (key === '' || value === '' || more.length > 0 || entries.has(key)) return null;
    entries.set(key, { keyOffset: offset, value: writtenScalar(value, offset) });
  }
  const options: WrittenMap = { kind: 'map', offset, entries };
  return { kind: 'map', offset, entries: new Map([[name.trim(), { keyOffset: offset, value: options }]]) };
}
