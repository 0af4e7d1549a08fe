import type { Clock } from '../core/clock.ts';
import type { Key, KeyText } from '../core/key.ts';
import type { LoadReport } from '../core/load_report.ts';
import {
  fillDefaults,
  type OptionDescriptors,
  type OptionsProblem,
  type OptionValues,
  type WrittenOptions,
} from '../core/options.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Random } from '../core/random.ts';
import type { Host } from './host.ts';
import type { HostWeights } from './host_weights.ts';
import type { Aperture } from './parts/aperture.ts';
import type { Explain, PickMade, PickReason } from './pick_reason.ts';
import type { Room } from './room.ts';

/** What a host counts for at this moment: its weight as slow start, subsetting and locality weights leave it. Above 0. */
export interface WeightOf {
  (host: Host): number;
  /**
   * What these weights are parts of. Present where weights of zones are folded into those of hosts, for policies that
   * hash: a zone none of whose hosts is eligible leaves its part to nobody. Absent: the sum over the eligible hosts.
   */
  readonly whole?: number;
  /** The host's weight where it is divided by this before slow start lowers it: as Envoy does, to the last bit. Absent: there is none. */
  readonly over?: (host: Host, divisor: number) => number;
  /**
   * The weight of any member, in the unit of its fellows, whoever is eligible: for systems whose tables hold those that cannot be
   * picked as well. Present as `whole` is. Absent: `weightOf` for the eligible, and the registry's weight for the others.
   */
  readonly ofMember?: (host: Host) => number;
}

/**
 * Chooses a host of one host set for each request. It never sees time, chance or hosts but through these ports. A
 * balancer has one for each of its workers and host sets (a priority, or a locality of one); all of them hear of every
 * attempt.
 */
