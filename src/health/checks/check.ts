import { invariant } from '../../core/assert.ts';
import { type Clock, type Lane, NO_TIMER, type TimerId } from '../../core/clock.ts';
import type { Instance } from '../../core/instance.ts';
import type { Outcome } from '../../core/outcome.ts';
import { type Random, randomStream } from '../../core/random.ts';
import type { CancelProbe, Probe, ProbeVerdict } from '../probe.ts';
import type { CheckedHealth, CheckRules } from './check_rules.ts';

/** What all checks of one checker have in common. */
export interface CheckContext {
  readonly clock: Clock;
  readonly probe: Probe;
  readonly timeoutMs: number;
  /** The delay most probes wait for: those have a lane. */
  readonly intervalMs: number;
  /** Timers of `timeoutMs`: nearly all are cancelled by an answer. */
  readonly deadlines: Lane;
  /** Timers of `intervalMs`. */
  readonly intervals: Lane;
  readonly onProbe: ((instance: Instance, verdict: ProbeVerdict) => void) | null;
}

/** Told when what a check makes of its host has changed; `evidenceAtMs`: when what decided it was sent. */
export type HealthListener = (healthy: boolean, evidenceAtMs: number, health: CheckedHealth) => void;

export function checkContext(
  ports: Pick<CheckContext, 'clock' | 'probe' | 'onProbe'>,
  timeoutMs: number,
  intervalMs: number,
): CheckContext {
  const { clock, probe, onProbe } = ports;
  const [deadlines, intervals] = [clock.lane(timeoutMs), clock.lane(intervalMs)];
  return { clock, probe, onProbe, timeoutMs, intervalMs, deadlines, intervals };
}

/** Stands for a stream that nobody draws from any more: a check that keeps none is half the size. */
const SPENT: Random = randomStream('spent');

/**
 * The endless check of one instance: wait, send a probe, wait for its answer or its deadline, ask the rules when to send
 * the next. One small object a check, since a simulator runs 100 000 of them.
 */
export class Check {
  private readonly context: CheckContext;
  private readonly instance: Instance;
  private readonly random: Random;
  private readonly onChange: HealthListener;
  private readonly rules: CheckRules;
  private state: 'waiting' | 'sending' | 'probing' | 'stopped' = 'waiting';
  /** While waiting, the next send; while probing, the deadline. */
  private timer: TimerId = NO_TIMER;
  /** While waiting: when the next probe is due. */
  private dueAtMs: number;
  private cancelProbe: CancelProbe | null = null;
  /** Tells the answer of this probe from a late one of an earlier probe. */
  private probeNumber = 0;
  private sentAtMs = 0;

  constructor(context: CheckContext, instance: Instance, rules: CheckRules, random: Random, onChange: HealthListener) {
    this.context = context;
    this.instance = instance;
    this.random = rules.drawsAgain ? random : SPENT;
    this.rules = rules;
    this.onChange = onChange;
    const firstMs = rules.firstDelayMs(random);
    this.dueAtMs = context.clock.now() + firstMs;
    this.timer = context.clock.schedule(firstMs, this.due, 0);
  }

  readonly stop = (): void => {
    if (this.state === 'stopped') return;
    this.state = 'stopped';
    this.context.clock.cancel(this.timer);
    this.cancelProbe?.();
    this.cancelProbe = null;
  };

  /** The result of a request sent to the instance at `sentAtMs`: see `CheckRules.observe`. Hot. */
  observed(outcome: Outcome, sentAtMs: number, connected: boolean): void {
    if (this.rules.observe === undefined || this.state === 'stopped') return;
    const { healthy } = this.rules;
    if (!this.rules.observe(outcome, connected)) return;
    if (this.state === 'waiting') this.hasten();
    if (this.rules.healthy !== healthy) this.onChange(this.rules.healthy, sentAtMs, this.rules);
  }

  /** An answer to a request, sent then, asks to fail the host at once. The next probe stays where it is. */
  failAtOnce(evidenceAtMs: number): void {
    if (this.rules.failAtOnce === undefined || this.state === 'stopped') return;
    if (this.rules.failAtOnce()) this.onChange(this.rules.healthy, evidenceAtMs, this.rules);
  }

  /** As if the next probe were due now; one under way is the one. */
  probeNow(): void {
    if (this.state !== 'waiting') return;
    this.context.clock.cancel(this.timer);
    this.due();
  }

  private hasten(): void {
    const { clock } = this.context;
    const delayMs = this.rules.hurriedDelayMs?.(this.random, this.dueAtMs - clock.now()) ?? null;
    if (delayMs === null) return;
    clock.cancel(this.timer);
    this.wait(delayMs);
  }

  private readonly due = (): void => {
    const { clock } = this.context;
    if (this.rules.skips?.(clock.now()) === true) {
      this.wait(this.rules.nextDelayMs(this.random, clock.now(), clock.now()));
    } else this.send();
  };

  private send(): void {
    invariant(this.state === 'waiting', () => `expected to be waiting when a probe is due, found ${this.state}`);
    const { clock, probe, timeoutMs, deadlines } = this.context;
    this.state = 'sending';
    this.sentAtMs = clock.now();
    this.probeNumber++;
    const number = this.probeNumber;
    const cancel = probe(this.instance, timeoutMs, (verdict) => this.answered(number, verdict));
    if (this.isStopped()) {
      cancel();
      return;
    }
    this.cancelProbe = cancel;
    this.state = 'probing';
    this.timer = deadlines.schedule(this.expired, 0);
  }

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
    const changed = this.rules.record(verdict);
    this.cancelProbe = null;
    // Before the callbacks, so that one that stops this check finds nothing left to go wrong.
    this.wait(this.rules.nextDelayMs(this.random, evidenceAtMs, this.context.clock.now()));
    this.context.onProbe?.(this.instance, verdict);
    if (changed && !this.isStopped()) this.onChange(this.rules.healthy, evidenceAtMs, this.rules);
  }

  /** A call, since the compiler does not expect a callback to have changed `state`. */
  private isStopped(): boolean {
    return this.state === 'stopped';
  }

  private wait(delayMs: number): void {
    const { clock, intervalMs, intervals } = this.context;
    this.state = 'waiting';
    this.dueAtMs = clock.now() + delayMs;
    this.timer = delayMs === intervalMs ? intervals.schedule(this.due, 0) : clock.schedule(delayMs, this.due, 0);
  }
}
