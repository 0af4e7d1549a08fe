import { type Clock, NO_TIMER, type TimerId } from '../../core/clock.ts';
import type { OptionValues } from '../../core/options.ts';
import { Outcome } from '../../core/outcome.ts';
import type { PassivePorts } from '../passive.ts';
import { defineAccrual } from './accrual.ts';
import { EachHost, type HostJudge, type Verdict } from './each_host.ts';
import { WindowedCounts } from './windowed_counts.ts';

/** Slices of the window over which the failure rate is taken. */
const SLICES = 10;

const options = {
  consecutiveFailures: { type: 'integer', min: 0, default: 6, doc: 'Failures in a row that open it; 0: any number.' },
  failureRate: {
    type: 'share',
    min: 0,
    max: 1,
    default: 0,
    doc: 'The share of failures in the window that opens it; 0: any.',
  },
  window: {
    type: 'duration',
    min: 1,
    default: 10_000,
    doc: 'Over which the failure rate is taken.',
    for: [{ failureRate: { above: 0 } }],
  },
  minRequests: {
    type: 'integer',
    min: 1,
    default: 10,
    doc: 'Results there must be in the window for the rate to count.',
    for: [{ failureRate: { above: 0 } }],
  },
  openTime: { type: 'duration', min: 1, default: 60_000, doc: 'How long it is open.' },
  trials: { type: 'integer', min: 1, default: 1, doc: 'Requests that are tried half-open, all of which must succeed.' },
} as const;

/**
 * The circuit breaker of the textbooks (Nygard, Release It!, 2007; Fowler, CircuitBreaker, 2014), one for each host.
 * Closed, it opens at `consecutiveFailures` in a row, or at a failure rate over a sliding window. Open, it lets nothing
 * pass for `openTime`. Half-open, it lets `trials` requests pass: the first failure opens it, their success closes it.
 *
 * Each change of state forgets all that was. Results of earlier requests that come while it is open, or before the first
 * trial is sent, are disregarded; among the trials they cannot be told from theirs. Any end but an answer that is no
 * error is a failure.
 */
export const breaker = defineAccrual({
  name: 'breaker',
  doc: 'Open for a fixed time after failures in a row or at a failure rate; then a few requests find out.',
  system: 'circuit breaker; defaults of sony/gobreaker',
  source: 'Nygard, Release It! (2007), Circuit Breaker; github.com/sony/gobreaker, gobreaker.go',
  options,
  create: ({ options, ...ports }) => new EachHost(ports, (verdict) => new Circuit(options, ports, verdict)),
});

class Circuit implements HostJudge {
  private readonly settings: OptionValues<typeof options>;
  private readonly clock: Clock;
  private readonly verdict: Verdict;
  /** null where the rate does not count. */
  private readonly recent: WindowedCounts | null;
  private state: 'closed' | 'open' | 'halfOpen' = 'closed';
  /** Failures in a row while closed. */
  private inARow = 0;
  /** Half-open: requests sent, of which so many are still under way, and so many have succeeded. */
  private sent = 0;
  private underWay = 0;
  private succeeded = 0;
  private timer: TimerId = NO_TIMER;

  constructor(settings: OptionValues<typeof options>, { clock }: PassivePorts, verdict: Verdict) {
    this.settings = settings;
    this.clock = clock;
    this.verdict = verdict;
    const { failureRate, window } = settings;
    this.recent = failureRate > 0 ? new WindowedCounts(window, SLICES, true, clock.now()) : null;
  }

  started(): void {
    if (this.state !== 'halfOpen') return;
    this.sent++;
    this.underWay++;
    this.say();
  }

  ended(outcome: Outcome): void {
    if (this.state === 'closed') this.watch(outcome);
    else if (this.state === 'halfOpen' && this.underWay > 0) this.tried(outcome);
  }

  stop(): void {
    this.clock.cancel(this.timer);
    this.timer = NO_TIMER;
  }

  private watch(outcome: Outcome): void {
    if (outcome === Outcome.noHost) return;
    const ok = outcome === Outcome.ok;
    this.inARow = ok ? 0 : this.inARow + 1;
    this.recent?.record(ok, this.clock.now());
    if (!ok && this.isTooMuch()) this.open();
  }

  private isTooMuch(): boolean {
    const { consecutiveFailures, failureRate, minRequests } = this.settings;
    if (consecutiveFailures > 0 && this.inARow >= consecutiveFailures) return true;
    const { recent } = this;
    return recent !== null && recent.size >= minRequests && recent.failures / recent.size >= failureRate;
  }

  private tried(outcome: Outcome): void {
    this.underWay--;
    if (outcome === Outcome.noHost) {
      // It said nothing: another may be tried.
      this.sent--;
      this.say();
    } else if (outcome === Outcome.ok) {
      this.succeeded++;
      if (this.succeeded >= this.settings.trials) this.close();
    } else {
      this.open();
    }
  }

  private open(): void {
    this.state = 'open';
    this.timer = this.clock.schedule(this.settings.openTime, this.halfOpen, 0);
    this.say();
  }

  private readonly halfOpen = (): void => {
    this.timer = NO_TIMER;
    this.state = 'halfOpen';
    this.sent = 0;
    this.underWay = 0;
    this.succeeded = 0;
    this.say();
  };

  private close(): void {
    this.state = 'closed';
    this.inARow = 0;
    this.recent?.reset(this.clock.now());
    this.say();
  }

  private say(): void {
    const probing = this.state === 'halfOpen' && this.sent < this.settings.trials;
    this.verdict.say(this.state !== 'closed' && !probing, probing);
  }
}