export interface Strategy {
  /**
   * Membership, eligibility or a weight has changed. `members` are all hosts of the set, `eligible` those that may be
   * picked, both in the registry's order, zone by zone where `weightOf.whole` says so; `eligible` may be empty, and then `pick` is not called unless the strategy's
   * traits say that it goes `beyond` them. The arrays are only valid during the call; `weightOf` may be asked about eligible
   * hosts until the next rebuild, and about members where the strategy does not hash. `easingIn`: some host is in slow start,
   * so that its answers move meanwhile; absent: nobody is. Cold: it may allocate.
   */
  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf, easingIn?: boolean): void;
  /**
   * One of the eligible hosts, or, by its traits, of the members; null: none of them takes it now, and
   * `RequestUnderWay.waitsFor` says whether one may later. `attempt` counts the selections for one send: 0, and one more each time the host found
   * was turned down (Envoy's host selection retry). `draw` is what `selector` gave. Hot: allocates nothing.
   */
  pick(key: Key, attempt: number, draw: number): Host | null;
  /**
   * A pick for a retry, in which hosts that were `tried` take no part; null: nobody is left, or, as in HAProxy, one of them. It goes on where the request's last
   * pick left off, by `RequestUnderWay`. Present where the policy itself passes them by, as nginx's and HAProxy's do. Absent: they are
   * picked as any, and it is for the caller to turn them down (Envoy).
   */
  pickAnother?(key: Key, attempt: number, draw: number): Host | null;
  /**
   * Told at once where a host of the set is found healthy, or not any more (`reconnected`: well again, and not just let back
   * in after an ejection, all through which its connection stood); or, `null`, where the registry has sent its list, be it the one it
   * sent before. A rebuild comes before the next pick, whoever may be picked then. Present where news begins something anew
   * (gRPC's pickers). Absent: it does not. Cold.
   */
  onNews?(host: Host | null, reconnected: boolean): void;
  /** A session's request went to the host, and the strategy was not asked. Present where it counts as a turn, as in nginx. */
  onSession?(host: Host): void;
  /**
   * A strategy for the backups of its hosts, which is from then on told of them as soon as this one is of its own. `sole`: only
   * the first of them that is up serves. Present where the system has both in one place, as HAProxy has: one turn on its
   * map, backups that wait in line from the start. Absent: backups have a strategy as any host set has.
   */
  forBackups?(sole: boolean): Strategy;
  /**
   * Somebody can be picked again after requests have failed fast, and none is there to pick for: see `FailFast`. Present
   * where the system chooses for the next one even so, as Linkerd does. Cold.
   */
  chooseAhead?(): void;
  /** A host was asked for, `retry` as of `pickAnother`, and there is none to pick. Present where the system draws even so. */
  nobody?(retry: boolean): void;
  /** An attempt was sent to this host; `host.inFlight` already counts it. The host need not be in this set. */
  onStart(host: Host): void;
  /**
   * The latest attempt was sent, and whoever listens has heard of it, so that a breaker has shut a host that it let the one attempt
   * through to. Present where the system looks who is ready right then, as Linkerd does. Hot: allocates nothing.
   */
  onSent?(): void;
  /**
   * An attempt has ended; `host.inFlight` no longer counts it. The host may have left the view, or not be in this set.
   * `outcome`: where it was not accepted within the connect timeout, `refused`. `reweighed`: `Host.reweighed` as it was sent. `forgotten`:
   * likewise; absent: as often as by now.
   */
  onEnd(
    host: Host,
    latencyMs: number,
    outcome: Outcome,
    report: LoadReport | null,
    reweighed: number,
    forgotten?: number,
  ): void;
  /**
   * The 32 bits that choose the priority and the locality of this pick, before the host is chosen; a signed integer, which
   * no engine has to keep as an object, but taken without its sign. Present
   * where the system draws it even when there is nothing to choose, or takes it for the host as well (Envoy: one random
   * number or key hash does both). Absent: the balancer draws one when it needs it, and `draw` is 0 when it does not.
   */
  selector?(key: Key): number;
  /** A request without a key gets no host: it is not asked. Absent: it is. */
  readonly needsKey?: true;
  /** It asks for weights as it goes, so while they move in slow start it needs no rebuild. Absent: it reads them in `rebuild` only. */
  readonly followsWeights?: true;
  /**
   * Once it has picked, a rebuild comes as soon as something changes, and not only before the next pick: what it makes of a
   * change depends on the time, on what is in flight by then or on the order of changes. everywhere: so it does once another
   * strategy of the balancer has picked, since the system keeps those of all host sets up to date (Envoy). from the start:
   * so it does before anybody has picked, in the one host set that all picks would be made from, since it remembers who
   * came when; of strategies that hear of news, also where nobody can be picked. Absent or false: it does not.
   */
  readonly prompt?: boolean | 'everywhere' | 'from the start';
  /**
   * Why the latest pick is what it is. Only asked when a run is replayed, right after `pick` and before the attempt is
   * sent; it must change nothing that later picks depend on. Absent or null: its doc says all there is to say. Cold.
   */
  explain?(pick: PickMade): PickReason | null;
  /**
   * As `explain`, of a strategy whose picks use up what they go by: asked right before `pick` for what is to be called
   * right after it. It may do what that pick would do first at this time, and changes nothing else. Where both are
   * present this one is asked. `another`: it is `pickAnother` that will be called. Cold.
   */
  explainNext?(key: Key, attempt: number, another: boolean): Explain;
}

