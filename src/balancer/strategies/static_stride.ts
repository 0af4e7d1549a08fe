import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { asInJava } from '../parts/grpc_picker.ts';
import { bySocketAddress } from '../parts/socket_address.ts';
import { comparedAs, type Explain, ruled } from '../pick_reason.ts';

/** The scaled weight that is picked each time round. */
const MOST = 0xffff;
/** By how much of MOST the hosts' turns are shifted against one another. */
const SHIFT = 0x7fff;
/** gRPC's count has 32 bits. */
const COUNTS = 2 ** 32;
/** grpc-java and gRPC core keep weights below this multiple of the mean. */
const MOST_OF_MEAN = 10;

/** Whose lower limit of weights, a part of their mean: 0.1 in grpc-java, 0.01 in gRPC core (C++). */
export type Floor = 'java' | 'core';

/** The hosts in the order of that system's schedule, the last of which had these. */
export function inOrder(
  last: readonly Host[],
  eligible: readonly Host[],
  clamp: boolean,
  floor: Floor,
): readonly Host[] {
  if (floor === 'core') return bySocketAddress(eligible);
  return clamp ? asInJava(last, eligible) : eligible.slice();
}

/**
 * gRPC's static stride schedule (proposal A58), the one its weighted round robin picks by. It goes round the hosts,
 * counting; in its g-th round it takes host b, of weight w scaled so that the largest is 65,535, where
 * (w g + 32,767 b) mod 65,535 >= 65,535 - w, and passes it by otherwise. So picks follow the weights without a queue,
 * and the heaviest hosts are taken in each round.
 *
 * `clamped`, as in grpc-java and gRPC core: weights are kept within limits about their mean, and computed in single
 * precision; the count starts at random once. Otherwise as in grpc-go: no limits, and a new start for each list of
 * hosts. In all three a host without a weight counts for the mean, and where fewer than two hosts have one, all take
 * turns. Here they do so as well where weights are so small or large that their scale is 0 or infinite, and gRPC would
 * search for ever.
 *
 * In core, where no host has a weight, or there is one host only, they take turns by another count: that of the picker,
 * which starts at random; the schedule's stands meanwhile. (Core has hosts in the order of their addresses: `bySocketAddress`.)
 *
 * Sources: grpc-java WeightedRoundRobinLoadBalancer.StaticStrideScheduler, grpc-go weightedroundrobin/scheduler.go, core
 * src/core/load_balancing/weighted_round_robin/static_stride_scheduler.cc.
 * Amortised O(1) per pick, but for grpc-go O(largest / mean weight); O(n) per rebuild, which allocates only when n grows.
 */
export class StaticStride {
  private readonly clamped: boolean;
  private readonly floor: Floor;
  private readonly random: Random;
  private begun = false;
  private size = 0;
  private weights = new Int32Array(0);
  /**
   * Per host, (w g + 32,767 b) mod 65,535 for the round g in which it is looked at next. From one round to the next it
   * gains w, and it is the host's turn just where that carries it past 65,535: no division is needed.
   */
  private phases = new Int32Array(0);
  /** Where it is within the round. */
  private index = 0;
  /** The count as the round began; `start + index` is what it is now. */
  private start = 0;
  /** Where the round ends: after all hosts, or sooner where the count wraps. */
  private end = 0;
  /** Of core: whether hosts take turns without a schedule, and whose turn it is; before `rebuild` has seen how many there are, a number drawn. */
  private inTurn = false;
  private turn = 0;

  /** `floor`: where clamped. */
  constructor(clamped: boolean, random: Random, floor: Floor = 'java') {
    this.clamped = clamped;
    this.floor = floor;
    this.random = random;
  }

  /** A new picker. */
  restart(): void {
    this.begin();
    if (this.floor === 'core') this.turn = this.random.uint32();
    if (this.clamped) return;
    // grpc-go counts before it looks, so the number drawn itself is never used.
    this.start = this.random.uint32() + 1;
    this.index = 0;
  }

  /** Takes over the weights of the first `size` hosts; those not above 0 are unknown. Goes on where it was. */
  rebuild(weights: Float64Array, size: number): void {
    if (this.weights.length < size) {
      this.weights = new Int32Array(size);
      this.phases = new Int32Array(size);
    }
    this.begin();
    this.size = size;
    if (this.clamped) this.scaleWithin(weights);
    else this.scale(weights);
    this.locate();
    if (size > 0) this.turn %= size;
  }

  /** Whether the next pick is by turns alone, and not by the schedule. */
  get takesTurns(): boolean {
    return this.inTurn;
  }

  /**
   * Whose turn it is. There must be somebody. The search ends: somebody's scaled weight is 65,535 (see `isScale`), and
   * whatever the phase such a host is taken when it is looked at, once in `size` steps.
   */
  pick(): number {
    if (this.inTurn) return this.nextInTurn();
    const { weights, phases } = this;
    let index = this.index;
    for (;;) {
      if (index === this.end) {
        this.beginRound();
        index = 0;
      }
      const phase = phases[index] + weights[index];
      if (phase >= MOST) {
        phases[index] = phase - MOST;
        this.index = index + 1;
        return index;
      }
      phases[index++] = phase;
    }
  }

