import { MersenneTwister } from '../../core/mersenne_twister.ts';
import type { OptionsProblem, WrittenOptions } from '../../core/options.ts';
import type { Host } from '../host.ts';

/** The option of hash policies that bounds their load. */
export const hashBalanceFactor = {
  type: 'integer',
  min: 0,
  max: 65_535,
  default: 0,
  doc: 'Attempts a host may have, in percent of its share of all attempts; 100 or more, 0: any.',
} as const;

/** Whether these options of a hash policy bound its load. */
export function boundsLoad({ hashBalanceFactor }: WrittenOptions): boolean {
  return Number(hashBalanceFactor) > 0;
}

/** Envoy takes factors from 100 percent, HAProxy above that only (src/cfgparse-listen.c); 0 switches the bound off. */
export function balanceFactorProblem(hashBalanceFactor: number, least = 100): OptionsProblem | null {
  if (hashBalanceFactor === 0 || hashBalanceFactor >= least) return null;
  return { option: 'hashBalanceFactor', expected: `0 or at least ${least}` };
}

/** Attempts in flight of the whole cluster: as its ports say, or as the strategy has heard of them. */
class Attempts {
  private readonly known: (() => number) | null;
  private heard = 0;

  constructor(known: (() => number) | null) {
    this.known = known;
  }

  get count(): number {
    return this.known === null ? this.heard : this.known();
  }

  /** The least there can be: a strategy made late has not heard of what began before. */
  atLeastTo(members: readonly Host[]): void {
    this.heard = Math.max(
      this.heard,
      members.reduce((sum, host) => sum + host.inFlight, 0),
    );
  }

  onStart(): void {
    this.heard++;
  }

  onEnd(): void {
    this.heard = Math.max(this.heard - 1, 0);
  }
}

/** Attempts in flight and one more, times the factor in percent, rounded up: in 32 bits, as both systems have it. */
function slotsFor(attempts: number, factor: number): number {
  return Math.floor((((attempts + 1) * factor + 99) >>> 0) / 100);
}

/**
 * Keeps a hash policy from loading a host far above its share (Mirrokni, Thorup and Zadimoghaddam, Consistent Hashing
 * with Bounded Loads, 2016), as Envoy does for its ring and its Maglev table with `hash_balance_factor`
 * (thread_aware_lb_impl.cc, BoundedLoadHashingLoadBalancer).
 *
 * With f the factor in percent, the attempts in flight of the whole cluster plus the one to be placed, times f / 100,
 * make the slots; a host has its share of them, at least one. The host that was hashed to is used while its attempts do
 * not exceed its slots (so one more than its slots may end up there). Otherwise all hosts are tried in an order shuffled
 * by the hash, and the first that does not exceed its slots is used; if all do, the one that exceeds them least.
 *
 * O(1) while the hashed host is used; otherwise O(n) and the seeding of a Mersenne Twister. Nothing is allocated.
 */
export class BoundedLoad {
  /** Percent, above 0. */
  private readonly factor: number;
  private readonly order = new MersenneTwister();
  private hosts: readonly Host[] = [];
  /** Per host, its part of the sum of weights. */
  private shares: Float64Array = new Float64Array(0);
  private shuffled = new Uint32Array(0);
  private readonly attempts: Attempts;

  /** `attempts`: see `StrategyPorts`; null: those it hears of. */
  constructor(factor: number, attempts: (() => number) | null = null) {
    this.factor = factor;
    this.attempts = new Attempts(attempts);
  }

  /**
   * The hosts that may be picked, in the order the system lists them, and their weights divided by the sum; both are
   * kept. `members`: these and all others known.
   */
  rebuild(members: readonly Host[], hosts: readonly Host[], shares: Float64Array): void {
    this.hosts = hosts;
    this.shares = shares;
    this.shuffled = new Uint32Array(hosts.length);
    this.attempts.atLeastTo(members);
  }

  onStart(): void {
    this.attempts.onStart();
  }

  onEnd(): void {
    this.attempts.onEnd();
  }

