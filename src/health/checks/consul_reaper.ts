import type { Clock, TimerId } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import { CONSUL_MIN_DEREGISTER_MS } from './settings.ts';

/** From pass to pass of an agent (check_reap_interval; config/default.go). */
const REAP_INTERVAL_MS = 30_000;

export interface ConsulReaperOptions {
  readonly clock: Clock;
  /** When its passes fall: U(0, 30 s) from its start, since its agent started whenever it did. */
  readonly random: Random;
  /** `deregisterCriticalServiceAfterMs`. */
  readonly afterMs: number;
  /** Deregisters the service with that id, critical since then. It is forgotten first. */
  readonly deregister: (id: string, criticalSinceMs: number) => void;
}

/**
 * An agent's pass over its critical services (reapServices in agent/agent.go): whoever has been critical for longer than
 * `afterMs` is deregistered, on the grid of its passes.
 */
export class ConsulReaper {
  private readonly clock: Clock;
  private readonly afterMs: number;
  private readonly deregister: ConsulReaperOptions['deregister'];
  private readonly criticalSinceMs = new Map<string, number>();
  private timer: TimerId;

  constructor({ clock, random, afterMs, deregister }: ConsulReaperOptions) {
    if (!(afterMs > 0 && afterMs < Infinity)) throw new RangeError(`afterMs must be a positive time, found ${afterMs}`);
    this.clock = clock;
    this.afterMs = Math.max(CONSUL_MIN_DEREGISTER_MS, afterMs);
    this.deregister = deregister;
    this.timer = clock.schedule(random.unit() * REAP_INTERVAL_MS, this.pass, 0);
  }

  /** A result of its check, every one: only the first critical one after others starts its time (State.UpdateCheck). */
  result(id: string, critical: boolean): void {
    if (!critical) this.criticalSinceMs.delete(id);
    else if (!this.criticalSinceMs.has(id)) this.criticalSinceMs.set(id, this.clock.now());
  }

  /** The service is gone otherwise. */
  forget(id: string): void {
    this.criticalSinceMs.delete(id);
  }

  close(): void {
    this.clock.cancel(this.timer);
  }

  private readonly pass = (): void => {
    this.timer = this.clock.schedule(REAP_INTERVAL_MS, this.pass, 0);
    const nowMs = this.clock.now();
    for (const [id, sinceMs] of this.criticalSinceMs) {
      if (nowMs - sinceMs <= this.afterMs) continue;
      this.criticalSinceMs.delete(id);
      this.deregister(id, sinceMs);
    }
  };
}
