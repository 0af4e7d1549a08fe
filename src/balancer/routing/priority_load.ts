import { invariant } from '../../core/assert.ts';
import type { PrioritySet } from './priority_set.ts';
import { wholePercents } from './whole_percents.ts';

/** Envoy's ClusterLoadAssignment.Policy.overprovisioning_factor. */
const OVERPROVISIONING_PERCENT = 140;

/** The hosts of one priority, those of weight 0 left out. */
export interface HostCounts {
  readonly hosts: number;
  /** Of `hosts`: those that count neither as available nor in the total, though panic still uses them. */
  readonly excluded: number;
  readonly healthy: number;
  readonly degraded: number;
}

/** What the load of a priority is worked out from. */
export interface PriorityCounts extends HostCounts {
  /** Sums of weights over the same hosts: present where the health score goes by weight (Envoy's weighted_priority_health). Panic goes by hosts even so. */
  readonly weights?: HostCounts;
}

export interface PriorityRules {
  /** A priority counts as fully healthy while this percentage of its healthy hosts covers all of them. Default 140. */
  readonly overprovisioningPercent?: number;
  /** Share of available hosts, 0 to 1, in whole percents below which a priority panics; 0: never. */
  readonly panicThreshold: number;
}

/** Percentages of all load, whole numbers that sum to 100 over both lists. Priority 0 is the first. */
export interface PriorityLoads {
  /** To the healthy hosts of each priority; where it panics, to all of its hosts. */
  readonly healthy: readonly number[];
  readonly degraded: readonly number[];
  /** Whether the priority disregards health. As in Envoy one without hosts may do so, unless there are no hosts at all. */
  readonly panic: readonly boolean[];
}

export interface RetryLoads extends PriorityLoads {
  /** No priority was left that had not been attempted, so all of them count again: forget the attempts. */
  readonly restarted: boolean;
}

/** How well each priority can serve, in whole percent. */
interface Scores {
  readonly healthy: readonly number[];
  readonly degraded: readonly number[];
  /** Their sum, 100 at most: Envoy's normalized total availability. */
  readonly available: number;
}

/**
 * Envoy's loads (load_balancer_impl.cc: recalculatePerPriorityState, recalculatePerPriorityPanic,
 * recalculateLoadInTotalPanic), in its truncating whole numbers. Of its documentation two rows do not follow from its
 * code, which is what counts here: 25% / 25% / 20% healthy, and 5% / 65%.
 */
export function priorityLoads(counts: readonly PriorityCounts[], rules: PriorityRules): PriorityLoads {
  invariant(counts.length > 0, 'there is at least one priority, found none');
  const scores = scoresOf(counts, rules);
  const allHosts = counts.reduce((sum, { hosts }) => sum + hosts, 0);
  const mayPanic = scores.available < 100 && allHosts > 0;
  const panic = counts.map((priority) => mayPanic && tooFewAvailable(priority, rules.panicThreshold));
  if (panic.every(Boolean)) return { ...loadsByHosts(counts, allHosts), panic };
  // Nobody is available and nobody panics: the load has to be somewhere, and nobody will be found there.
  if (scores.available === 0) return { ...onlyTo(counts.length, 0, 'healthy'), panic };

  const healthy = zeros(counts.length);
  const degraded = zeros(counts.length);
  let left = distribute(100, scores.healthy, scores.available, healthy);
  left = distribute(left, scores.degraded, scores.available, degraded);
  addRounding(left, scores.healthy.some(isPositive) ? [healthy, scores.healthy] : [degraded, scores.degraded]);
  return { healthy, degraded, panic };
}

/**
 * gRPC's all-or-nothing failover (proposal A56): everything goes to the first priority with somebody available, to its
 * degraded hosts only where none is healthy. Nobody available: to the last with hosts, where it has looked in vain at last. Never
 * panics. gRPC waits for a priority that connects, for 10 s at most: see `ConnectedPriorities`; here nobody connects, and it never waits.
 */
export function failoverLoads(counts: readonly HostCounts[]): PriorityLoads {
  invariant(counts.length > 0, 'there is at least one priority, found none');
  const available = counts.findIndex(({ healthy, degraded }) => healthy + degraded > 0);
  if (available >= 0) {
    const list = counts[available]?.healthy === 0 ? 'degraded' : 'healthy';
    return loadsOnly(counts.length, available, list);
  }
  const last = counts.findLastIndex(({ hosts }) => hosts > 0);
  return loadsOnly(counts.length, Math.max(0, last), 'healthy');
}

/** All load to the hosts of that quality of one priority, without panic. */
export function loadsOnly(length: number, priority: number, list: 'healthy' | 'degraded'): PriorityLoads {
  return { ...onlyTo(length, priority, list), panic: new Array<boolean>(length).fill(false) };
}

/**
 * Envoy's previous_priorities retry plugin (adjustForAttemptedPriorities): the loads with the attempted priorities taken
 * for unavailable. Nobody available anywhere: the loads of a first attempt. Panic is as for a first attempt.
 */
