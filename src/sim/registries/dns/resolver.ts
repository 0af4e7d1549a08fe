import type { Clock } from '../../../core/clock.ts';
import type { Random } from '../../../core/random.ts';
import type { Snapshot } from '../../../registry/discovery.ts';
import { everyPeriod } from '../ticks.ts';
import type { View } from '../version_log.ts';
import type { DnsSettings } from './settings.ts';

export interface ResolverOptions {
  readonly settings: DnsSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly view: View;
  /** Asks the zone's server; null: no answer. */
  readonly ask: () => Snapshot | null;
}

/**
 * One caller and the caching resolver it asks. What the cache holds when this starts is of an age U(0, ttl). The zone's
 * server is asked when the answer in the cache has run out and the caller wants one; without an answer callers go on
 * with what they had.
 */
export function resolve({ settings, clock, random, view, ask }: ResolverOptions): void {
  const { ttlMs, refreshMs, retryMs, empty } = settings;
  const negativeTtlMs = settings.negativeTtlMs ?? ttlMs;
  if (random.fork('never').unit() < settings.neverShare) return;
  let expiresAtMs = clock.now() + random.fork('age').unit() * ttlMs;

  /** Whether there was an answer. */
  function fetch(): boolean {
    const answer = ask();
    if (answer === null) return false;
    const isEmpty = answer.instances.length === 0;
    expiresAtMs = clock.now() + (isEmpty ? negativeTtlMs : ttlMs);
    if (!isEmpty || empty === 'apply') view.show(answer);
    return true;
  }
  const byTtl = (): void => {
    if (!view.isOpen) return;
    clock.schedule(fetch() ? expiresAtMs - clock.now() : retryMs, byTtl, 0);
  };
  if (refreshMs === null) {
    clock.schedule(expiresAtMs - clock.now(), byTtl, 0);
    return;
  }
  everyPeriod(clock, random.fork('refresh').unit() * refreshMs, refreshMs, () => {
    if (view.isOpen && clock.now() >= expiresAtMs) fetch();
  });
}
