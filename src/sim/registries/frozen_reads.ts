import type { Snapshot } from '../../registry/discovery.ts';
import type { Outages } from './outages.ts';
import type { RegistryOutage } from './registry_system.ts';

/** What those who ask a registry are answered during its outages. */
export interface FrozenReads {
  /** To be told of every outage, before `outages` is. */
  set(mode: RegistryOutage, on: boolean): void;
  /** What somebody in that zone is answered now; null: nothing. */
  read(zone: string | null): Snapshot | null;
}

/** `current`: what the registry would answer. While it is stale it answers what it would have when that began. */
export function frozenReads(outages: Outages, current: () => Snapshot): FrozenReads {
  let stale = 0;
  let frozen: Snapshot | null = null;
  return {
    set(mode, on) {
      if (mode !== 'stale') return;
      if (on && stale++ === 0) frozen = current();
      if (!on && --stale === 0) frozen = null;
    },
    read: (zone) => (outages.cutsOff(zone) ? null : (frozen ?? current())),
  };
}
