import {
  fillDefaults,
  type OptionDescriptors,
  type OptionsProblem,
  type OptionValues,
  type WrittenOptions,
} from '../../core/options.ts';
import type { PassiveHealth, PassivePorts } from '../passive.ts';

export interface AccrualContext<O extends OptionDescriptors> extends PassivePorts {
  readonly options: OptionValues<O>;
}

export interface AccrualDefinition<O extends OptionDescriptors = OptionDescriptors> {
  /** As written in scenarios: lower case, words joined by hyphens. */
  readonly name: string;
  /** One line: what it does and why one would choose it. */
  readonly doc: string;
  /** Who judges so. */
  readonly system: string;
  /** Where the rule is written down. */
  readonly source: string;
  readonly options: O;
  /** What is wrong with options each of which is in its range. Absent: nothing ever is. */
  readonly check?: (options: OptionValues<O>) => OptionsProblem | null;
  readonly create: (context: AccrualContext<O>) => PassiveHealth;
}

/** A kind of failure accrual whose options are checked when it is made. */
export interface RegisteredAccrual extends Omit<AccrualDefinition, 'create' | 'check'> {
  /** What is wrong with these options, each of which is in its range; null: nothing. */
  problemWith(options: WrittenOptions): OptionsProblem | null;
  /** Throws a RangeError where an option is unknown or out of range. */
  create(context: PassivePorts & { readonly options: WrittenOptions }): PassiveHealth;
}

/** Everything else about a kind of failure accrual (validation, lists, laws) follows from this one call. */
export function defineAccrual<const O extends OptionDescriptors>(definition: AccrualDefinition<O>): RegisteredAccrual {
  const { name, options: descriptors, check, ...rest } = definition;
  // The descriptors and the values' type come from one literal, which the checker cannot follow through fillDefaults.
  const inRange = (written: WrittenOptions) => fillDefaults(name, descriptors, written) as OptionValues<O>;
  return {
    ...rest,
    name,
    options: descriptors,
    problemWith: (written) => check?.(inRange(written)) ?? null,
    create: (context) => {
      const options = inRange(context.options);
      const problem = check?.(options) ?? null;
      if (problem === null) return definition.create({ ...context, options });
      const found = String((options as WrittenOptions)[problem.option]);
      throw new RangeError(`${name}: option '${problem.option}' must be ${problem.expected}, found ${found}`);
    },
  };
}
