import { type Clock, NO_TIMER, type TimerId } from '../../core/clock.ts';
import { Outcome } from '../../core/outcome.ts';
import type { PassivePorts } from '../passive.ts';
import { defineAccrual } from './accrual.ts';
import { EachHost, type HostJudge, type Verdict } from './each_host.ts';

/**
 * nginx's max_fails and fail_timeout. A host with `maxFails` failures is out, and `failTimeout` after the last of them a
 * live request may go to it. That request being sent starts another such wait, which only its failure prolongs and its
 * success ends: so one request at a time finds out.
 *
 * - Time is in whole seconds, and a wait is over once more than `failTimeout` have passed: 10 s are 10 s to 11 s.
 * - Failures need not be consecutive. A success clears them only if a request was sent after more than `failTimeout`
 *   without a failure (or such a stamp), be it the success of that request or of another.
 * - Results of requests sent earlier count even while it is out.
 * - The only host of a group is never out, and forgets its failures as its requests end.
 *
 * What nginx also does with a failed host, lowering its effective weight, is part of its balancing methods.
 */
export const nginxMaxFails = defineAccrual({
  name: 'nginx-max-fails',
  doc: 'Out for a time after so many failures, then one live request finds out.',
  system: 'nginx max_fails, fail_timeout',
  source: 'nginx src/http/ngx_http_upstream_round_robin.c, get_peer and free_round_robin_peer',
  options: {
    maxFails: { type: 'integer', min: 0, default: 1, doc: 'Failures that put a host out; 0: it never is.' },
    failTimeout: {
      type: 'duration',
      min: 0,
      default: 10_000,
      doc: 'For how long; also, how long without a failure until a success clears those there were. Whole seconds.',
      for: [{ maxFails: { above: 0 } }],
    },
    serverErrors: {
      type: 'boolean',
      default: false,
      doc: 'Whether a 5xx is a failure (proxy_next_upstream http_500 ...), as refused, reset and timed out are by default.',
      for: [{ maxFails: { above: 0 } }],
    },
  },
  check: ({ failTimeout }) =>
    failTimeout % 1000 === 0 ? null : { option: 'failTimeout', expected: 'a whole number of seconds' },
  create: ({ options, ...ports }) => {
    const { maxFails, failTimeout, serverErrors } = options;
    return new EachHost(ports, (verdict) => new Peer(maxFails, failTimeout / 1000, serverErrors, ports, verdict));
  },
});

/** Times in whole seconds of the clock. */
class Peer implements HostJudge {
  private readonly maxFails: number;
  private readonly failTimeout: number;
  private readonly serverErrors: boolean;
  private readonly clock: Clock;
  private readonly verdict: Verdict;
  private isAlone = false;
  private fails = 0;
  /** The last failure. */
  private accessed = -Infinity;
  /** The last failure, or the last request sent more than `failTimeout` after `checked`. */
  private checked = -Infinity;
  private timer: TimerId = NO_TIMER;

  constructor(maxFails: number, failTimeout: number, serverErrors: boolean, { clock }: PassivePorts, verdict: Verdict) {
    this.maxFails = maxFails;
    this.failTimeout = failTimeout;
    this.serverErrors = serverErrors;
    this.clock = clock;
    this.verdict = verdict;
  }

  started(): void {
    if (this.isAlone || !this.hasRested()) return;
    this.checked = this.second();
    this.judge();
  }

  ended(outcome: Outcome): void {
    if (this.isAlone) {
      this.fails = 0;
    } else if (this.isFailure(outcome)) {
      this.fails++;
      this.accessed = this.second();
      this.checked = this.accessed;
    } else if (this.accessed < this.checked) {
      this.fails = 0;
    }
    this.judge();
  }

  alone(isAlone: boolean): void {
    this.isAlone = isAlone;
    this.judge();
  }

  stop(): void {
    this.clock.cancel(this.timer);
    this.timer = NO_TIMER;
  }

  private judge(): void {
    if (this.isAlone || this.maxFails === 0 || this.fails < this.maxFails) {
      this.stop();
      this.verdict.say(false, false);
    } else if (this.hasRested()) {
      this.verdict.say(false, true);
    } else {
      this.wait();
      this.verdict.say(true, false);
    }
  }

  private wait(): void {
    if (this.timer !== NO_TIMER) return;
    const delayMs = (this.checked + this.failTimeout + 1) * 1000 - this.clock.now();
    this.timer = this.clock.schedule(delayMs, this.expired, 0);
  }

  private readonly expired = (): void => {
    this.timer = NO_TIMER;
    // A later failure, or probe, leaves a rest to wait for.
    this.judge();
  };

  private hasRested(): boolean {
    return this.second() - this.checked > this.failTimeout;
  }

  private second(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  private isFailure(outcome: Outcome): boolean {
    switch (outcome) {
      case Outcome.refused:
      case Outcome.reset:
      case Outcome.timedOut:
        return true;
      case Outcome.error:
      case Outcome.rejected:
        return this.serverErrors;
      default:
        return false;
    }
  }
}
