import type { FaultAction } from '../config.ts';
import { NO_FAULT, type Recorder } from '../recorder.ts';
import type { Presence } from '../registries/registry_system.ts';
import type { Server } from '../server.ts';

/** What may ail an instance that is up. */
export type Impairment = FaultAction & { readonly kind: 'slow' | 'errors' };

/** What a fault may do to an instance's process or reachability while it lasts. */
export type Outage = 'crash' | 'blackhole' | 'hang';

/**
 * The faults acting on one instance. They overlap by union: an outage of a kind lasts from its first fault's start to
 * its last one's end; of several slow faults the largest factor counts; several error rates are independent coins.
 */
export class FaultState {
  private readonly server: Server;
  private readonly presence: Presence;
  private readonly recorder: Recorder;
  private readonly outages: Record<Outage, number> = { crash: 0, blackhole: 0, hang: 0 };
  /** The impairments acting now, in order of their start. */
  private impairments: { readonly action: Impairment; readonly entry: number }[] = [];
  /** Failing checks acting now, and queues that are watched. */
  private failingChecks: { readonly rate: number; readonly entry: number }[] = [];
  private watches: { readonly above: number; readonly then: () => void }[] = [];
  /** The entries of the hangs in force, and of those that ended before their time with the process that hung. */
  private hangs: number[] = [];
  private pastHangs: number[] = [];
  /** Its node has asked the process to terminate, and it hangs: it hears of that when it wakes. */
  private unheard = false;
  /** Restarts that have announced themselves and not yet brought the process back. */
  private restarts = 0;
  /** Faults that make its probes say degraded, and restarts that make all its answers say to fail it at once. */
  private degradations = 0;
  private announcements = 0;

  constructor(server: Server, presence: Presence, recorder: Recorder) {
    this.server = server;
    this.presence = presence;
    this.recorder = recorder;
  }

  beginOutage(atMs: number, kind: Outage, entry: number): void {
    if (kind === 'hang') this.hangs.push(entry);
    if (++this.outages[kind] > 1) {
      // What a restart has asked to terminate, and is still at work, dies now.
      if (kind === 'crash') this.server.kill();
      return;
    }
    const wasUp = this.server.up;
    // Truth first: what the outage does to requests comes after it.
    if (wasUp) this.recorder.truth(atMs, this.server.index, false, entry);
    if (kind === 'crash') {
      this.server.stop();
      this.presence.die();
    } else if (kind === 'blackhole') {
      this.server.goDark();
      this.presence.machine(false);
    } else this.server.hang();
  }

  endOutage(atMs: number, kind: Outage, entry: number): void {
    if (kind === 'hang' && takeOut(this.pastHangs, entry)) return;
    if (kind === 'hang') takeOut(this.hangs, entry);
    if (--this.outages[kind] > 0) return;
    if (kind === 'crash') this.server.start();
    else if (kind === 'blackhole') {
      this.server.comeBack();
      this.presence.machine(true);
    } else this.wake();
    if (this.server.up) this.recorder.truth(atMs, this.server.index, true, entry);
    if (kind === 'crash' && this.restarts === 0) this.presence.join();
    if (this.server.up) this.presence.reachable();
  }

  /** A restart announces itself: the instance takes itself out of the registry. `inAnswers`: its answers say so too. */
  announceRestart(atMs: number, inAnswers: boolean): void {
    if (++this.restarts === 1) this.recorder.planned(atMs, this.server.index, true);
    if (inAnswers) this.server.failsAtOnce = ++this.announcements > 0;
    this.presence.leave();
  }

  /** A restart has announced itself, and what it brings back is not there yet. */
  get isLeaving(): boolean {
    return this.restarts > 0;
  }

  /** The process is asked to terminate: from now on it refuses newcomers. `onExit` once it has finished, or is killed. */
  terminate(atMs: number, entry: number, onExit: () => void, onHeard: () => void = () => {}): void {
    if (++this.outages.crash > 1) {
      onExit();
      return;
    }
    if (this.server.up) {
      this.recorder.truth(atMs, this.server.index, false, entry);
      onHeard();
    }
    this.server.terminate(() => {
      this.presence.die();
      onExit();
    });
  }

