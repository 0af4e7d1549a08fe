import { invariant } from '../core/assert.ts';
import { type Clock, type Lane, NO_TIMER, type TimerId } from '../core/clock.ts';
import type { Instance } from '../core/instance.ts';
import type { Random } from '../core/random.ts';
import type { HealthCheckSettings } from './checker.ts';
import { HealthTally } from './health_tally.ts';
import type { CancelProbe, Probe, ProbeVerdict } from './probe.ts';

/** What all checks of one checker have in common. */
export interface CheckContext {
  readonly clock: Clock;
  readonly probe: Probe;
  readonly settings: HealthCheckSettings;
  /** Timers of `timeoutMs`: nearly all are cancelled by an answer. */
  readonly deadlines: Lane;
  /** Timers of `intervalMs`, for checks without jitter. */
  readonly intervals: Lane;
  readonly onProbe: ((instance: Instance, verdict: ProbeVerdict) => void) | null;
}

/**
 * The endless check of one instance: wait, send a probe, wait for its answer or its deadline, and from then on wait
 * again (a fixed delay, not a fixed rate). One small object a check, since a simulator runs 100 000 of them.
 */
export class Check {
  private readonly context: CheckContext;
  private readonly instance: Instance;
  /** Where jitter is drawn from; null without jitter, to let go of the stream. */
  private readonly jitter: Random | null;
  private readonly onChange: (healthy: boolean, evidenceAtMs: number) => void;
  private readonly tally: HealthTally;
  private state: 'waiting' | 'sending' | 'probing' | 'stopped' = 'waiting';
  /** While waiting, the next send; while probing, the deadline. */
  private timer: TimerId = NO_TIMER;
  private cancelProbe: CancelProbe | null = null;
  /** Tells the answer of this probe from a late one of an earlier probe. */
  private probeNumber = 0;
  private sentAtMs = 0;

  constructor(
    context: CheckContext,
    instance: Instance,
    random: Random,
    onChange: (healthy: boolean, evidenceAtMs: number) => void,
  ) {
    const { unhealthyThreshold, healthyThreshold, intervalMs, intervalJitterMs } = context.settings;
    this.context = context;
    this.instance = instance;
    this.jitter = intervalJitterMs > 0 ? random : null;
    this.onChange = onChange;
    this.tally = new HealthTally(unhealthyThreshold, healthyThreshold);
    this.timer = context.clock.schedule(random.unit() * intervalMs, this.send, 0);
  }

  readonly stop = (): void => {
    if (this.state === 'stopped') return;
    this.state = 'stopped';
    this.context.clock.cancel(this.timer);
    this.cancelProbe?.();
    this.cancelProbe = null;
  };

  private readonly send = (): void => {
    invariant(this.state === 'waiting', () => `expected to be waiting when a probe is due, found ${this.state}`);
    const { clock, probe, settings, deadlines } = this.context;
    this.state = 'sending';
    this.sentAtMs = clock.now();
    this.probeNumber++;
    const number = this.probeNumber;
    const cancel = probe(this.instance, settings.timeoutMs, (verdict) => this.answered(number, verdict));
    if (this.isStopped()) {
      cancel();
      return;
    }
    this.cancelProbe = cancel;
    this.state = 'probing';
    this.timer = deadlines.schedule(this.expired, 0);
  };

  private answered(number: number, verdict: ProbeVerdict): void {
    invariant(this.state !== 'sending', 'expected a probe to answer after its call returned, it answered inside');
    if (this.state !== 'probing' || number !== this.probeNumber) return;
    this.context.clock.cancel(this.timer);
    this.settle(verdict);
  }

  private readonly expired = (): void => {
    invariant(this.state === 'probing', () => `expected a probe in flight at its deadline, found ${this.state}`);
    const cancel = this.cancelProbe;
    this.probeNumber++; // From here on its answer is late, even one from inside the cancel.
    cancel?.();
    this.settle('timeout');
  };

  private settle(verdict: ProbeVerdict): void {
    const evidenceAtMs = this.sentAtMs;
    const changed = this.tally.record(verdict);
    // Before the callbacks, so that one that stops this check finds nothing left to go wrong.
    this.wait();
    this.context.onProbe?.(this.instance, verdict);
    if (changed && !this.isStopped()) this.onChange(this.tally.healthy, evidenceAtMs);
  }

  /** A call, since the compiler does not expect a callback to have changed `state`. */
  private isStopped(): boolean {
    return this.state === 'stopped';
  }

  private wait(): void {
    const { clock, settings, intervals } = this.context;
    this.state = 'waiting';
    this.cancelProbe = null;
    this.timer =
      this.jitter === null
        ? intervals.schedule(this.send, 0)
        : clock.schedule(settings.intervalMs + this.jitter.unit() * settings.intervalJitterMs, this.send, 0);
  }
}
