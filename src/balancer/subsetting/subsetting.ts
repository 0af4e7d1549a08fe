import { fillDefaults, type OptionDescriptors, type OptionValues, type WrittenOptions } from '../../core/options.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import type { ApertureTable } from '../parts/aperture.ts';

/**
 * Chooses the part of the hosts that one caller uses, so that many callers need not each hold a connection to each of
 * many hosts. It works before health and balancing: what it leaves out is to the caller as if it were not registered.
 */
export interface Subsetting {
  /**
   * How much of its weight each of these hosts counts for with this caller, in their order: 0 for a host that is not
   * used, 1 for one that is used as a whole, between them for one that lies across the edge. `hosts` are all hosts of
   * the view, in the registry's order, whether healthy or not. Cold: it may allocate.
   */
  select(hosts: readonly Host[]): readonly number[];
  /** The order in which these, all that are used as `select` last had it, are handed on to the strategy. Absent: the registry's. */
  order?(used: readonly Host[]): Host[];
  /**
   * An attempt of this caller was sent; whether `select` would now answer otherwise than it last did. Present, as
   * `ended` is, where the subset follows the load. Hot: allocates nothing.
   */
  started?(nowMs: number): boolean;
  /** An attempt of this caller has ended, whatever came of it; true as above. */
  ended?(nowMs: number): boolean;
  /** A host was picked, to which the attempt is yet to be sent; true as above. Hot: allocates nothing while it answers false. */
  picked?(): boolean;
  /** A host was asked for, and there is none at all. Present where the system draws or counts even so. */
  nobody?(nowMs: number): void;
  /** Nobody who can be picked was found in the subset (`toldInVain`): `select` is asked next. */
  inVain?(): void;
  /** What Finagle draws from within its apertures, as `select` last had it. Absent or null: it is none of them. */
  readonly table?: ApertureTable | null;
  /** Hosts of weight 0 are among those `select` is told of; its answer for them is 0. Absent: they are not. */
  readonly weightless?: true;
}

/** What the subsetting of one caller is given. */
export interface SubsettingPorts {
  /** A stream of the subset's own. */
  readonly random: Random;
  /** The caller's stream, from which the strategy of its only worker draws as well, for systems that have but one. */
  readonly shared: Random;
  /** Whether the strategy tells when it has tried in vain. Otherwise nobody does, and `select` may see for itself. */
  readonly toldInVain: boolean;
  /** The stream that all callers of the group share. Only its forks are drawn from, so each caller draws the same. */
  readonly common: Random;
  /** The caller's place in its group, from 0. */
  readonly caller: number;
  /** How many callers the group has. */
  readonly callers: number;
}

export interface SubsettingContext<O extends OptionDescriptors> extends SubsettingPorts {
  readonly options: OptionValues<O>;
}

export interface SubsettingDefinition<O extends OptionDescriptors = OptionDescriptors> {
  /** As written in scenarios: lower case, words joined by hyphens. */
  readonly name: string;
  /** One line: what it does and why one would choose it. */
  readonly doc: string;
  /** Who chooses so. */
  readonly system: string;
  /** Where the rule is written down. */
  readonly source: string;
  readonly options: O;
  readonly create: (context: SubsettingContext<O>) => Subsetting;
}

/** A kind of subsetting whose options have been checked. */
export interface RegisteredSubsetting extends Omit<SubsettingDefinition, 'create'> {
  /** Throws a RangeError where an option is unknown or out of range, or the caller is not of its group. */
  create(context: SubsettingPorts & { readonly options: WrittenOptions }): Subsetting;
}

/** Everything else about a kind of subsetting (validation, lists) follows from this one call. */
export function defineSubsetting<const O extends OptionDescriptors>(
  definition: SubsettingDefinition<O>,
): RegisteredSubsetting {
  const { name, options: descriptors } = definition;
  return {
    ...definition,
    create: (context) => {
      const { caller, callers } = context;
      if (!(Number.isInteger(caller) && Number.isInteger(callers) && caller >= 0 && caller < callers)) {
        throw new RangeError(`${name}: a caller is one of its group from 0 on, found ${caller} of ${callers}`);
      }
      return definition.create({
        ...context,
        // The descriptors and the values' type come from one literal, which the checker cannot follow through fillDefaults.
        options: fillDefaults(name, descriptors, context.options) as OptionValues<O>,
      });
    },
  };
}
