import type { Random } from '../../core/random.ts';

/**
 * Finagle's equal-jittered backoff (finagle-core Backoff.scala, EqualJittered): first `startMs` as it is, then each time
 * half + U(0, half), where half is `startMs` and doubles; `maxMs` from where that would reach it. The one after next is
 * drawn as one is taken, unless it needs no draw.
 */
export class EqualJitteredBackoff {
  private readonly startMs: number;
  private readonly maxMs: number;
  private readonly random: Random;
  private halfMs = 0;
  private upcomingMs = 0;

  constructor(startMs: number, maxMs: number, random: Random) {
    this.startMs = startMs;
    this.maxMs = maxMs;
    this.random = random;
    this.reset();
  }

  /** From the start again. */
  reset(): void {
    this.halfMs = this.startMs;
    this.upcomingMs = this.startMs;
  }

  next(): number {
    const taken = this.upcomingMs;
    this.upcomingMs = taken >= this.maxMs ? this.maxMs : this.drawn();
    return taken;
  }

  private drawn(): number {
    const half = Math.min(this.halfMs, this.maxMs);
    const jitter = this.random.unit() * half;
    this.halfMs = half * 2;
    return Math.min(half + jitter, this.maxMs);
  }
}

/**
 * Linkerd's exponential backoff (linkerd2-proxy linkerd/exp-backoff/src/lib.rs): base + U(0, jitter x base), `maxMs` at
 * most, where base is `minMs` and doubles up to `maxMs`. Without jitter nothing is drawn.
 */
export class ExponentialBackoff {
  private readonly minMs: number;
  private readonly maxMs: number;
  private readonly jitter: number;
  private readonly random: Random;
  private baseMs: number;

  constructor(minMs: number, maxMs: number, jitter: number, random: Random) {
    this.minMs = minMs;
    this.maxMs = maxMs;
    this.jitter = jitter;
    this.random = random;
    this.baseMs = minMs;
  }

  /** From the start again. */
  reset(): void {
    this.baseMs = this.minMs;
  }

  next(): number {
    const base = this.baseMs;
    this.baseMs = Math.min(base * 2, this.maxMs);
    const added = this.jitter === 0 ? 0 : this.random.unit() * this.jitter * base;
    return Math.min(base + added, this.maxMs);
  }
}
