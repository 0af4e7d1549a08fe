import { type Clock, NO_TIMER, type TimerId } from '../../core/clock.ts';
import type { Instance } from '../../core/instance.ts';
import type { DetectorListener, DetectorPorts, HostDetector } from '../host_detector.ts';
import type { SilenceJudge } from './detector.ts';

/**
 * Hosts that say they are alive, and what is thought of those that fall silent. Each host has a judge of its own; here
 * are the timers, so that suspicion arises at the very moment the judge named and not when somebody next looks.
 */
export class HeartbeatDetector implements HostDetector {
  readonly trustsUnheard: boolean;
  private readonly clock: Clock;
  private readonly listener: DetectorListener;
  private readonly judgeOf: () => SilenceJudge;
  private readonly byId = new Map<string, Watch>();
  /** By host. */
  private readonly watches: (Watch | undefined)[] = [];

  constructor({ clock, listener }: DetectorPorts, trustsUnheard: boolean, judgeOf: () => SilenceJudge) {
    this.clock = clock;
    this.listener = listener;
    this.trustsUnheard = trustsUnheard;
    this.judgeOf = judgeOf;
  }

  add(host: number, { id }: Instance): void {
    const watch = new Watch(host, id, this.clock, this.judgeOf(), this.trustsUnheard, this.listener);
    this.watches[host] = watch;
    this.byId.set(id, watch);
  }

  remove(host: number): void {
    const watch = this.watches[host];
    if (watch === undefined) return;
    watch.stop();
    this.watches[host] = undefined;
    if (this.byId.get(watch.id) === watch) this.byId.delete(watch.id);
  }

  /**
   * A heartbeat of the instance of that id has come; of one that is not watched it is disregarded. `sequence` grows with
   * every heartbeat it sends, restarts of its process included: a count of intervals by its clock will do. `sentAtMs`:
   * when it was sent, by a clock that both share.
   */
  heard(id: string, sequence: number, sentAtMs: number): void {
    this.byId.get(id)?.heard(sequence, sentAtMs);
  }

  close(): void {
    for (const watch of this.watches) watch?.stop();
    this.watches.length = 0;
    this.byId.clear();
  }
}

/** One host, watched. */
class Watch {
  readonly id: string;
  private readonly host: number;
  private readonly clock: Clock;
  private readonly judge: SilenceJudge;
  private readonly listener: DetectorListener;
  private suspected: boolean;
  private timer: TimerId = NO_TIMER;
  /** What the timer waits for: at most `trustedUntilMs`, since most heartbeats only move that on. */
  private timerDueMs = Infinity;

  constructor(
    host: number,
    id: string,
    clock: Clock,
    judge: SilenceJudge,
    isTrusted: boolean,
    listener: DetectorListener,
  ) {
    this.host = host;
    this.id = id;
    this.clock = clock;
    this.judge = judge;
    this.suspected = !isTrusted;
    this.listener = listener;
  }

  heard(sequence: number, sentAtMs: number): void {
    const { clock, judge } = this;
    const now = clock.now();
    judge.heard(now, sequence, sentAtMs);
    const { trustedUntilMs } = judge;
    if (now < trustedUntilMs) {
      this.waitUntil(trustedUntilMs);
      this.say(false, sentAtMs);
    } else {
      this.stop();
      this.say(true, judge.missedAtMs);
    }
  }

  stop(): void {
    this.clock.cancel(this.timer);
    this.timer = NO_TIMER;
    this.timerDueMs = Infinity;
  }

  private waitUntil(dueMs: number): void {
    if (this.timerDueMs <= dueMs) return;
    this.stop();
    if (dueMs === Infinity) return;
    this.timerDueMs = dueMs;
    this.timer = this.clock.schedule(dueMs - this.clock.now(), this.expired, 0);
  }

  private readonly expired = (): void => {
    const { trustedUntilMs } = this.judge;
    // Compared with what was waited for and not with the clock, which may stand a rounding error before it.
    const isDue = this.timerDueMs === trustedUntilMs;
    this.timer = NO_TIMER;
    this.timerDueMs = Infinity;
    if (isDue) this.say(true, this.judge.missedAtMs);
    else this.waitUntil(trustedUntilMs);
  };

  private say(suspected: boolean, evidenceAtMs: number): void {
    if (suspected === this.suspected) return;
    this.suspected = suspected;
    this.listener(this.host, suspected, Math.min(evidenceAtMs, this.clock.now()));
  }
}
