import type { Clock } from '../../core/clock.ts';
import type { WrittenOptions } from '../../core/options.ts';
import { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { type Aperture, WeightedPair } from '../parts/aperture.ts';
import { LatencyEstimates } from '../parts/latency_estimates.ts';
import { maxEffortOption, ONLY_ONE, PanicMode } from '../parts/panic_mode.ts';
import { ReadyList } from '../parts/ready_list.ts';
import { comparedAs, type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import { defineStrategy, type Strategy, type StrategyTraits, type WeightOf } from '../strategy.ts';

/** Not even, not even statistically: of equal hosts the one used last has decayed least and is avoided. */
const traits: StrategyTraits = {
  evenness: 'none',
  weighted: 'none',
  affinity: 'none',
  feedback: 'latency',
  cost: 'O(1)',
};

/**
 * Finagle's peak EWMA: of two distinct hosts drawn at random, the one with the lower load (the first among equals),
 * where load = latency estimate x (attempts in flight + 1).
 *
 * - A latency above the estimate replaces it; one below moves it by 1 - e^(-dt/decayTime).
 * - Reading decays the estimate towards 0 as an observation of 0 would, so a host that was slow is tried again.
 * - A host without history has load 0 while idle, so it is tried once, and a penalty above all others until it answers.
 *   In Tower and Linkerd it joins with an estimate, `defaultRtt`, which decays like any other.
 * - Failures are observed as any answer is: a host that fails fast looks fast. Pair it with health checks, or with
 *   `failurePenalty`: Linkerd takes a failed answer for one that slow, or as slow as the estimate has it if that is more.
 * - What a peak must be above is the estimate as it was last read (Finagle, Tower) or as decayed by now (Linkerd).
 * - Draws are of the eligible hosts in the registry's order; in Tower and Linkerd in that of `ReadyList`.
 *
 * decayTime is a mean lifetime; the half-life is decayTime x ln 2. Weights are ignored, unless `weighted`: Finagle's
 * apertures draw by weight, the second host up to 5 times until it is another, and compare load / weight. So a heavy
 * host gets more than its weight while loads are equal. Within `random-aperture` it then draws as that does in Finagle,
 * and as its deterministic one otherwise; there decayTime is the aperture's smoothWindow, 15 s. O(1) per pick, O(log n)
 * within `random-aperture`, O(n) per rebuild.
 */
export const peakEwma = defineStrategy({
  name: 'peak-ewma',
  doc: 'The faster of two hosts drawn at random, by a moving average of latency that jumps to peaks.',
  options: {
    decayTime: {
      type: 'duration',
      min: 1,
      default: 10_000,
      doc: 'Mean lifetime of what is remembered of a latency.',
    },
    defaultRtt: {
      type: 'duration',
      min: 0,
      default: 0,
      doc: 'The latency a host is taken to have when it joins: 1s in Tower, 30ms in Linkerd; 0s: unknown, so it gets one attempt and no more until it answers, as in Finagle.',
    },
    peak: {
      type: 'choice',
      values: ['last-read', 'decayed'],
      default: 'last-read',
      doc: 'What a latency must be above to replace the estimate: what it was last read as (Finagle, Tower), or what it has decayed to (Linkerd).',
    },
    failurePenalty: {
      type: 'duration',
      min: 0,
      default: 0,
      doc: 'The latency an answer with an error, or a rejection, is taken for; 0s: its own. Linkerd: 5s.',
    },
    sampling: {
      type: 'choice',
      values: ['finagle', 'tower'],
      default: 'finagle',
      doc: "How two different hosts are drawn where not by weight: the second from the others, as in Finagle and Linkerd, or by Floyd's algorithm, as in Tower.",
    },
    weighted: {
      type: 'boolean',
      default: false,
      doc: "Whether hosts are drawn and their loads compared by weight, as in Finagle's apertures.",
    },
    maxEffort: maxEffortOption,
  },
  variants: [
    {
      when: {},
      system: 'Finagle p2c with peak EWMA',
      source: 'finagle-core loadbalancer/PeakEwma.scala and p2c/P2CPick.scala',
      traits,
    },
    {
      when: { defaultRtt: 1000, sampling: 'tower' },
      system: 'Tower p2c with peak EWMA',
      source: 'tower/src/load/peak_ewma.rs, src/balance/p2c/service.rs and src/util/rng.rs',
      traits,
    },
    {
      when: { defaultRtt: 30, peak: 'decayed', failurePenalty: 5000 },
      system: 'Linkerd',
      source: 'linkerd2-proxy linkerd/load-biaser/src/lib.rs, linkerd/ewma/src/lib.rs and linkerd/pool/p2c/src/lib.rs',
      traits,
    },
    // After those of other options, which say how latencies are estimated; whom to draw is up to this one.
    {
      when: { weighted: true },
      system: 'Finagle aperture with peak EWMA; without subsetting all hosts are in it',
      source: 'finagle-core loadbalancer/aperture/WeightedP2CPick.scala and ProbabilityDistribution.scala',
      traits: { ...traits, weighsSomehow: true },
    },
    {
      when: { maxEffort: 4 },
      fits: panics,
      system: 'Finagle p2c with peak EWMA and panic mode',
      source: 'finagle-core loadbalancer/PanicMode.scala, Balancer.scala and p2c/P2CPick.scala',
      traits: { ...traits, beyond: 'after tries in vain' },
    },
    {
      when: { maxEffort: 4, weighted: true },
      fits: (options) => panics(options) && options.weighted === true,
      system: 'Finagle aperture with peak EWMA and panic mode; without subsetting all hosts are in it',
      source: 'finagle-core loadbalancer/PanicMode.scala, Balancer.scala and aperture/WeightedP2CPick.scala',
      traits: { ...traits, weighsSomehow: true, beyond: 'after tries in vain' },
    },
  ],
  create: ({ options, random, clock, aperture }) => {
    const { decayTime, defaultRtt, peak, failurePenalty, sampling, weighted, maxEffort } = options;
    const estimates = new LatencyEstimates({ decayTime, defaultRtt, peakAboveDecayed: peak === 'decayed' });
    const panic = panics(options) ? new PanicMode(maxEffort, aperture) : null;
    const parts = { estimates, failurePenalty, random, clock, panic };
    if (weighted) return new WeightedPeakEwma(parts, aperture ?? null);
    const ofReady = panic === null && (sampling === 'tower' || peak === 'decayed');
    const ready = ofReady ? new ReadyList(sampling === 'finagle') : null;
    const Uniform = sampling === 'tower' ? FloydPeakEwma : UniformPeakEwma;
    return new Uniform(parts, ready);
  },
});

/** Whether the options are Finagle's, or Linkerd's, and Finagle's panic mode is on. */
function panics({ maxEffort, sampling, weighted }: WrittenOptions): boolean {
  return Number(maxEffort) > 0 && (weighted === true || sampling === 'finagle');
}

const LOAD = 'latency estimate in ms x (in flight + 1)';
const LOWER_OF_TWO = 'the lower load of two drawn, the first drawn among equals';

interface PeakEwmaParts {
  readonly estimates: LatencyEstimates;
  readonly failurePenalty: number;
  readonly random: Random;
  readonly clock: Pick<Clock, 'now'>;
  /** null: hosts that can be picked are drawn only. */
  readonly panic: PanicMode | null;
}

abstract class PeakEwma implements Strategy {
  protected readonly estimates: LatencyEstimates;
  protected readonly random: Random;
  protected readonly clock: Pick<Clock, 'now'>;
  protected readonly panic: PanicMode | null;
  /** Those drawn from. */
  protected hosts: readonly Host[] = [];
  private readonly failurePenalty: number;
  /** Of the latest pick. */
  private tries = 0;

  constructor({ estimates, failurePenalty, random, clock, panic }: PeakEwmaParts) {
    this.estimates = estimates;
    this.failurePenalty = failurePenalty;
    this.random = random;
    this.clock = clock;
    this.panic = panic;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], _weightOf: WeightOf): void {
    this.estimates.now[0] = this.clock.now();
    this.estimates.know(members);
    this.panic?.rebuild(members, eligible);
    this.hosts = (this.panic === null ? eligible : members).slice();
  }

  pick(): Host {
    const { hosts, panic } = this;
    this.tries = 0;
    if (panic !== null) {
      let place = 0;
      while (this.tries < panic.maxEffort) {
        this.tries++;
        place = this.lowerOfTwo();
        if (panic.isOpen(place)) return hosts[place];
      }
      panic.panic();
      // The subset may be another now, with nobody of this set in it.
      if (this.hosts.length === 0) return hosts[place];
    }
    this.tries++;
    return this.hosts[this.lowerOfTwo()];
  }

  explain({ host, drawn }: PickMade): PickReason {
    const { hosts, panic } = this;
    const { by, divisorOf, places } = this.redraw(drawn);
    if (places.length === 1) return ruled('the only host');
    const picked = hosts.indexOf(host);
    const compared = [...new Set(panic === null ? places : panic.alike(picked, places))];
    const words = panic === null ? '' : panic.wordsOf(this.tries, picked);
    if (compared.length < new Set(places).size) return ruled(`${words}${ONLY_ONE}`);
    const figures = compared.map((place) => this.loadOf(hosts[place]) / divisorOf(place));
    return comparedAs(
      by,
      compared.map((place) => hosts[place]),
      figures,
      `${words}${LOWER_OF_TWO}`,
    );
  }

  onStart(): void {}

  onEnd(host: Host, latencyMs: number, outcome: Outcome): void {
    this.estimates.now[0] = this.clock.now();
    // Linkerd: by the status of the answer. Without an answer (refused, reset, timed out) the time it took counts.
    const failed = outcome === Outcome.error || outcome === Outcome.rejected;
    if (failed && this.failurePenalty > 0) this.estimates.penalize(host, this.failurePenalty);
    else this.estimates.observe(host, latencyMs);
  }

  /** Draws two, and gives the place of the one of the lower load. */
  protected abstract lowerOfTwo(): number;

  /** What was drawn in the last try of a pick, in that order. */
  protected abstract redraw(drawn: readonly number[]): TwoDrawn;

  /** Of two places the one that is preferred whatever the loads; -1: the lower load decides. */
  protected preferred(a: number, b: number): number {
    const { panic, estimates, hosts } = this;
    if (panic === null || panic.isOpen(a) === panic.isOpen(b)) return -1;
    // Finagle reads the second load here only where the first is 0 (p2c/P2CPick.scala, its count of idle pairs), and what
    // is read is what a peak must be above.
    estimates.now[0] = this.clock.now();
    const loadOfA = estimates.readLoad(hosts[a]);
    if (estimates.loads[loadOfA] === 0) estimates.readLoad(hosts[b]);
    return panic.isOpen(a) ? a : b;
  }

  /** As the pick of this instant has read it: reading changes nothing more. */
  private loadOf(host: Host): number {
    this.estimates.now[0] = this.clock.now();
    const at = this.estimates.readLoad(host);
    return this.estimates.loads[at];
  }
}

interface TwoDrawn {
  readonly places: readonly number[];
  /** What they were compared by, and what their loads were divided by. */
  readonly by: string;
  readonly divisorOf: (place: number) => number;
}

class UniformPeakEwma extends PeakEwma {
  readonly prompt: boolean;
  private readonly ready: ReadyList | null;

  /** `ready`: draws are from those, as in Tower and Linkerd. null: from the eligible ones in the registry's order. */
  constructor(parts: PeakEwmaParts, ready: ReadyList | null) {
    super(parts);
    this.ready = ready;
    this.prompt = ready !== null;
  }

  override rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    super.rebuild(members, eligible, weightOf);
    if (this.ready === null) return;
    this.ready.rebuild(members, eligible);
    this.hosts = this.ready.hosts;
  }

  override pick(): Host {
    const { ready } = this;
    if (ready === null) return super.pick();
    ready.begin();
    let host = ready.call(this.lowerOfTwo());
    while (host === null) host = ready.call(this.lowerOfTwo());
    return host;
  }

  override explain(pick: PickMade): PickReason {
    const { ready } = this;
    const reason = super.explain(pick);
    if (ready === null || reason.compared === null) return reason;
    const { places } = this.redraw(pick.drawn);
    if (places.every((place) => ready.isReady(this.hosts[place]))) return reason;
    return ruled(`${LOWER_OF_TWO}; the other is found not to be ready only once it is chosen`);
  }

  protected lowerOfTwo(): number {
    const n = this.hosts.length;
    if (n === 1) return 0;
    // Distinct: b is drawn from the n - 1 others, with a's place left out.
    const i = this.random.int(n);
    const j = this.random.int(n - 1);
    return this.lower(i, j < i ? j : j + 1);
  }

  /** The one of the lower load, the first among equals. */
  protected lower(a: number, b: number): number {
    const preferred = this.preferred(a, b);
    if (preferred !== -1) return preferred;
    const { estimates, hosts } = this;
    estimates.now[0] = this.clock.now();
    const loadOfA = estimates.readLoad(hosts[a]);
    const loadOfB = estimates.readLoad(hosts[b]);
    const { loads } = estimates;
    return loads[loadOfA] <= loads[loadOfB] ? a : b;
  }

  protected redraw(drawn: readonly number[]): TwoDrawn {
    const places = this.hosts.length === 1 ? [0] : this.placesOf(drawn.at(-2) as number, drawn.at(-1) as number);
    return { places, by: LOAD, divisorOf: () => 1 };
  }

  protected placesOf(i: number, j: number): number[] {
    return [i, j < i ? j : j + 1];
  }
}

