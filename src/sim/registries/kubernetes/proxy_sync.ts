import type { Clock } from '../../../core/clock.ts';

export interface ProxySyncOptions {
  readonly clock: Clock;
  readonly minSyncPeriodMs: number;
  readonly burstSyncs: number;
  /** How long the next sync takes. */
  readonly syncMs: () => number;
  /** A sync begins: reads what there is to write. What it gives is called when it is written. */
  readonly begin: () => () => void;
}

/**
 * When a kube-proxy writes its rules (kubernetes, pkg/util/async/bounded_frequency_runner.go): at once where a token is
 * left, of which one comes back every `minSyncPeriodMs` up to `burstSyncs`; else `minSyncPeriodMs` after the last sync
 * ended. Requests that come before or during a sync are one. Its periodic sync (an hour) finds nothing to do here.
 */
export class ProxySync {
  private readonly options: ProxySyncOptions;
  private tokens: number;
  private tokensAtMs: number;
  private lastEndMs = Number.NEGATIVE_INFINITY;
  private running = false;
  private waiting = false;
  /** Asked for while one ran. */
  private again = false;

  constructor(options: ProxySyncOptions) {
    this.options = options;
    this.tokens = options.burstSyncs;
    this.tokensAtMs = options.clock.now();
  }

  /** There is something to write. */
  request(): void {
    if (this.running) this.again = true;
    else if (!this.waiting) this.tryRun();
  }

  private tryRun(): void {
    const { clock, minSyncPeriodMs } = this.options;
    if (this.takeToken()) {
      this.run();
      return;
    }
    this.waiting = true;
    const waitMs = Math.max(0, this.lastEndMs + minSyncPeriodMs - clock.now());
    clock.schedule(waitMs, this.retry, 0);
  }

  private readonly retry = (): void => {
    this.waiting = false;
    this.tryRun();
  };

  private run(): void {
    const { clock, begin, syncMs } = this.options;
    const write = begin();
    const takesMs = syncMs();
    const end = (): void => {
      this.running = false;
      this.lastEndMs = clock.now();
      write();
      if (!this.again) return;
      this.again = false;
      this.request();
    };
    this.running = true;
    if (takesMs === 0) end();
    else clock.schedule(takesMs, end, 0);
  }

  private takeToken(): boolean {
    const { clock, minSyncPeriodMs, burstSyncs } = this.options;
    if (minSyncPeriodMs === 0) return true;
    const now = clock.now();
    this.tokens = Math.min(burstSyncs, this.tokens + (now - this.tokensAtMs) / minSyncPeriodMs);
    this.tokensAtMs = now;
    // Counting in doubles: a token that is all but back is back.
    if (this.tokens < 1 - 1e-9) return false;
    this.tokens--;
    return true;
  }
}
