import type { Instance } from '../../../src/core/instance.ts';
import type { Random } from '../../../src/core/random.ts';
import type { Discovery, Snapshot } from '../../../src/registry/discovery.ts';
import type { ManualClock } from '../../helpers/manual_clock.ts';

/** Instances `i-1`, `i-2`, ... of one zone. */
export function members(count: number, zone: string | null = null): Instance[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `i-${i + 1}`,
    address: `10.0.0.${i + 1}:80`,
    zone,
    weight: 1,
  }));
}

/** A stream whose every unit is `u`, and so every fork's: phases at a known place. */
export function steady(u: number): Random {
  const random: Random = {
    uint32: () => Math.floor(u * 2 ** 32),
    int32: () => Math.floor(u * 2 ** 32) | 0,
    uint64: (halves) => void halves.fill(Math.floor(u * 2 ** 32)),
    unit: () => u,
    int: (n) => Math.floor(u * n),
    exponential: (mean) => mean,
    fork: () => random,
  };
  return random;
}

/** What one caller saw: when, which ids, and how old its evidence was. */
export interface Seen {
  readonly atMs: number;
  readonly ids: string;
  readonly version: number;
  readonly evidenceAtMs: number;
}

/** Watches from now on. Ids are told as `1 2 4`. */
export function watcher(clock: ManualClock, discovery: Discovery): Seen[] {
  const seen: Seen[] = [];
  discovery.watch('trial', ({ version, evidenceAtMs, instances }: Snapshot) =>
    seen.push({
      atMs: Math.round(clock.now() * 1e6) / 1e6,
      ids: instances.map(({ id }) => id.slice(2)).join(' '),
      version,
      evidenceAtMs,
    }),
  );
  return seen;
}

/** When each set was seen. */
export function timeline(seen: readonly Seen[]): [number, string][] {
  return seen.map(({ atMs, ids }) => [atMs, ids]);
}