/** What the property laws may expect of a strategy. */
export interface StrategyTraits {
  /**
   * How picks spread over equal, healthy, idle hosts. exact: in turn, any two hosts differ by one at most in any run of
   * picks; statistical: independently and uniformly; none: no promise.
   */
  readonly evenness: 'exact' | 'statistical' | 'none';
  /**
   * How picks, or the keys of a hash policy, follow weights. exact: of W picks from the start, W the sum of whole
   * weights, each host gets its weight; proportional: in the long run; table: as well as a table of finite size can;
   * none: no promise.
   */
  readonly weighted: 'exact' | 'proportional' | 'table' | 'none';
  /** Slow start changes nothing: its weights are those of a table made once, as of HAProxy's static algorithms. Absent: it does. */
  readonly fixedWeights?: true;
  /** Weights count, though picks among idle hosts do not follow them, so that `weighted` is none. Absent: as `weighted` says. */
  readonly weighsSomehow?: boolean;
  /**
   * Whether equal keys go to equal hosts, and how many others move when a host joins or leaves. none: no affinity;
   * minimal: only those of that host; nearly: some others too; shuffled: most.
   */
  readonly affinity: 'none' | 'minimal' | 'nearly' | 'shuffled';
  /**
   * What it learns from. leastInFlight: of the hosts it looks at, the one with the least in flight for its weight;
   * inFlight: attempts in flight, in some other way; latency: that of answers; report: what instances say of their load;
   * outcome: failures.
   */
  readonly feedback: 'none' | 'leastInFlight' | 'inFlight' | 'latency' | 'report' | 'outcome';
  /** Failures count, though seldom enough that `feedback` is none. Absent: as `feedback` says. */
  readonly hearsOfFailures?: true;
  /** It counts by a length of time that no option sets, so that it is not the same in another unit. Absent: it does not. */
  readonly fixedTime?: true;
  /**
   * When it sends to members that are not eligible: where nobody is, or also once it has tried in vain. `pick` is then
   * called as long as there are members. Absent: never.
   */
  readonly beyond?: 'where nobody is eligible' | 'after tries in vain';
  /**
   * What becomes of a request where hosts have as much in flight as `Instance.maxConnections` lets them. skips: they take no
   * part, the backups serve where nobody else does, and no host is tried twice for a request, as in nginx; queues: it may
   * wait for one of them, as in HAProxy. Absent: limits are disregarded.
   */
  readonly limits?: 'skips' | 'queues';
  /** It has hosts connected to as they are picked, and picks those that may be: gRPC's ring_hash. Absent: they are from the start. */
  readonly connectsLazily?: true;
  /** Work per pick in the number of eligible hosts. */
  readonly cost: 'O(1)' | 'O(log n)' | 'O(n)';
}

/** Whether weights count for it at all. */
export function looksAtWeights({ weighted, weighsSomehow = false }: StrategyTraits): boolean {
  return weighsSomehow || weighted !== 'none';
}

/** A strategy under some of its options: the system that picks so, where its rule is written down, and what it promises. */
export interface StrategyVariant {
  /** Options that make this variant; the first variant of a strategy has none: its defaults. */
  readonly when: WrittenOptions;
  /** Where other values make it as well, of which `when` is an example. Absent: only those of `when`. */
  readonly fits?: (options: WrittenOptions) => boolean;
  /** Who picks so: `Envoy ROUND_ROBIN`, `nginx least_conn`. */
  readonly system: string;
  /** Where the rule is written down. */
  readonly source: string;
  readonly traits: StrategyTraits;
}

/** Asks an instance for its load, for Prequal. `done` is called at most once, with the same host, later or at once. */
export type LoadProbe = (host: Host, done: (host: Host, requestsInFlight: number, latencyMs: number) => void) => void;

/** The request that is picked for, as far as a policy may know it. Its owner keeps `memory` and `list` from one try to the next. */
export interface RequestUnderWay {
  /** What the policy has noted of the request's tries so far, such as draws in vain. `pick`, for the first, begins anew. */
  memory: number;
  /** Which list of hosts it was first picked from, to be kept as `memory` is; -1: it does not say. Only nginx asks. */
  list: number;
  /** Set with a pick that finds nobody yet: the request may wait until this host can take it, or anyone can. null: it fails. */
  waitsFor: Host | 'anyone' | null;
}

/** What every strategy of one worker is given. */
export interface StrategyPorts {
  /** The worker's stream. */
  readonly random: Random;
  /** A number drawn once from the worker's stream, when first asked for: where Envoy's cursors and schedules start. */
  readonly seed: () => number;
  /** The halves of the hash drawn for the worker's latest request without a key: the same for all host sets it is turned down by. */
  readonly keyless: Int32Array;
  readonly clock: Pick<Clock, 'now'>;
  readonly request: RequestUnderWay;
  /** The text of a key, for those that hash it. */
  readonly keyText: KeyText;
  /** null: nobody answers probes. */
  readonly probeLoad: LoadProbe | null;
  /** Attempts in flight to all hosts of the service, those that have left included. Absent: a strategy counts those it hears of. */
  readonly attempts?: () => number;
  /** Whether there are hosts of weight 0, which no strategy is told of. Absent: there are none. */
  readonly weightless?: () => boolean;
  /** How much each host can take. Absent: any number of requests. */
  readonly room?: Room;
  /** Asks for a connection to a host that is idle, while another one is picked. Absent: connections are no matter. */
  readonly connect?: (host: Host) => void;
  /** The subset the hosts are of, for Finagle's. Absent: there is none. */
  readonly aperture?: Aperture;
}