  /** The index of the host to use where the hash led to the one at `hashed`. `seed`: the low half of the hash, signed or not. */
  choose(hashed: number, seed: number): number {
    const slots = slotsFor(this.attempts.count, this.factor);
    let least = this.overload(hashed, slots);
    if (least <= 1) return hashed;
    const { order, shuffled } = this;
    const n = shuffled.length;
    for (let i = 0; i < n; i++) shuffled[i] = i;
    order.seed(seed);
    let best = hashed;
    for (let i = 0; i < n; i++) {
      const j = i + below(order, n - i);
      const index = shuffled[j];
      shuffled[j] = shuffled[i];
      shuffled[i] = index;
      const overload = this.overload(index, slots);
      if (overload <= 1) return index;
      if (overload < least) {
        least = overload;
        best = index;
      }
    }
    return best;
  }

  /** A host's attempts in flight per slot it has. */
  private overload(index: number, slots: number): number {
    return this.hosts[index].inFlight / Math.max(1, Math.ceil(slots * this.shares[index]));
  }
}

/** A whole number in [0, k): by division, drawn again where the division leaves a remainder (thread_aware_lb_impl.cc). */
function below(order: MersenneTwister, k: number): number {
  const width = Math.floor(2 ** 32 / k);
  for (;;) {
    const number = Math.floor(order.uint32() / width);
    if (number < k) return number;
  }
}

/**
 * HAProxy's `hash-balance-factor` (src/lb_chash.c, chash_server_is_eligible): the same slots, but whole per unit of
 * weight, the remainder spread by running sums of weights, and a host is passed over as soon as its slots are full.
 *
 * HAProxy takes the running sums once, at its start, over all servers (src/backend.c, recount_servers): they stay what they
 * were when one fails, comes back or weighs something else, and one that is added later has 0. So the shares of the
 * remainder may overlap or leave gaps then, and it may be that nobody has a slot.
 */
export class StrictlyBoundedLoad {
  private readonly factor: number;
  private hosts: readonly Host[] = [];
  private weights: Float64Array = new Float64Array(0);
  /** The weights of those before each host at the start; null: there was no host yet. */
  private before: ReadonlyMap<Host, number> | null = null;
  private total = 0;
  private readonly attempts: Attempts;

  /** `attempts`: see `StrategyPorts`; null: those it hears of. */
  constructor(factor: number, attempts: (() => number) | null = null) {
    this.factor = factor;
    this.attempts = new Attempts(attempts);
  }

  /**
   * The hosts that may be picked, and their weights, whole numbers; both are kept. `members`: these and all others known,
   * in the order they are declared, and what they weigh when they can be picked.
   */
  rebuild(
    members: readonly Host[],
    most: ArrayLike<number>,
    hosts: readonly Host[],
    weights: Float64Array<ArrayBuffer>,
  ): void {
    this.attempts.atLeastTo(members);
    this.hosts = hosts;
    this.weights = weights;
    this.total = weights.reduce((sum, weight) => sum + weight, 0);
    if (this.before !== null || members.length === 0) return;
    const before = new Map<Host, number>();
    let sum = 0;
    members.forEach((host, i) => {
      before.set(host, sum);
      sum += most[i];
    });
    this.before = before;
  }

  onStart(): void {
    this.attempts.onStart();
  }

  onEnd(): void {
    this.attempts.onEnd();
  }

  /** Whether the host at this index has a slot left. In 32 bits without sign, as there. */
  mayTake(index: number): boolean {
    const { total } = this;
    const slots = slotsFor(this.attempts.count, this.factor);
    const remainder = slots % total;
    const weight = this.weights[index];
    const before = this.before?.get(this.hosts[index]) ?? 0;
    const own =
      weight * Math.floor(slots / total) +
      Math.floor((Math.imul(before + weight, remainder) >>> 0) / total) -
      Math.floor((Math.imul(before, remainder) >>> 0) / total);
    return this.hosts[index].inFlight < Math.max(1, own >>> 0);
  }
}