export function previousPrioritiesLoads(
  counts: readonly PriorityCounts[],
  attempted: PrioritySet,
  rules: PriorityRules,
): RetryLoads {
  const original = priorityLoads(counts, rules);
  const all = scoresOf(counts, rules);
  const others = without(attempted, all);
  const restarted = others.available === 0;
  const scores = restarted ? all : others;
  if (scores.available === 0) return { ...original, restarted };

  const healthy = zeros(counts.length);
  const degraded = zeros(counts.length);
  // What rounding leaves goes round again.
  for (let left = 100; left > 0; ) {
    left = distribute(left, scores.healthy, scores.available, healthy);
    left = distribute(left, scores.degraded, scores.available, degraded);
  }
  return { healthy, degraded, panic: original.panic, restarted };
}

/**
 * Which priority these 32 bits select (Envoy's LoadBalancerBase::choosePriority): twice the priority, and 1
 * more where its degraded hosts are meant; -1 where the loads do not reach 100. Allocates nothing.
 */
export function choosePriority(selector: number, { healthy, degraded }: PriorityLoads): number {
  const bucket = ((selector >>> 0) % 100) + 1;
  let reached = 0;
  for (let priority = 0; priority < healthy.length; priority++) {
    reached += healthy[priority] as number;
    if (bucket <= reached) return 2 * priority;
  }
  for (let priority = 0; priority < degraded.length; priority++) {
    reached += degraded[priority] as number;
    if (bucket <= reached) return 2 * priority + 1;
  }
  return -1;
}

/**
 * Whether a new priority without hosts is made a second time, as if it had changed. Envoy makes it with a slip: its factor of
 * overprovisioning is taken for `weightedPriorityHealth`, and its own is the usual one (EdsClusterImpl::updateHostsPerLocality).
 */
export function remakesEmpty(settings: {
  readonly overprovisioningPercent: number;
  readonly weightedPriorityHealth: boolean;
}): boolean {
  return !settings.weightedPriorityHealth || settings.overprovisioningPercent !== OVERPROVISIONING_PERCENT;
}

function scoresOf(counts: readonly PriorityCounts[], rules: PriorityRules): Scores {
  const percent = rules.overprovisioningPercent ?? OVERPROVISIONING_PERCENT;
  const score = (available: (counts: HostCounts) => number) =>
    counts.map((priority) => {
      const { hosts, excluded } = priority.weights ?? priority;
      // By hosts: where all of them are excluded there is nobody to score.
      if (priority.hosts === priority.excluded || hosts === excluded) return 0;
      return Math.min(100, Math.trunc((percent * available(priority.weights ?? priority)) / (hosts - excluded)));
    });
  return withSum(
    score(({ healthy }) => healthy),
    score(({ degraded }) => degraded),
  );
}

function withSum(healthy: readonly number[], degraded: readonly number[]): Scores {
  const sum = (list: readonly number[]) => list.reduce((total, score) => total + score, 0);
  return { healthy, degraded, available: Math.min(100, sum(healthy) + sum(degraded)) };
}

/** The scores with the attempted priorities at 0. */
function without(attempted: PrioritySet, { healthy, degraded }: Scores): Scores {
  const others = (list: readonly number[]) => list.map((score, priority) => (attempted.has(priority) ? 0 : score));
  return withSum(others(healthy), others(degraded));
}

/** Envoy's isHostSetInPanic, for which the threshold is in whole percents. */
function tooFewAvailable({ hosts, excluded, healthy, degraded }: HostCounts, threshold: number): boolean {
  // Quotients: of 7 in 100 hosts it is 7/100, while 0.07 * 100 exceeds 7.
  return (hosts === excluded ? 0 : (healthy + degraded) / (hosts - excluded)) < wholePercents(threshold) / 100;
}

/** Every priority panics: each gets its share of hosts, whatever their state; rounding goes to the first with hosts. */
function loadsByHosts(counts: readonly HostCounts[], allHosts: number): Omit<PriorityLoads, 'panic'> {
  const hosts = counts.map((priority) => priority.hosts);
  const healthy = hosts.map((count) => Math.trunc((100 * count) / allHosts));
  addRounding(100 - healthy.reduce((sum, load) => sum + load, 0), [healthy, hosts]);
  return { healthy, degraded: zeros(counts.length) };
}

/** Adds to `loads` in order, each its score out of what is available, until nothing is left; what is. */
function distribute(load: number, scores: readonly number[], available: number, loads: number[]): number {
  let left = load;
  for (const [priority, score] of scores.entries()) {
    const part = Math.min(left, Math.trunc((score * 100) / available));
    loads[priority] = (loads[priority] as number) + part;
    left -= part;
  }
  return left;
}

/** What rounding left goes to the first whose claim is above 0. */
function addRounding(left: number, [loads, claims]: readonly [number[], readonly number[]]): void {
  const first = claims.findIndex(isPositive);
  loads[first] = (loads[first] as number) + left;
}

function onlyTo(length: number, priority: number, list: 'healthy' | 'degraded'): Omit<PriorityLoads, 'panic'> {
  const all = zeros(length);
  all[priority] = 100;
  return list === 'healthy' ? { healthy: all, degraded: zeros(length) } : { healthy: zeros(length), degraded: all };
}

const zeros = (length: number): number[] => new Array<number>(length).fill(0);
const isPositive = (value: number): boolean => value > 0;