export interface StrategyContext<O extends OptionDescriptors> extends StrategyPorts {
  readonly options: OptionValues<O>;
}

export interface StrategyDefinition<O extends OptionDescriptors = OptionDescriptors> {
  /** As written in scenarios: lower case, words joined by hyphens. */
  readonly name: string;
  /** One line: what it does and why one would choose it. */
  readonly doc: string;
  readonly options: O;
  /** The defaults first, then every variant worth naming. The last that fits the options is theirs. */
  readonly variants: readonly StrategyVariant[];
  /** What is wrong with options each of which is in its range. Absent: nothing ever is. */
  readonly check?: (options: OptionValues<O>) => OptionsProblem | null;
  readonly create: (context: StrategyContext<O>) => Strategy;
  /** Weights of the system's own, for all its strategies of one balancer; null, or absent: it has none. */
  readonly weigh?: (options: OptionValues<O>, clock: Pick<Clock, 'now'>) => HostWeights | null;
}

/** A strategy with its options: what a balancer is given. */
export interface StrategyFactory {
  readonly traits: StrategyTraits;
  create(ports: StrategyPorts): Strategy;
  /** See `StrategyDefinition.weigh`. */
  weigh?(clock: Pick<Clock, 'now'>): HostWeights | null;
}

/** A strategy whose options are checked when it is made. */
export interface RegisteredStrategy extends Omit<StrategyDefinition, 'create' | 'check' | 'weigh'> {
  /** What is wrong with these options, each of which is in its range; null: nothing. */
  problemWith(options: WrittenOptions): OptionsProblem | null;
  /** Throws a RangeError where an option is unknown or out of range. */
  create(context: StrategyPorts & { readonly options: WrittenOptions }): Strategy;
  /** What it is and promises under these options. */
  variantOf(options: WrittenOptions): StrategyVariant;
  /** Throws as `create` does. */
  withOptions(options: WrittenOptions): StrategyFactory;
}

/** Everything else about a strategy (validation, lists, laws, benchmarks, default matrix) follows from this one call. */
export function defineStrategy<const O extends OptionDescriptors>(
  definition: StrategyDefinition<O>,
): RegisteredStrategy {
  const { name, options: descriptors, variants, check, weigh, ...rest } = definition;
  // The descriptors and the values' type come from one literal, which the checker cannot follow through fillDefaults.
  const inRange = (written: WrittenOptions) => fillDefaults(name, descriptors, written) as OptionValues<O>;
  const filled = (written: WrittenOptions): OptionValues<O> => {
    const options = inRange(written);
    const problem = check?.(options) ?? null;
    if (problem === null) return options;
    const found = String((options as WrittenOptions)[problem.option]);
    throw new RangeError(`${name}: option '${problem.option}' must be ${problem.expected}, found ${found}`);
  };
  const variantOf = (written: WrittenOptions): StrategyVariant => {
    const options: WrittenOptions = inRange(written);
    const isMade = ({ when, fits }: StrategyVariant): boolean =>
      fits?.(options) ?? Object.entries(when).every(([option, value]) => options[option] === value);
    return variants.findLast(isMade) ?? variants[0];
  };
  return {
    ...rest,
    name,
    options: descriptors,
    variants,
    variantOf,
    problemWith: (written) => check?.(inRange(written)) ?? null,
    create: (context) => definition.create({ ...context, options: filled(context.options) }),
    withOptions: (written) => {
      const options = filled(written);
      return {
        traits: variantOf(written).traits,
        create: (ports) => definition.create({ ...ports, options }),
        weigh: (clock) => weigh?.(options, clock) ?? null,
      };
    },
  };
}

/** The ports of one worker over a stream of its own. */
export function portsOf(given: Omit<StrategyPorts, 'seed' | 'keyless'>): StrategyPorts {
  let seed: number | null = null;
  return {
    ...given,
    keyless: new Int32Array(2),
    seed: () => {
      seed ??= given.random.uint32();
      return seed;
    },
  };
}
