import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';

export interface Connection {
  isOpen(): boolean;
  /** It has been cut: tries again and again until somebody answers. Does nothing where it is cut already. */
  cut(): void;
}

/** gRPC's connection back-off (doc/connection-backoff.md): 1 s, times 1.6, at most 120 s, each 20 % longer or shorter at random. */
const BASE_MS = 1000;
const MULTIPLIER = 1.6;
const MAX_MS = 120_000;
const JITTER = 0.2;

/** A gRPC client's connection to a system that may be away. `canReach`: whether an attempt succeeds now. */
export function createConnection(
  clock: Clock,
  random: Random,
  canReach: () => boolean,
  onReopened: () => void,
): Connection {
  let open = true;
  const attempt = (backoffMs: number): void => {
    if (canReach()) {
      open = true;
      onReopened();
      return;
    }
    const delayMs = backoffMs * (1 - JITTER + 2 * JITTER * random.unit());
    clock.schedule(delayMs, () => attempt(Math.min(backoffMs * MULTIPLIER, MAX_MS)), 0);
  };
  return {
    isOpen: () => open,
    cut() {
      if (!open) return;
      open = false;
      attempt(BASE_MS);
    },
  };
}
