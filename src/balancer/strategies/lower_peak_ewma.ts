import type { Clock } from '../../core/clock.ts';
import type { LoadReport } from '../../core/load_report.ts';
import { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import type { LatencyEstimates } from '../parts/latency_estimates.ts';
import { type Drawing, drawnExplained, type PanicMode } from '../parts/panic_mode.ts';
import type { PickMade, PickReason } from '../pick_reason.ts';
import type { Strategy, WeightOf } from '../strategy.ts';

/** The rule in words. */
export const LOWER_OF_TWO = 'the lower load of two drawn, the first drawn among equals';

export interface PeakEwmaParts {
  readonly estimates: LatencyEstimates;
  /** In milliseconds; 0: none. */
  readonly failurePenalty: number;
  readonly random: Random;
  readonly clock: Pick<Clock, 'now'>;
  /** null: hosts that can be picked are drawn only. */
  readonly panic: PanicMode | null;
}

export interface TwoDrawn {
  readonly places: readonly number[];
  /** What they were compared by, and what their loads were divided by. */
  readonly by: string;
  readonly divisorOf: (place: number) => number;
}

/** Linkerd's DEFAULT_RETRY_AFTER_MAX_DURATION (load-biaser/src/lib.rs). */
const LONGEST_RETRY_AFTER_MS = 300_000;

/** Of two hosts drawn the one of the lower load, however they are drawn: see `peakEwma`. */
export abstract class LowerPeakEwma implements Strategy, Drawing {
  hosts: readonly Host[] = [];
  protected readonly estimates: LatencyEstimates;
  protected readonly random: Random;
  protected readonly clock: Pick<Clock, 'now'>;
  protected readonly panic: PanicMode | null;
  private readonly failurePenalty: number;

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
    return this.panic === null ? this.hosts[this.drawBest()] : this.panic.pick(this);
  }

  abstract drawBest(): number;

  explain({ host, drawn }: PickMade): PickReason {
    const { hosts } = this;
    const { places, by, divisorOf } = this.redraw(drawn);
    const figureOf = (place: number): number => this.loadOf(hosts[place]) / divisorOf(place);
    return drawnExplained(this.panic, host, { hosts, places, by, figureOf, rule: LOWER_OF_TWO });
  }

  onStart(): void {}

  onEnd(host: Host, latencyMs: number, outcome: Outcome, report: LoadReport | null, reweighed: number): void {
    if (!this.estimates.nodes.ended(host, reweighed)) return;
    this.estimates.now[0] = this.clock.now();
    // Linkerd: by the status of the answer. Below the load biaser a connection's errors become 502 or 504 (app/outbound/src/
    // http/endpoint.rs, ClientRescue). What was given up has no answer: the time it took counts.
    const failed = outcome !== Outcome.ok && outcome !== Outcome.timedOut;
    if (failed && this.failurePenalty > 0) this.estimates.penalize(host, this.penaltyOf(report));
    else this.estimates.observe(host, latencyMs);
  }

  /** What the host asks for counts where it is more than the penalty, and for five minutes at most (load-biaser, effective_rtt). */
  private penaltyOf(report: LoadReport | null): number {
    if (report === null || report.retryAfterMs <= this.failurePenalty) return this.failurePenalty;
    return Math.max(Math.min(report.retryAfterMs, LONGEST_RETRY_AFTER_MS), this.failurePenalty);
  }

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
