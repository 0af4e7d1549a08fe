import type { RegistryOutage } from './registry_system.ts';

/** The outages of a registry that are in force. They overlap by union. */
export interface Outages {
  /** One begins or ends. */
  set(mode: RegistryOutage, zone: string | null, on: boolean): void;
  /** Nobody reaches it, and it does nothing. */
  isDown(): boolean;
  /** Whoever reads is told what was true. */
  isStale(): boolean;
  /** Whether those of this zone cannot reach it. */
  cutsOff(zone: string | null): boolean;
  /** Whether callers of this zone hear nothing new: cut off, or answered with what was true. */
  blinds(zone: string | null): boolean;
}

export function createOutages(): Outages {
  let down = 0;
  let stale = 0;
  /** By zone; null stands for all. */
  const partitions = new Map<string | null, number>();
  const isPartitioned = (zone: string | null): boolean =>
    (partitions.get(null) ?? 0) > 0 || (zone !== null && (partitions.get(zone) ?? 0) > 0);
  const cutsOff = (zone: string | null): boolean => down > 0 || isPartitioned(zone);
  return {
    set(mode, zone, on) {
      const step = on ? 1 : -1;
      if (mode === 'down') down += step;
      else if (mode === 'stale') stale += step;
      else partitions.set(zone, (partitions.get(zone) ?? 0) + step);
    },
    isDown: () => down > 0,
    isStale: () => stale > 0,
    cutsOff,
    blinds: (zone) => stale > 0 || cutsOff(zone),
  };
}
