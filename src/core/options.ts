/**
 * Options of strategies, checks, policies and faults, described as plain data. The scenario room turns descriptors into
 * a validator and a schema; a production caller passes already typed values.
 */
export type OptionDescriptor = (
  | { readonly type: 'duration' }
  | { readonly type: 'number' }
  | { readonly type: 'integer' }
  /** A share of one: `5%` in a scenario, 0.05 inside. */
  | { readonly type: 'share' }
  | { readonly type: 'boolean' }
  | { readonly type: 'choice'; readonly values: readonly string[] }
) & {
  /** One line: what it does. */
  readonly doc: string;
  /** Value when it is not written, in inside units (milliseconds, shares of one). Without a default the option is required. */
  readonly default?: number | boolean | string;
  /** Inclusive limits in inside units, for numbers and durations. */
  readonly min?: number;
  readonly max?: number;
};

export type OptionDescriptors = Readonly<Record<string, OptionDescriptor>>;

type ValueOf<D extends OptionDescriptor> = D extends { type: 'boolean' }
  ? boolean
  : D extends { type: 'choice'; values: readonly (infer V)[] }
    ? V
    : number;

/** The values a set of descriptors describes, all present: defaults are filled in before they get here. */
export type OptionValues<O extends OptionDescriptors> = { readonly [K in keyof O]: ValueOf<O[K]> };

/** What may be written before defaults are filled in. */
export type WrittenOptions = Readonly<Record<string, number | boolean | string>>;

/** Of options that do not fit together, or are outside what a range can say: which, and what it must be. */
export interface OptionsProblem {
  readonly option: string;
  /** To be read after `must be`. */
  readonly expected: string;
}

/** Adds the defaults to what was written. Throws a RangeError naming the option where one is unknown, missing or out of range. */
export function fillDefaults(
  owner: string,
  descriptors: OptionDescriptors,
  written: WrittenOptions,
): Record<string, number | boolean | string> {
  for (const name of Object.keys(written)) {
    if (!Object.hasOwn(descriptors, name)) {
      throw new RangeError(
        `${owner}: unknown option '${name}'; it has ${Object.keys(descriptors).join(', ') || 'none'}`,
      );
    }
  }
  const filled: Record<string, number | boolean | string> = {};
  for (const [name, descriptor] of Object.entries(descriptors)) {
    const value = written[name] ?? descriptor.default;
    if (value === undefined) throw new RangeError(`${owner}: option '${name}' is required`);
    const problem = optionProblem(descriptor, value);
    if (problem !== null) throw new RangeError(`${owner}: option '${name}' must be ${problem}, found ${String(value)}`);
    filled[name] = value;
  }
  return filled;
}

/** What the value should have been, in words, or null where it is fine. */
export function optionProblem(descriptor: OptionDescriptor, value: number | boolean | string): string | null {
  if (descriptor.type === 'boolean') return typeof value === 'boolean' ? null : 'true or false';
  if (descriptor.type === 'choice')
    return descriptor.values.includes(String(value)) ? null : `one of ${descriptor.values.join(', ')}`;
  if (typeof value !== 'number' || Number.isNaN(value)) return 'a number';
  if (descriptor.type === 'integer' && !Number.isInteger(value)) return 'a whole number';
  if (descriptor.min !== undefined && value < descriptor.min) return `at least ${descriptor.min}`;
  if (descriptor.max !== undefined && value > descriptor.max) return `at most ${descriptor.max}`;
  return null;
}
