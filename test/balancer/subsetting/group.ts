import type { Host } from '../../../src/balancer/host.ts';
import type { RegisteredSubsetting, Subsetting } from '../../../src/balancer/subsetting/subsetting.ts';
import { Connectivity } from '../../../src/core/connectivity.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { type Random, randomStream } from '../../../src/core/random.ts';

/** Healthy hosts h0, h1, ... of these weights. */
export function hostsOf(weights: readonly number[]): Host[] {
  return weights.map((weight, i) => ({
    instance: { id: `h${i}`, address: `h${i}:80`, zone: null, weight },
    slot: i,
    weight,
    reweighed: 0,
    forgotten: 0,
    connection: Connectivity.ready,
    priority: 0,
    inFlight: 0,
    placeless: 0,
    latest: { healthy: true, degraded: false, excluded: false, connection: Connectivity.ready },
    limit: Infinity,
    queued: 0,
    healthy: true,
    degraded: false,
    excluded: false,
    tried: false,
    pickable: true,
    present: true,
  }));
}

/** The subsetting of one caller of a group. */
export function callerOf(
  kind: RegisteredSubsetting,
  options: WrittenOptions,
  caller: number,
  callers: number,
  random: Random = randomStream(`caller-${caller}`),
): Subsetting {
  return kind.create({
    options,
    random,
    shared: random,
    toldInVain: false,
    common: randomStream('group'),
    caller,
    callers,
  });
}

/** What each caller of a group selects of these hosts. */
export function selections(
  kind: RegisteredSubsetting,
  options: WrittenOptions,
  callers: number,
  hosts: readonly Host[],
): (readonly number[])[] {
  return Array.from({ length: callers }, (_, caller) => callerOf(kind, options, caller, callers).select(hosts));
}

/** Per host, the sum of what the callers use of it. */
export function used(selected: readonly (readonly number[])[]): number[] {
  return selected[0].map((_, i) => selected.reduce((sum, factors) => sum + factors[i], 0));
}

/** The indexes of the hosts that are used. */
export function subset(factors: readonly number[]): number[] {
  return factors.flatMap((factor, i) => (factor > 0 ? [i] : []));
}

/** The difference of the largest and the smallest. */
export function spread(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}
