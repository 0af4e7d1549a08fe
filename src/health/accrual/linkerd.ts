import { type Clock, NO_TIMER, type TimerId } from '../../core/clock.ts';
import type { OptionValues } from '../../core/options.ts';
import { Outcome } from '../../core/outcome.ts';
import type { PassivePorts } from '../passive.ts';
import { defineAccrual } from './accrual.ts';
import { ExponentialBackoff } from './backoff.ts';
import type { HostJudge, Verdict } from './each_host.ts';
import { EachService } from './each_service.ts';
import { WindowedCounts } from './windowed_counts.ts';

/** Slices of the window (success_rate.rs, BUCKETS). */
const BUCKETS = 10;

const judgesByRate = [{ mode: ['unified'], successRate: { above: 0 } }] as const;

const options = {
  mode: {
    type: 'choice',
    values: ['unified', 'consecutive'],
    default: 'unified',
    doc: 'Whether the success rate counts as well, or failures in a row alone.',
  },
  maxFailures: { type: 'integer', min: 0, default: 7, doc: 'Failures in a row that shut the gate; 0: any number.' },
  successRate: {
    type: 'share',
    min: 0,
    max: 1,
    default: 0.8,
    doc: 'The success rate required; 0: none.',
    for: [{ mode: ['unified'] }],
  },
  window: {
    type: 'duration',
    min: BUCKETS,
    default: 10_000,
    doc: 'Over which the success rate is taken.',
    for: judgesByRate,
  },
  minRequests: {
    type: 'integer',
    min: 0,
    default: 5,
    doc: 'Answers there must be in the window for the success rate to say anything.',
    for: judgesByRate,
  },
  minPenalty: { type: 'duration', min: 1, default: 1000, doc: 'How long the gate is shut first; then twice as long.' },
  maxPenalty: { type: 'duration', min: 1, default: 60_000, doc: 'How long it is shut at most.' },
  jitter: { type: 'share', min: 0, max: 100, default: 0.5, doc: 'Up to this share of a penalty is added to it.' },
  rejection: {
    type: 'choice',
    values: ['server-error', 'rate-limit'],
    default: 'server-error',
    doc: 'What an instance with a full queue answers: a 5xx, or a 429, which is no failure but lowers the success rate.',
  },
} as const;

/**
 * Linkerd's circuit breaker. The gate of a host shuts after `maxFailures` in a row or when, with `minRequests` in the
 * window, the success rate over it is below `successRate`. After a penalty one request may pass, and the next result
 * opens the gate or shuts it for about twice as long; a new trip starts from the shortest penalty.
 *
 * - Opening forgets all that was. Results that come while the gate is shut are disregarded.
 * - The next result once a request may pass decides, even that of a request sent long before.
 * - A 429 lowers the success rate and fails a probe, and is no failure in a row; where only these count it is a success.
 * - An attempt that had no answer (refused, reset, timed out) is a failure: so are those that Linkerd's own timeouts end, which it
 *   enforces at the endpoint, behind its gate (app/outbound/src/http/endpoint.rs, EnforceTimeouts). Of one whose caller goes
 *   away by itself it would hear nothing; there is no such caller here.
 * - A request that had given up before its turn may be the one that passes. Nobody hears how it ended, so the gate stays as it
 *   is until the result of another one comes, sent before: if there is none, for good.
 * - A host that weighs something else has a new gate, which is open: see `EachService`.
 */
export const linkerd = defineAccrual({
  name: 'linkerd',
  doc: 'Out after failures in a row or with a low success rate, twice as long each time; one request finds out.',
  system: 'Linkerd failure accrual',
  source: 'linkerd2-proxy linkerd/app/outbound/src/http/breaker (unified.rs, success_rate.rs, consecutive_failures.rs)',
  options,
  check: ({ minPenalty, maxPenalty }) =>
    minPenalty <= maxPenalty ? null : { option: 'minPenalty', expected: 'at most maxPenalty' },
  create: ({ options, ...ports }) => new EachService(ports, (verdict) => new Gate(options, ports, verdict)),
});

class Gate implements HostJudge {
  private readonly settings: OptionValues<typeof options>;
  private readonly clock: Clock;
  private readonly verdict: Verdict;
  private readonly backoff: ExponentialBackoff;
  /** null where the success rate does not count. */
  private readonly recent: WindowedCounts | null;
  private inARow = 0;
  /** limited: one request may pass; taken: it has been sent. */
  private state: 'open' | 'shut' | 'limited' | 'taken' = 'open';
  private timer: TimerId = NO_TIMER;

  constructor(settings: OptionValues<typeof options>, { clock, random }: PassivePorts, verdict: Verdict) {
    const { mode, successRate, window, minPenalty, maxPenalty, jitter } = settings;
    this.settings = settings;
    this.clock = clock;
    this.verdict = verdict;
    this.backoff = new ExponentialBackoff(minPenalty, maxPenalty, jitter, random);
    const counts = mode === 'unified' && successRate > 0;
    this.recent = counts ? new WindowedCounts(window, BUCKETS, true, clock.now()) : null;
  }

  started(): void {
    if (this.state === 'limited') this.become('taken');
  }

  abandoned(): void {
    this.started();
  }

  ended(outcome: Outcome): void {
    if (outcome === Outcome.noHost || this.state === 'shut') return;
    if (this.state === 'open') this.watch(outcome);
    else if (this.probeSucceeds(outcome)) this.open();
    else this.shut();
  }

  stop(): void {
    this.clock.cancel(this.timer);
    this.timer = NO_TIMER;
  }

  private watch(outcome: Outcome): void {
    const limited = this.isRateLimit(outcome);
    this.inARow = outcome === Outcome.ok || limited ? 0 : this.inARow + 1;
    this.recent?.record(outcome === Outcome.ok, this.clock.now());
    if (!this.isTooMuch()) return;
    this.backoff.reset();
    this.shut();
  }

  private isTooMuch(): boolean {
    const { maxFailures, minRequests, successRate } = this.settings;
    if (maxFailures > 0 && this.inARow >= maxFailures) return true;
    const { recent } = this;
    if (recent === null || recent.size < minRequests) return false;
    return (recent.size - recent.failures) / recent.size < successRate;
  }

  private shut(): void {
    this.timer = this.clock.schedule(this.backoff.next(), this.limit, 0);
    this.become('shut');
  }

  private readonly limit = (): void => {
    this.timer = NO_TIMER;
    this.become('limited');
  };

  private open(): void {
    this.inARow = 0;
    this.recent?.reset(this.clock.now());
    this.become('open');
  }

  private probeSucceeds(outcome: Outcome): boolean {
    return outcome === Outcome.ok || (this.settings.mode === 'consecutive' && this.isRateLimit(outcome));
  }

  private isRateLimit(outcome: Outcome): boolean {
    return outcome === Outcome.rejected && this.settings.rejection === 'rate-limit';
  }

  private become(state: Gate['state']): void {
    this.state = state;
    this.verdict.say(state === 'shut' || state === 'taken', state === 'limited');
  }
}
