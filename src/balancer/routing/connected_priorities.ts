import { type Clock, NO_TIMER, type TimerId } from '../../core/clock.ts';
import { type ConnectionSettings, Connectivity } from '../../core/connectivity.ts';

/** How long gRPC keeps a priority, and its connections, that a better one has made needless (A56; go, java, core: 15 minutes). */
const RETENTION_MS = 15 * 60_000;

interface Child {
  state: Connectivity;
  /** What it said last: in core `state` is another once its time is up. */
  reported: Connectivity;
  /** Of the time it has to connect. NO_TIMER: it has had it, or needs none. */
  failover: TimerId;
  /** Since it last failed, or began, it was ready or idle. */
  seenWell: boolean;
  /** Until it is let go of; NO_TIMER: it is needed. */
  deletion: TimerId;
  /** grpc-go: whether it is started; one that is not begins anew, over the connections it has. */
  started: boolean;
}

export interface ConnectedPrioritiesPorts {
  readonly settings: Pick<ConnectionSettings, 'system' | 'failoverTimeoutMs'>;
  readonly clock: Clock;
  /** A priority has had its time to connect: choose again. */
  readonly onTurn: () => void;
  /** The priority's connections are let go of. */
  readonly onForget: (priority: number) => void;
}

/**
 * gRPC's choice of a priority (proposal A56): the first that is ready or idle, or is still within its time to connect. A
 * priority is begun, and its hosts connected to, only once those before it have had theirs. Where there is no such
 * priority: the first that connects, else the last (A56; grpc-java, PriorityLoadBalancer.java, tryNextPriority); in grpc-go
 * the last (balancer_priority.go, syncPriority); core takes one whose time is up for failing, until it says otherwise
 * (priority.cc, FailoverTimer::OnTimerLocked).
 */
export class ConnectedPriorities {
  private readonly ports: ConnectedPrioritiesPorts;
  /** By priority; null: not begun, or let go of. */
  private children: (Child | null)[] = [];

  constructor(ports: ConnectedPrioritiesPorts) {
    this.ports = ports;
  }

  /** Whether connections are kept to hosts of this priority. */
  isBegun(priority: number): boolean {
    return (this.children[priority] ?? null) !== null;
  }

  /**
   * The priority that gets everything, from what each reports now; begins those it needs. `told`: which one has just
   * reported, be it what it had before; null: none, or all of them.
   */
  choose(states: readonly Connectivity[], told: number | null): number {
    this.resize(states.length);
    for (const [priority, child] of this.children.entries()) {
      if (child?.started) this.report(child, states[priority], told === priority);
    }
    for (const [priority, state] of states.entries()) {
      const child = this.begun(priority, state);
      if (child.state === Connectivity.ready || child.state === Connectivity.idle) {
        this.deactivateBelow(priority);
        return priority;
      }
      if (child.failover !== NO_TIMER) {
        return priority;
      }
    }
    const connecting = this.children.findIndex((child) => child?.state === Connectivity.connecting);
    return this.isGo || connecting < 0 ? states.length - 1 : connecting;
  }

  close(): void {
    this.resize(0);
  }

  private get isGo(): boolean {
    return this.ports.settings.system === 'grpc-go';
  }

  /** Where there are fewer priorities now, those that are gone end with their hosts. */
  private resize(priorities: number): void {
    for (const child of this.children.splice(priorities)) {
      if (child === null) continue;
      this.ports.clock.cancel(child.failover);
      this.ports.clock.cancel(child.deletion);
    }
    while (this.children.length < priorities) this.children.push(null);
  }

  private begun(priority: number, state: Connectivity): Child {
    const known = this.children[priority];
    if (known?.started) {
      this.ports.clock.cancel(known.deletion);
      known.deletion = NO_TIMER;
      return known;
    }
    if (known !== null) this.ports.clock.cancel(known.deletion);
    const child: Child = {
      state: Connectivity.connecting,
      reported: Connectivity.connecting,
      failover: NO_TIMER,
      seenWell: false,
      deletion: NO_TIMER,
      started: true,
    };
    this.children[priority] = child;
    this.startTimer(child);
    this.report(child, state, true);
    return child;
  }

  private report(child: Child, state: Connectivity, isTold: boolean): void {
    if (state === child.reported && !isTold) return;
    const was = child.state;
    child.reported = state;
    // grpc-java notes no more of one that is deactivated (ChildHelper.updateBalancingState).
    if (this.ports.settings.system === 'grpc-java' && child.deletion !== NO_TIMER) {
      child.state = state;
      return;
    }
    if (state === Connectivity.connecting) {
      if (child.seenWell && was !== state && child.failover === NO_TIMER) this.startTimer(child);
    } else {
      this.stopTimer(child);
      child.seenWell = state !== Connectivity.transientFailure;
    }
    child.state = state;
  }

  private startTimer(child: Child): void {
    const { clock, settings, onTurn } = this.ports;
    child.failover = clock.schedule(
      settings.failoverTimeoutMs,
      () => {
        child.failover = NO_TIMER;
        if (settings.system === 'grpc-core') {
          child.state = Connectivity.transientFailure;
          child.seenWell = false;
        }
        if (child.deletion === NO_TIMER) onTurn();
      },
      0,
    );
  }

  private stopTimer(child: Child): void {
    this.ports.clock.cancel(child.failover);
    child.failover = NO_TIMER;
  }

  private deactivateBelow(priority: number): void {
    for (let below = priority + 1; below < this.children.length; below++) {
      const child = this.children[below];
      if (child === null || child.deletion !== NO_TIMER) continue;
      if (this.isGo) {
        this.stopTimer(child);
        child.started = false;
      }
      child.deletion = this.ports.clock.schedule(RETENTION_MS, () => this.forget(below, child), 0);
    }
  }

  private forget(priority: number, child: Child): void {
    if (this.children[priority] !== child) return;
    this.stopTimer(child);
    this.children[priority] = null;
    this.ports.onForget(priority);
  }
}
