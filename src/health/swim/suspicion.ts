import type { Clock, TimerId } from '../../core/clock.ts';

export interface SuspicionOptions {
  readonly clock: Clock;
  /** Who suspects it: no confirmation by itself. */
  readonly from: string;
  /** Confirmations that bring the time down to `minMs`. */
  readonly wanted: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly onTimeout: () => void;
}

/**
 * How long a suspect has left: `maxMs` with no confirmation, less with each, `minMs` with as many as are wanted, on a
 * scale of logarithms (Dadgar, Phillips, Currey: Lifeguard, 2017; memberlist suspicion.go).
 */
export class Suspicion {
  private readonly options: SuspicionOptions;
  private readonly startMs: number;
  private readonly known = new Set<string>();
  private confirmations = 0;
  private timer: TimerId;

  constructor(options: SuspicionOptions) {
    const { clock, from, wanted, minMs, maxMs, onTimeout } = options;
    this.options = options;
    this.startMs = clock.now();
    this.known.add(from);
    this.timer = clock.schedule(wanted < 1 ? minMs : maxMs, onTimeout, 0);
  }

  /** Somebody suspects it too. Whether that is news; once there are as many as are wanted, nothing is. */
  confirm(from: string): boolean {
    const { clock, wanted, minMs, maxMs, onTimeout } = this.options;
    if (this.confirmations >= wanted || this.known.has(from)) return false;
    this.known.add(from);
    this.confirmations++;
    clock.cancel(this.timer);
    const endMs = this.startMs + suspicionMs(this.confirmations, wanted, minMs, maxMs);
    this.timer = clock.schedule(Math.max(endMs - clock.now(), 0), onTimeout, 0);
    return true;
  }

  stop(): void {
    this.options.clock.cancel(this.timer);
  }
}

/** In whole milliseconds, as memberlist's remainingSuspicionTime. */
export function suspicionMs(confirmations: number, wanted: number, minMs: number, maxMs: number): number {
  const share = Math.log(confirmations + 1) / Math.log(wanted + 1);
  return Math.max(minMs, Math.floor(maxMs - share * (maxMs - minMs)));
}
