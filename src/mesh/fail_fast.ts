import { type Clock, NO_TIMER, type TimerId } from '../core/clock.ts';

/** How requests wait while nobody is ready. */
export interface FailFastSettings {
  /** How long nobody may be ready, from when a request first waits for it, until all that wait fail. */
  readonly afterMs: number;
  /** Requests in the queue, beside the one that is next. */
  readonly capacity: number;
}

/**
 * When requests wait for a ready host, as before Linkerd's pool of endpoints. The first to find nobody starts a timer for
 * all. Where it runs out before anybody is ready, those that wait fail, and so do all that come, at once, until somebody is.
 *
 * The timer is of the pool and not of requests: one that has just come fails with those before it, and the time goes on
 * where they have given up. As soon as somebody is ready it is off; whoever is still left without a host starts it anew.
 *
 * Whom the first request after that goes to is chosen as soon as somebody is ready: see `Strategy.chooseAhead`. Requests
 * that have given up are in the queue until it is their turn: see `WaitingRoom`.
 * Sources: linkerd2-proxy linkerd/proxy/balance/queue/src/worker.rs and failfast.rs; of those that come meanwhile, or find
 * the queue full, linkerd/stack/src/loadshed.rs, which is around it (app/outbound/src/http/logical/policy/route.rs).
 */
export class FailFast {
  private readonly clock: Clock;
  private readonly settings: FailFastSettings;
  private readonly onFailing: () => void;
  private timer: TimerId = NO_TIMER;
  /** Whether requests fail at once. */
  failing = false;

  /** `onFailing`: those that wait are to fail. */
  constructor(clock: Clock, settings: FailFastSettings, onFailing: () => void) {
    this.clock = clock;
    this.settings = settings;
    this.onFailing = onFailing;
  }

  /** Nobody is ready for one more request: whether it may wait, where so many wait already. */
  admits(waiting: number): boolean {
    if (this.failing || waiting > this.settings.capacity) return false;
    this.begin();
    return true;
  }

  /** A request is next for which nobody is ready. */
  begin(): void {
    if (this.timer === NO_TIMER && !this.failing) {
      this.timer = this.clock.schedule(this.settings.afterMs, this.runOut, 0);
    }
  }

  /** Somebody is ready. */
  ready(): void {
    if (this.timer === NO_TIMER && !this.failing) return;
    this.clock.cancel(this.timer);
    this.timer = NO_TIMER;
    this.failing = false;
  }

  private readonly runOut = (): void => {
    this.timer = NO_TIMER;
    this.failing = true;
    this.onFailing();
  };
}