  /** Its node asks the process to terminate, to run another in its place: what hangs, hangs in this one only. */
  beginReplacement(atMs: number, onExit: () => void): void {
    this.unheard = true;
    const onHeard = (): void => this.quit();
    const exited = (): void => {
      this.unheard = false;
      if (this.hangs.length > 0) this.server.wake();
      this.pastHangs.push(...this.hangs);
      this.hangs = [];
      this.outages.hang = 0;
      onExit();
    };
    this.terminate(atMs, NO_FAULT, exited, onHeard);
  }

  private wake(): void {
    // Before it does anything else, which may be to exit.
    if (this.unheard && !this.server.isDark) this.quit();
    this.server.wake();
  }

  private quit(): void {
    this.unheard = false;
    this.presence.quit();
  }

  /** The other process runs. */
  endReplacement(atMs: number): void {
    this.endOutage(atMs, 'crash', NO_FAULT);
  }

  /** Its grace is over. */
  kill(): void {
    this.server.kill();
  }

  /** The restarted process is back. */
  endRestart(atMs: number, entry: number, inAnswers: boolean): void {
    if (--this.restarts === 0) this.recorder.planned(atMs, this.server.index, false);
    if (inAnswers) this.server.failsAtOnce = --this.announcements > 0;
    this.endOutage(atMs, 'crash', entry);
  }

  beginImpairment(atMs: number, action: Impairment, entry: number): void {
    this.impairments.push({ action, entry });
    if (this.impairments.length === 1) this.recorder.impaired(atMs, this.server.index, true, entry);
    this.applyImpairments();
  }

  endImpairment(atMs: number, entry: number): void {
    const [first] = this.impairments;
    this.impairments = this.impairments.filter((other) => other.entry !== entry);
    this.applyImpairments();
    const [next] = this.impairments;
    if (next === undefined) this.recorder.impaired(atMs, this.server.index, false, entry);
    else if (next !== first) this.recorder.impaired(atMs, this.server.index, true, next.entry);
  }

  /** The instance itself is well, so it is neither down nor impaired: who removes it is mistaken. */
  beginFailingChecks(rate: number, entry: number): void {
    this.failingChecks.push({ rate, entry });
    this.applyImpairments();
  }

  endFailingChecks(entry: number): void {
    this.failingChecks = this.failingChecks.filter((other) => other.entry !== entry);
    this.applyImpairments();
  }

  /**
   * It serves as well as ever, and asks that others be preferred: neither down nor impaired. Callers go on believing in it,
   * so preferring others is no false positive either.
   */
  beginDegraded(): void {
    this.server.degraded = ++this.degradations > 0;
  }

  endDegraded(): void {
    this.server.degraded = --this.degradations > 0;
  }

  /** Calls `then` once, as soon as more requests than this wait while the process runs and does not hang. */
  onceQueueAbove(above: number, then: () => void): void {
    this.watches.push({ above, then });
    this.server.longQueue = Math.min(...this.watches.map((watch) => watch.above));
    this.server.onLongQueue = () => this.tellOfQueue();
  }

  private tellOfQueue(): void {
    const told = this.watches.filter(({ above }) => this.server.queued > above);
    this.watches = this.watches.filter((watch) => !told.includes(watch));
    this.server.longQueue = Math.min(...this.watches.map(({ above }) => above));
    for (const { then } of told) then();
  }

  private applyImpairments(): void {
    const factors: number[] = [];
    const rates: number[] = [];
    const probeRates = this.failingChecks.map(({ rate }) => rate);
    for (const { action } of this.impairments) {
      if (action.kind === 'slow') factors.push(action.factor);
      else rates.push(action.rate);
      if (action.kind === 'errors' && action.probes) probeRates.push(action.rate);
    }
    this.server.slowFactor = factors.length === 0 ? 1 : Math.max(...factors);
    this.server.probeErrorRate = unionOfRates(probeRates);
    this.server.err(unionOfRates(rates));
  }
}

/** Whether it was in the list; it no longer is. */
function takeOut(list: number[], item: number): boolean {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}

/** The probability that at least one of several independent coins falls. */
function unionOfRates(rates: readonly number[]): number {
  return 1 - rates.reduce((none, rate) => none * (1 - rate), 1);
}
