import { formatDuration } from '../scenario/units.ts';
import type { FaultConfig } from '../sim/config.ts';
import { evictionLimit, renewalThreshold } from '../sim/registries/eureka/server.ts';
import type { RegistrySettings } from '../sim/registries/settings.ts';
import type { Check } from './warnings.ts';

const idleReaper: Check = ({ trial: { registry, healthCheck } }) => {
  if (registry.kind !== 'consul' || registry.deregisterCriticalServiceAfterMs === null) return null;
  if (registry.ttlCheck !== null || healthCheck?.by === 'node') return null;
  return {
    cause: 'registry.deregisterCriticalServiceAfter takes out instances whose checks fail, and nothing checks them',
    effect: 'no instance is ever taken out',
    next: 'add registry.ttl, or a healthCheck by: node',
  };
};

/** Without leases and checks a registry lists whoever registered, so there is little for its outage to hide. */
const deafRegistry: Check = ({ trial: { registry, healthCheck, outlierDetection, faults } }) => {
  if (registry.kind !== 'memory' || registry.lease !== null) return null;
  if (healthCheck !== null || outlierDetection !== null) return null;
  if (!faults.some(({ action }) => action.kind === 'registry')) return null;
  return {
    cause: 'there is an outage of the registry, and one in memory without leases and checks hears of no crash',
    effect: 'the outage hides nothing but restarts',
    next: 'give the registry a ttl, or add a healthCheck by: node',
  };
};

/** Nobody has passed a check when a run begins, and what caches hold then is that. */
const emptyCaches: Check = ({ trial: { registry, healthCheck, warmupMs } }) => {
  if (healthCheck === null || healthCheck.by === 'caller') return null;
  const keptMs = keptInCachesMs(registry);
  if (warmupMs >= keptMs) return null;
  return {
    cause: `checks by ${healthCheck.by} tell the ${registry.kind} registry who passes, and callers keep what it said first, that nobody does, for up to ${formatDuration(keptMs)}`,
    effect: 'requests measured until then may find no instance',
    next: `make warmup ${formatDuration(keptMs)} and the first check longer`,
  };
};

function keptInCachesMs(registry: RegistrySettings): number {
  if (registry.kind === 'dns') return Math.max(registry.ttlMs, registry.negativeTtlMs ?? 0);
  return registry.kind === 'eureka' ? registry.responseCacheUpdateIntervalMs + registry.registryFetchIntervalMs : 0;
}

const MINUTE_MS = 60_000;

/** Self-preservation counts heartbeats of the last minute: in a small fleet, one that is silent is too large a share. */
const preservedForEver: Check = ({ trial: { registry, instances, healthCheck, faults } }) => {
  if (registry.kind !== 'eureka' || !faults.some(isSilent)) return null;
  // Checks by others than callers take it out of all views.
  if (healthCheck !== null && healthCheck.by !== 'caller') return null;
  const { length } = instances;
  const effect = 'nobody is ever evicted: an instance that dies without a word stays in all views';
  if (evictionLimit(length, registry) === 0) {
    return {
      cause: `registry.renewalPercentThreshold is 100%, so a pass of eureka may evict none of ${length} instances`,
      effect,
      next: 'lower renewalPercentThreshold',
    };
  }
  // A shorter lease may run out while the last whole minute is one in which everybody was well.
  if (!registry.selfPreservation || registry.leaseDurationMs < MINUTE_MS) return null;
  const heartbeats = (length - 1) * Math.ceil(MINUTE_MS / registry.renewalIntervalMs);
  const threshold = renewalThreshold(length, registry);
  if (heartbeats > threshold) return null;
  return {
    cause: `with one of ${length} instances silent eureka hears ${heartbeats} heartbeats a minute, and evicts nobody unless there are more than ${threshold}`,
    effect,
    next: 'write selfPreservation: false, lower renewalPercentThreshold, or add instances',
  };
};

/** Sends no heartbeats. */
function isSilent({ action: { kind } }: FaultConfig): boolean {
  return kind === 'crash' || kind === 'blackhole' || kind === 'hang';
}

export const registryChecks: readonly Check[] = [idleReaper, deafRegistry, emptyCaches, preservedForEver];
