import type { ConnectionSettings } from '../../core/connectivity.ts';
import type { Random } from '../../core/random.ts';

/**
 * gRPC's waits between attempts to connect (doc/connection-backoff.md): `initialBackoffMs`, then each `multiplier` times the
 * last, `maxBackoffMs` at most, and each within `jitter` of itself. grpc-go does not jitter the first
 * (internal/backoff/backoff.go, Exponential.Backoff); core and grpc-java do (backoff.cc, NextAttemptDelay;
 * ExponentialBackoffPolicy.java, nextBackoffNanos).
 */
export class ConnectionBackoff {
  private readonly settings: ConnectionSettings;
  private readonly random: Random;
  /** The last wait, before jitter; 0: there was none. */
  private lastMs = 0;

  constructor(settings: ConnectionSettings, random: Random) {
    this.settings = settings;
    this.random = random;
  }

  /** From the start again. */
  reset(): void {
    this.lastMs = 0;
  }

  next(): number {
    const { system, initialBackoffMs, multiplier, maxBackoffMs, jitter } = this.settings;
    const isFirst = this.lastMs === 0;
    this.lastMs = Math.min(isFirst ? initialBackoffMs : this.lastMs * multiplier, maxBackoffMs);
    return isFirst && system === 'grpc-go' ? this.lastMs : this.lastMs * (1 + jitter * (2 * this.random.unit() - 1));
  }
}
