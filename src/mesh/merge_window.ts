import type { UpdateGate } from '../balancer/late_updates.ts';
import { type Clock, NO_TIMER, type TimerId } from '../core/clock.ts';

/**
 * Envoy's merge of updates: a change of a priority in which nobody joins or leaves waits, with all that follow, if the
 * last one reached the workers less than a window ago, and a whole window from then on. One by which somebody joins or
 * leaves never does, and takes along what has waited.
 *
 * Not before everybody in the first list has been checked once: Envoy tells its workers of a cluster only then, and of all
 * hosts at once, which begins no window (ClusterImplBase::onInitDone, finishInitialization; ClusterManagerImpl::onClusterInit).
 * Until then it has no host for anybody: at its own start it does not listen yet, and a cluster that comes later is one it
 * does not know (503, no cluster found). Here requests are sent all the while, and what checks find counts at once.
 * Source: Envoy, source/common/upstream/cluster_manager_impl.cc, scheduleUpdate and applyUpdates.
 */
export class MergeWindow implements UpdateGate {
  private readonly clock: Clock;
  private readonly windowMs: number;
  private readonly deliver: (priority: number) => void;
  /** By priority, when the last update reached the workers. */
  private readonly lastMs: number[] = [];
  /** By priority, when those that wait do. */
  private readonly timers: TimerId[] = [];
  /** How many results of checks are still to come before updates wait; null: there is no list yet. */
  private awaited: number | null = null;
  private isOpen = false;

  /** Envoy keeps the window in whole milliseconds. */
  constructor(clock: Clock, windowMs: number, deliver: (priority: number) => void) {
    this.clock = clock;
    this.windowMs = Math.floor(windowMs);
    this.deliver = deliver;
  }

  /** A list has come, with so many hosts that are to be checked. Only the first counts. */
  listed(hosts: number): void {
    if (this.awaited !== null) return;
    this.awaited = hosts;
    if (hosts === 0) this.isOpen = true;
  }

  /** A check has had a result, and what follows from it is still to come. Envoy counts them whosever they are. */
  checked(): void {
    if (this.awaited === null || this.awaited === 0 || --this.awaited > 0) return;
    const open = (): void => {
      this.isOpen = true;
    };
    this.clock.schedule(0, open, 0);
  }

  passes(priority: number, mergeable: boolean): boolean {
    if (!this.isOpen) return true;
    const { clock, timers, lastMs, windowMs } = this;
    const timer = timers[priority] ?? NO_TIMER;
    // Envoy counts from the start of its machine: the first one never waits. Past the window is past its last millisecond.
    const sinceMs = Math.floor(clock.now() - (lastMs[priority] ?? -Infinity));
    if (mergeable && sinceMs <= windowMs) {
      if (timer === NO_TIMER) timers[priority] = clock.schedule(windowMs, this.apply, priority);
      return false;
    }
    clock.cancel(timer);
    timers[priority] = NO_TIMER;
    lastMs[priority] = clock.now();
    return true;
  }

  /** What waits is forgotten. */
  close(): void {
    for (const timer of this.timers) this.clock.cancel(timer ?? NO_TIMER);
    this.isOpen = false;
  }

  private readonly apply = (priority: number): void => {
    this.timers[priority] = NO_TIMER;
    this.lastMs[priority] = this.clock.now();
    this.deliver(priority);
  };
}
