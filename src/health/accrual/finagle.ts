import { type Clock, NO_TIMER, type TimerId } from '../../core/clock.ts';
import { Outcome } from '../../core/outcome.ts';
import { defineAccrual } from './accrual.ts';
import { EqualJitteredBackoff } from './backoff.ts';
import { EachHost, type HostJudge, type Verdict } from './each_host.ts';
import { ConsecutiveFailures, SuccessRate } from './finagle_policies.ts';

/**
 * Finagle's failure accrual with its default, hybrid policy: dead after `consecutiveFailures` in a row, or with a
 * success rate below `successRate`; for the longer of the two backoffs where both say so. Each backs off anew, further
 * each time it says so, until the host is revived.
 *
 * When its time is over the host is open for one request. Its success revives the host and forgets all that was; its
 * failure is put to the policies like any other, and if none of them says dead, the next request finds out.
 *
 * Whose result is first while the host waits for its probe counts as the probe's. While dead, or open for a probe,
 * failures are disregarded, but successes are not.
 */
export const finagle = defineAccrual({
  name: 'finagle',
  doc: 'Dead after failures in a row or with a low success rate, for longer each time; one request finds out.',
  system: 'Finagle failure accrual',
  source: 'finagle-core liveness/FailureAccrualFactory.scala and FailureAccrualPolicy.scala',
  options: {
    consecutiveFailures: { type: 'integer', min: 0, default: 5, doc: 'Failures in a row; 0: any number.' },
    successRate: { type: 'share', min: 0, max: 1, default: 0.8, doc: 'The success rate required; 0: none.' },
    window: {
      type: 'duration',
      min: 1,
      default: 30_000,
      doc: 'Mean lifetime of what is remembered of a result.',
      for: [{ successRate: { above: 0 } }],
    },
    minRequests: {
      type: 'integer',
      min: 0,
      default: 5,
      doc: 'Requests there must be in the window for the success rate to say anything.',
      for: [{ successRate: { above: 0 } }],
    },
    backoffStart: { type: 'duration', min: 1, default: 5000, doc: 'How long a host is dead for the first time.' },
    backoffMax: { type: 'duration', min: 1, default: 300_000, doc: 'How long it is dead at most.' },
  },
  check: ({ backoffStart, backoffMax }) =>
    backoffStart <= backoffMax ? null : { option: 'backoffStart', expected: 'at most backoffMax' },
  create: ({ options, ...ports }) => {
    const { clock, random } = ports;
    const { consecutiveFailures, successRate, window, minRequests, backoffStart, backoffMax } = options;
    const backoff = () => new EqualJitteredBackoff(backoffStart, backoffMax, random);
    return new EachHost(
      ports,
      (verdict) =>
        new Endpoint(
          new SuccessRate(successRate, window, minRequests, backoff(), clock),
          new ConsecutiveFailures(consecutiveFailures, backoff()),
          clock,
          verdict,
        ),
    );
  },
});

class Endpoint implements HostJudge {
  private readonly rate: SuccessRate;
  private readonly consecutive: ConsecutiveFailures;
  private readonly clock: Clock;
  private readonly verdict: Verdict;
  private state: 'alive' | 'dead' | 'probeOpen' | 'probeClosed' = 'alive';
  private timer: TimerId = NO_TIMER;

  constructor(rate: SuccessRate, consecutive: ConsecutiveFailures, clock: Clock, verdict: Verdict) {
    this.rate = rate;
    this.consecutive = consecutive;
    this.clock = clock;
    this.verdict = verdict;
  }

  started(): void {
    if (this.state === 'probeOpen') this.become('probeClosed');
  }

  ended(outcome: Outcome): void {
    if (outcome === Outcome.ok) this.succeeded();
    else if (outcome !== Outcome.noHost) this.failed();
    // No host was asked: Finagle ignores what says nothing of it, and lets another request find out.
    else if (this.state === 'probeClosed') this.become('probeOpen');
  }

  stop(): void {
    this.clock.cancel(this.timer);
    this.timer = NO_TIMER;
  }

  private succeeded(): void {
    const revived = this.state === 'probeClosed';
    if (revived) {
      this.rate.revived();
      this.consecutive.revived();
    }
    this.rate.succeeded();
    this.consecutive.succeeded();
    if (revived) this.become('alive');
  }

  private failed(): void {
    if (this.state !== 'alive' && this.state !== 'probeClosed') return;
    const byRate = this.rate.failed();
    const byConsecutive = this.consecutive.failed();
    const deadMs = Math.max(byRate, byConsecutive);
    if (deadMs > 0) {
      this.timer = this.clock.schedule(deadMs, this.probe, 0);
      this.become('dead');
    } else if (this.state === 'probeClosed') {
      this.become('probeOpen');
    }
  }

  private readonly probe = (): void => {
    this.timer = NO_TIMER;
    this.become('probeOpen');
  };

  private become(state: Endpoint['state']): void {
    this.state = state;
    this.verdict.say(state === 'dead' || state === 'probeClosed', state === 'probeOpen');
  }
}