/** As Tower's sample_floyd2: the first is drawn from all but the last host, which takes its place if the second is the same. */
class FloydPeakEwma extends UniformPeakEwma {
  protected override lowerOfTwo(): number {
    const n = this.hosts.length;
    if (n === 1) return 0;
    const i = this.random.int(n - 1);
    const j = this.random.int(n);
    return this.lower(i === j ? n - 1 : i, j);
  }

  protected override placesOf(i: number, j: number): number[] {
    return [i === j ? this.hosts.length - 1 : i, j];
  }
}

class WeightedPeakEwma extends PeakEwma {
  private readonly pair: WeightedPair;

  constructor(parts: PeakEwmaParts, aperture: Aperture | null) {
    super(parts);
    this.pair = new WeightedPair(aperture);
  }

  override rebuild(
    members: readonly Host[],
    eligible: readonly Host[],
    weightOf: WeightOf,
    easingIn: boolean = false,
  ): void {
    super.rebuild(members, eligible, weightOf);
    this.pair.rebuild(members, this.hosts, weightOf, easingIn);
    this.hosts = this.pair.table.hosts;
    this.panic?.rebuild(this.hosts, eligible);
  }

  protected lowerOfTwo(): number {
    const { pair, hosts, estimates } = this;
    pair.draw(this.random);
    const { first, second } = pair;
    const preferred = this.preferred(first, second);
    if (preferred !== -1) return preferred;
    estimates.now[0] = this.clock.now();
    const loadOfFirst = estimates.readLoad(hosts[first]);
    const loadOfSecond = estimates.readLoad(hosts[second]);
    const { loads } = estimates;
    pair.loads[0] = loads[loadOfFirst];
    pair.loads[1] = loads[loadOfSecond];
    return pair.lower();
  }

  protected redraw(): TwoDrawn {
    const { pair } = this;
    if (pair.table.alone) return { places: [0], by: LOAD, divisorOf: () => 1 };
    const places = [pair.first, pair.second];
    const by = pair.equal ? LOAD : `${LOAD} / ${pair.table.unit}`;
    return { places, by, divisorOf: (place) => pair.divisorOf(place) };
  }
}
