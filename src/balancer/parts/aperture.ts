import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { FinagleDraw } from './finagle_draw.ts';

/** What the hosts of an aperture of Finagle's are drawn from, one draw after another (ProbabilityDistribution.scala). */
export interface ApertureTable {
  /** Whoever can be drawn, and perhaps others. */
  readonly hosts: readonly Host[];
  /** By place, what loads are divided by before they are compared. */
  readonly weights: Float64Array;
  /** What those weights are, in words. */
  readonly unit: string;
  /** A host alone that is taken without a draw. */
  readonly alone: boolean;
  /** The place of a host drawn by weight. Hot: allocates nothing. */
  draw(random: Random): number;
}

/** The subset of its caller, as strategies see it that work as Finagle's balancers do within it. */
export interface Aperture {
  /** What Finagle draws from in its place, since the strategy was last rebuilt; null: it is no aperture of Finagle's. */
  readonly table: ApertureTable | null;
  /** How many hosts the subset has. */
  readonly size: number;
  /** Draws have found nobody who can be picked: the subset may now be another, and the strategy be rebuilt within this call. */
  inVain(): void;
}

/**
 * What Finagle's deterministic aperture draws from: the arcs of hosts within a slice of the ring.
 * Source: finagle-core loadbalancer/aperture/WeightedAperture.scala and Alias.scala.
 */
export class SliceTable implements ApertureTable {
  readonly hosts: readonly Host[];
  readonly weights: Float64Array;
  readonly unit = 'share of weight';
  readonly alone = false;
  private readonly shares: FinagleDraw;

  /** The arcs are as `arcsInSlice` has them. */
  constructor(hosts: readonly Host[], arcs: Float64Array) {
    this.hosts = hosts.filter((_, i) => arcs[i] > 0);
    this.weights = arcs.filter((arc) => arc > 0);
    this.shares = new FinagleDraw(this.weights);
  }

  draw(random: Random): number {
    return this.shares.draw(random);
  }
}

/**
 * What Finagle's random aperture draws from: the first `width` n-ths of all weight in the order of these n hosts, those of weight 0 among them, by a
 * search among running sums. One number a draw, and none where there is one host altogether. Loads are compared by the
 * whole weight even of a host across the edge.
 * Source: finagle-core loadbalancer/aperture/RandomAperture.scala.
 */
export class RunningSumsTable implements ApertureTable {
  readonly hosts: readonly Host[];
  readonly weights: Float64Array;
  readonly unit = 'weight';
  readonly alone: boolean;
  private readonly sums: Float64Array;
  private readonly band: { readonly width: number };

  constructor(hosts: readonly Host[], band: { readonly width: number }) {
    this.hosts = hosts;
    this.weights = Float64Array.from(hosts, (host) => host.weight);
    this.alone = hosts.length === 1;
    this.band = band;
    const total = this.weights.reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    this.sums = this.weights.map((weight) => {
      sum += weight / total;
      return sum;
    });
  }

  draw(random: Random): number {
    const { sums, weights } = this;
    const x = ((random.int32() >>> 0) / 2 ** 32) * (this.band.width / sums.length);
    let low = 0;
    let high = sums.length - 1;
    // The first sum that is not below x.
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < x) low = middle + 1;
      else high = middle;
    }
    // Of 32 bits 0 itself would find it.
    while (weights[low] === 0) low++;
    return low;
  }
}

/**
 * Finagle's adjustWeights, in its order of operations: hosts lie on a ring of circumference 1, each on an arc as long as
 * its share of the weights, in order from 0 on; of each arc, what lies within the slice from `offset` in [0, 1) on, `width`
 * long, at most 1. Rounding leaves slivers of 1e-16 at the edges, which get columns of the table (as its
 * WeightedApertureTest says).
 */
export function arcsInSlice(weights: ArrayLike<number>, offset: number, width: number): Float64Array {
  const arcs = Float64Array.from(weights);
  const total = arcs.reduce((sum, weight) => sum + weight, 0);
  for (const [i, weight] of arcs.entries()) arcs[i] = weight / total;
  const end = offset + width;
  const within = new Float64Array(arcs.length);
  for (let i = 0, from = 0; from < end; i = (i + 1) % arcs.length) {
    const arc = arcs[i];
    if (from >= offset) within[i] += from + arc > end ? end - from : arc;
    else if (from + arc >= offset) within[i] += Math.min(width, arc + from - offset);
    from += arc;
  }
  return within;
}

/** Finagle draws the second host this often at most. */
const SECOND_DRAWS = 5;
/** Weights closer than this count as equal. */
const EQUAL_WEIGHTS = 0.0001;

/** Finagle's choice of two by weight. Source: finagle-core loadbalancer/aperture/WeightedP2CPick.scala. */
export class WeightedPair {
  /** Places in the table: those drawn last. */
  first = 0;
  second = 0;
  /** Their loads, for whoever draws to fill in: a fraction that is handed over might have to be allocated. */
  readonly loads = new Float64Array(2);
  table: ApertureTable = new SliceTable([], new Float64Array(0));
  private readonly aperture: Aperture | null;

  constructor(aperture: Aperture | null) {
    this.aperture = aperture;
  }

  /**
   * It draws from all hosts of the aperture where those are the members, and from these as if in an aperture of their own
   * where they are not, or some of them cannot be picked and are not drawn, or are being eased in: by what is asked of them.
   */
  rebuild(members: readonly Host[], drawn: readonly Host[], weightOf: (host: Host) => number, easingIn: boolean): void {
    const { table, size } = this.aperture ?? { table: null, size: 0 };
    const known = table !== null && members.length === size && drawn.length === members.length && !easingIn;
    this.table = known ? table : new SliceTable(drawn, arcsInSlice(drawn.map(weightOf), 0, 1));
  }

  draw(random: Random): void {
    const { table } = this;
    if (table.alone) {
      this.first = this.second = 0;
      return;
    }
    this.first = table.draw(random);
    this.second = table.draw(random);
    for (let draws = 1; this.second === this.first && draws < SECOND_DRAWS; draws++) this.second = table.draw(random);
  }

  /** Whether their weights count as equal, and are not looked at. */
  get equal(): boolean {
    const { weights } = this.table;
    return Math.abs(weights[this.first] - weights[this.second]) < EQUAL_WEIGHTS;
  }

  /** The place of the one of the lower load for its weight, the first among equals. */
  lower(): number {
    const { first, second, loads } = this;
    const { weights } = this.table;
    const isFirst = this.equal ? loads[0] <= loads[1] : loads[0] / weights[first] <= loads[1] / weights[second];
    return isFirst ? first : second;
  }

  /** In words, what the two were compared by, of loads that are called this. */
  termsOf(load: string): string {
    return this.equal ? load : `${load} / ${this.table.unit}`;
  }

  /** What the load of the host at this place, one of the two, is divided by. */
  divisorOf(place: number): number {
    return this.equal ? 1 : this.table.weights[place];
  }
}
