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
  /** Beside what it is read: any of these. Absent: always. Elsewhere it would be taken for something, and change nothing. */
  readonly for?: readonly OptionNeeds[];
};

/** Values of other options of the same owner, by name: each must have one of those listed, or be above. */
type OptionNeeds = Readonly<Record<string, readonly (number | boolean | string)[] | { readonly above: number }>>;

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

/** The written options that are not read beside what the others are, their defaults included. */
export function unreadOptions(descriptors: OptionDescriptors, written: WrittenOptions): string[] {
  const meets = ([other, wanted]: [string, OptionNeeds[string]]): boolean => {
    const value = written[other] ?? descriptors[other]?.default ?? NaN;
    return 'above' in wanted ? Number(value) > wanted.above : wanted.includes(value);
  };
  return Object.keys(written).filter((option) => {
    const needs = descriptors[option]?.for;
    return needs !== undefined && !needs.some((all) => Object.entries(all).every(meets));
  });
}

/** What an option is for, as it would be written: `algorithm: choices or haproxy-random`; null: it is always read. */
export function needsText({ for: needs }: OptionDescriptor): string | null {
  const one = ([other, wanted]: [string, OptionNeeds[string]]): string =>
    'above' in wanted ? `${other} above ${wanted.above}` : `${other}: ${wanted.join(' or ')}`;
  return needs?.map((all) => Object.entries(all).map(one).join(', ')).join('; or ') ?? null;
}

/** What it does, and what it is for. */
export function optionDoc(descriptor: OptionDescriptor): string {
  const needs = needsText(descriptor);
  return needs === null ? descriptor.doc : `${descriptor.doc} For ${needs}.`;
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
