import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { defineStrategy, type Strategy } from '../strategy.ts';
import { PerHost } from './per_host.ts';

/** Finagle's Long.MaxValue >> 16, in whatever unit: far above any load that was measured. */
const PENALTY = 2 ** 47 - 1;

/**
 * Finagle's peak EWMA: of two distinct hosts drawn at random, the one with the lower load (the first among equals),
 * where load = latency estimate x (attempts in flight + 1).
 *
 * - A latency above the estimate replaces it; one below moves it by 1 - e^(-dt/decayTime).
 * - Reading decays the estimate towards 0 as an observation of 0 would, so a host that was slow is tried again.
 * - A host without history has load 0 while idle, so it is tried once, and a penalty above all others until it answers.
 * - Failures are observed as any answer is: a host that fails fast looks fast. Pair it with health checks.
 *
 * decayTime is a mean lifetime; the half-life is decayTime x ln 2. Weights are ignored. O(1) per pick, O(n) per rebuild.
 */
export const peakEwma = defineStrategy({
  name: 'peak-ewma',
  doc: 'The faster of two hosts drawn at random, by a moving average of latency that jumps to peaks; ignores weights.',
  options: {
    decayTime: {
      type: 'duration',
      min: 1,
      default: 10_000,
      doc: 'Mean lifetime of what is remembered of a latency.',
    },
  },
  // Not even, not even statistically: of equal hosts the one used last has decayed least and is avoided.
  variants: [
    {
      when: {},
      system: 'Finagle p2c with peak EWMA',
      source: 'finagle-core loadbalancer/PeakEwma.scala and p2c/P2CPick.scala',
      traits: { evenness: 'none', weighted: 'none', affinity: 'none', feedback: 'latency', cost: 'O(1)' },
    },
  ],
  create: ({ options, random, clock }) => new PeakEwma(options.decayTime, random, clock),
});

class PeakEwma implements Strategy {
  private readonly decayTime: number;
  private readonly random: Random;
  private readonly clock: Pick<Clock, 'now'>;
  /** Per host its estimate and the time it was last brought up to date. */
  private readonly state = new PerHost(2);
  private hosts: readonly Host[] = [];

  constructor(decayTime: number, random: Random, clock: Pick<Clock, 'now'>) {
    this.decayTime = decayTime;
    this.random = random;
    this.clock = clock;
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    this.hosts = eligible.slice();
  }

  pick(): Host {
    const n = this.hosts.length;
    if (n === 1) return this.hosts[0];
    // Distinct: b is drawn from the n - 1 others, with a's place left out.
    const i = this.random.int(n);
    const j = this.random.int(n - 1);
    const a = this.hosts[i];
    const b = this.hosts[j < i ? j : j + 1];
    const now = this.clock.now();
    return this.load(a, now) <= this.load(b, now) ? a : b;
  }

  onStart(): void {}

  onEnd(host: Host, latencyMs: number): void {
    this.observe(host, latencyMs, this.clock.now());
  }

  private load(host: Host, now: number): number {
    const estimate = this.observe(host, 0, now);
    if (estimate === 0 && host.inFlight > 0) return PENALTY + host.inFlight;
    return estimate * (host.inFlight + 1);
  }

  /** Takes a latency into the host's estimate, and returns it. */
  private observe(host: Host, latencyMs: number, now: number): number {
    const at = this.state.at(host);
    const { values } = this.state;
    const before = values[at];
    const kept = Math.exp(-Math.max(now - values[at + 1], 0) / this.decayTime);
    const estimate = latencyMs > before ? latencyMs : before * kept + latencyMs * (1 - kept);
    values[at] = estimate;
    values[at + 1] = now;
    return estimate;
  }
}