  /** Asked before a pick, what it looked at is told after it. */
  watch(): () => Search {
    const { start, index } = this;
    return () => this.searchFrom(start, index);
  }

  /** As the latest pick began at this place of this round. */
  private searchFrom(start: number, index: number): Search {
    const { phases, size } = this;
    const picked = this.index - 1;
    const all = Array.from({ length: size }, (_, place) => place);
    // All were looked at where it went round more than once. After the count has wrapped, phases before it are forgotten.
    const isSeen = (place: number): boolean => {
      if (this.start === start) return place >= index && place <= picked;
      if (this.start === start + size) return place >= index || place <= picked;
      return this.start > start || place <= picked;
    };
    const places = all.filter(isSeen);
    // Whoever was passed by keeps the sum; the one picked has paid.
    const sums = places.map((place) => (place === picked ? phases[place] + MOST : phases[place]));
    return { round: Math.floor(this.start / size), places, sums };
  }

  /** The count of grpc-java and core is drawn as the policy is made: here with its first hosts, since not all sets ever have any. */
  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    if (this.clamped) this.start = this.random.uint32();
  }

  private nextInTurn(): number {
    const { turn } = this;
    this.turn = turn + 1 === this.size ? 0 : turn + 1;
    return turn;
  }

  private beginRound(): void {
    this.start += this.end;
    this.index = 0;
    // Where the count has wrapped the phases are those of round 0.
    if (this.start === COUNTS) this.locate();
    else this.end = Math.min(this.size, COUNTS - this.start);
  }

  /** As grpc-java and core, whose weights, largest weight and scale are floats. */
  private scaleWithin(given: Float64Array): void {
    let known = 0;
    let sum = 0;
    let most = 0;
    for (let i = 0; i < this.size; i++) {
      const weight = Math.fround(given[i]);
      if (!(weight > 0)) continue;
      known++;
      sum += weight;
      most = Math.max(most, weight);
    }
    this.inTurn = this.floor === 'core' && (known === 0 || this.size === 1);
    if (known < 2) return void this.weights.fill(MOST);
    const mean = sum / known;
    most = Math.min(most, Math.fround(MOST_OF_MEAN * mean));
    const factor = Math.fround(MOST / most);
    if (!isScale(factor)) return void this.weights.fill(MOST);
    const unknown = Math.round(factor * mean);
    const least = this.floor === 'core' ? Math.max(1, Math.round(unknown * 0.01)) : Math.ceil(factor * mean * 0.1);
    for (let i = 0; i < this.size; i++) {
      const weight = Math.fround(given[i]);
      this.weights[i] = weight > 0 ? Math.max(Math.round(factor * Math.min(weight, most)), least) : unknown;
    }
  }

  /** As grpc-go. */
  private scale(given: Float64Array): void {
    let known = 0;
    let sum = 0;
    let most = 0;
    for (let i = 0; i < this.size; i++) {
      const weight = given[i];
      if (!(weight > 0)) continue;
      known++;
      sum += weight;
      most = Math.max(most, weight);
    }
    if (known < 2) return void this.weights.fill(MOST);
    const factor = MOST / most;
    if (!isScale(factor)) return void this.weights.fill(MOST);
    const mean = Math.round(factor * (sum / known));
    for (let i = 0; i < this.size; i++) {
      this.weights[i] = given[i] > 0 ? Math.round(factor * given[i]) : mean;
    }
  }

  /** Brings round, index and phases in line with the count. */
  private locate(): void {
    const { weights, phases, size } = this;
    const count = (this.start + this.index) % COUNTS;
    this.index = size === 0 ? 0 : count % size;
    this.start = count - this.index;
    this.end = Math.min(size, COUNTS - this.start);
    const round = this.start / size;
    for (let i = 0; i < size; i++) {
      phases[i] = (weights[i] * (i < this.index ? round + 1 : round) + SHIFT * i) % MOST;
    }
  }
}

/** What a pick has looked at. */
export interface Search {
  /** Of the schedule, from 0, in which it ended. */
  readonly round: number;
  /** Of the hosts looked at, in the order of the schedule. */
  readonly places: readonly number[];
  /** Of each, when last looked at: its phase with its scaled weight. The first to reach 65,535 was picked. */
  readonly sums: readonly number[];
}

/** The reason of a pick by this schedule, asked for before it. */
export function strideExplained(schedule: StaticStride, hosts: readonly Host[], whose: string): Explain {
  if (schedule.takesTurns)
    return () => ruled(`the next in turn, since no schedule is made of one host or of no ${whose}`);
  const search = schedule.watch();
  return () => {
    const { round, places, sums } = search();
    const rule = `the first in order whose phase reaches 65535 with its ${whose} added, in round ${round} of the schedule`;
    const looked = places.map((place) => hosts[place]);
    return comparedAs('phase + scaled weight', looked, sums, rule, 'highest');
  };
}

/**
 * Whether weights can be scaled by this, 65,535 / the largest. If it is above 0 and finite it is no subnormal number, as
 * the largest is not above the greatest number of its precision; so factor x largest is 65,535 but for a relative error
 * of 2^-23 at most, less than 0.01, and rounds to 65,535: one host at least has that weight, and none has more.
 */
function isScale(factor: number): boolean {
  return factor > 0 && factor < Number.POSITIVE_INFINITY;
}
