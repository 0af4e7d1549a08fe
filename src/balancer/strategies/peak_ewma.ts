import type { WrittenOptions } from '../../core/options.ts';
import { FinagleNodes } from '../parts/finagle_nodes.ts';
import { LatencyEstimates } from '../parts/latency_estimates.ts';
import { maxEffortOption, PanicMode } from '../parts/panic_mode.ts';
import { ReadyList } from '../parts/ready_list.ts';
import { defineStrategy, type StrategyTraits } from '../strategy.ts';
import { FloydPeakEwma, UniformPeakEwma } from './uniform_peak_ewma.ts';
import { WeightClasses } from './weight_classes.ts';
import { WeightedPeakEwma } from './weighted_peak_ewma.ts';

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
 *   `failurePenalty`: Linkerd takes a failed answer for one that slow, or as slow as the estimate has it if that is more,
 *   and a failed connection for such an answer. A `reset` is one, by a RST, and over HTTP/2 by a FIN without GOAWAY;
 *   over HTTP/1 there a FIN is none, and the time it took counts.
 * - What a peak must be above is the estimate as it was last read (Finagle, Tower) or as decayed by now (Linkerd).
 * - Draws are of the eligible hosts in the registry's order; in Tower and Linkerd in that of `ReadyList`.
 *
 * decayTime is a mean lifetime; the half-life is decayTime x ln 2. Weights are ignored, unless there are `classes` of them, as
 * Finagle's clients have around its p2c (see `WeightClasses`), or it is `weighted`: Finagle's
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
      doc: 'The latency an answer with an error, a rejection, or a connection that is refused, lost or not made in time is taken for; 0s: its own. Linkerd: 5s, where one of HTTP/1 that is closed in order (FIN), and not reset, counts as it is.',
    },
    sampling: {
      type: 'choice',
      values: ['finagle', 'tower', 'linkerd'],
      default: 'finagle',
      doc: "How two different hosts are drawn: the second from the others, of all that can be picked (Finagle) or of those ready in the order that picks leave (Linkerd, and wherever peak is decayed); or by Floyd's algorithm of those (Tower).",
      for: [{ weighted: [false] }],
    },
    weighted: {
      type: 'boolean',
      default: false,
      doc: "Whether hosts are drawn and their loads compared by weight, as in Finagle's apertures.",
    },
    weights: {
      type: 'choice',
      values: ['ignore', 'classes'],
      default: 'ignore',
      doc: "What unequal weights do where hosts are not drawn by weight: nothing, as in Tower and Linkerd; or classes: make classes of equal weight, one of which is drawn first, as Finagle's traffic distributor does around its p2c.",
      for: [{ weighted: [false], sampling: ['finagle'], peak: ['last-read'] }],
    },
    maxEffort: { ...maxEffortOption, for: [{ weighted: [true] }, { sampling: ['finagle'] }] },
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
      when: { defaultRtt: 30, sampling: 'linkerd' },
      system: 'Linkerd',
      source: 'linkerd2-proxy linkerd/pool/p2c/src/lib.rs, with the peak EWMA of Tower',
      traits,
    },
    {
      when: { defaultRtt: 30, peak: 'decayed', failurePenalty: 5000 },
      system: 'Linkerd, where a policy asks for penalties',
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
    {
      when: { weights: 'classes' },
      fits: hasClasses,
      system: 'Finagle p2c with peak EWMA and traffic distributor',
      source: 'finagle-core loadbalancer/TrafficDistributor.scala, PeakEwma.scala and p2c/P2CPick.scala',
      traits: { ...traits, weighsSomehow: true, fixedWeights: true },
    },
    {
      when: { weights: 'classes', maxEffort: 4 },
      fits: (options) => panics(options) && hasClasses(options),
      system: 'Finagle p2c with peak EWMA, panic mode and traffic distributor',
      source:
        'finagle-core loadbalancer/TrafficDistributor.scala, PanicMode.scala, Balancer.scala and p2c/P2CPick.scala',
      traits: { ...traits, weighsSomehow: true, fixedWeights: true, beyond: 'after tries in vain' },
    },
  ],
  create: ({ options, random, clock, aperture, weightless = () => false }) => {
    const { decayTime, defaultRtt, peak, failurePenalty, sampling, weighted, maxEffort } = options;
    const inRust = !weighted && (sampling !== 'finagle' || peak === 'decayed');
    const settings = { decayTime, defaultRtt, peakAboveDecayed: peak === 'decayed', inRust };
    const estimates = new LatencyEstimates(settings, new FinagleNodes());
    const panic = panics(options) ? new PanicMode(maxEffort, aperture) : null;
    const parts = { estimates, failurePenalty, random, clock, panic };
    if (hasClasses(options)) {
      const create = () => new UniformPeakEwma({ ...parts, panic: panic && new PanicMode(maxEffort, aperture) }, null);
      return new WeightClasses({ random, create, nodes: estimates, weightless });
    }
    if (weighted) return new WeightedPeakEwma(parts, aperture ?? null);
    const ready = panic === null && inRust ? new ReadyList(sampling !== 'tower') : null;
    const Uniform = sampling === 'tower' ? FloydPeakEwma : UniformPeakEwma;
    return new Uniform(parts, ready);
  },
});

/** Whether the options are Finagle's, or Linkerd's, and Finagle's panic mode is on. */
function panics({ maxEffort, sampling, weighted }: WrittenOptions): boolean {
  return Number(maxEffort) > 0 && (weighted === true || sampling === 'finagle');
}

/** Whether Finagle's traffic distributor is around its p2c. */
function hasClasses({ weights, weighted, sampling, peak }: WrittenOptions): boolean {
  return weights === 'classes' && weighted === false && sampling === 'finagle' && peak === 'last-read';
}
