import type { TrialConfig } from '../sim/config.ts';
import type { Site, Values } from './blocks.ts';
import type { documentFields } from './document.ts';
import { resolveFaults } from './faults.ts';
import { limits } from './limits.ts';
import { checkLocality } from './locality.ts';
import { canCheck } from './registries/index.ts';
import type { Precision, Scenario } from './scenario.ts';
import { checkSubset } from './subset.ts';
import type { ScopedThreshold } from './threshold_block.ts';
import { formatDuration } from './units.ts';

type Fields = ReturnType<typeof documentFields>;
type Read = { readonly [K in keyof Fields]: Values<Fields>[K] | undefined };

/** A scenario at one point of its matrix, all defaults filled in. */
export interface Point extends Omit<Scenario, 'columns' | 'thresholds'> {
  readonly thresholds: readonly ScopedThreshold[];
  readonly strategy: string;
  readonly trial: TrialConfig;
}

/** Where a study for precision ends if the scenario does not say. */
export const DEFAULT_MAX_REPLICATIONS = 100;

/** Reports what is wrong between the parts of a scenario. */
export function checkTrial(values: Read, site: Site<Fields>): void {
  const { duration, warmup, load } = values;
  if (duration !== undefined && warmup !== undefined && warmup >= duration) {
    const message = `expected warmup to end before the duration of ${formatDuration(duration)}, found ${formatDuration(warmup)}`;
    site.report('warmup', message, 'lower warmup or raise duration');
  }
  const requests = (load?.ratePerMs ?? 0) * (duration ?? 0);
  if (requests > limits.requests) {
    const message = `expected at most ${limits.requests} requests in a run, found ${Math.round(requests)}`;
    site.report('load', message, 'lower rate or duration');
  }
  checkReplications(values, site);
  checkPairs(values, site);
  checkGossip(values, site);
  checkLoadBalancer(values, site);
  checkWhoChecks(values, site);
  resolveFaults(values.faults ?? [], values.instances, duration, site.reading);
}

function checkReplications({ seed, replications, precision, maxReplications }: Read, site: Site<Fields>): void {
  if (maxReplications != null && precision !== undefined && precision.length === 0 && !site.has('precision')) {
    const message = `expected precision beside maxReplications, found no such key`;
    site.reportKey('maxReplications', message, 'add precision: { latency.p99: 2% }, or write replications instead');
  }
  if (replications === undefined) return;
  if (maxReplications != null && maxReplications < replications) {
    const message = `expected at least the replications, ${replications}, found ${maxReplications}`;
    site.report('maxReplications', message, `write ${replications} or more`);
  }
  const most = mostReplications(replications, precision ?? [], maxReplications ?? null);
  if (seed !== undefined && seed > Number.MAX_SAFE_INTEGER - most + 1) {
    const last = most === replications ? 'replications' : 'maxReplications';
    const message = `expected the last seed, seed + ${last} - 1, to be at most ${Number.MAX_SAFE_INTEGER}`;
    site.report('seed', message, 'write a smaller seed');
  }
}

function mostReplications(replications: number, precision: readonly Precision[], written: number | null): number {
  return precision.length === 0 ? replications : Math.max(replications, written ?? DEFAULT_MAX_REPLICATIONS);
}

function checkPairs({ instances, callers }: Read, site: Site<Fields>): void {
  if (instances === undefined || callers === undefined) return;
  const workers = callers[0]?.workers ?? 1;
  const pairs = callers.length * instances.instances.length * workers;
  if (pairs <= limits.pairs) return;
  const found = `${callers.length} x ${instances.instances.length}${workers > 1 ? ` x ${workers} workers` : ''}`;
  const message = `expected at most ${limits.pairs} pairs of callers and instances, found ${found}`;
  const fix = 'lower one of them: each caller keeps its own view, health checks included, of each instance';
  site.report(site.has('callers') ? 'callers' : 'instances', message, fix);
}

function checkGossip({ instances, callers, gossip }: Read, site: Site<Fields>): void {
  if (instances === undefined || callers === undefined || !gossip) return;
  const members = instances.instances.length + callers.length;
  if (members <= limits.gossipMembers) return;
  const message = `expected at most ${limits.gossipMembers} members of the group that gossips, found ${members}: all instances and all callers`;
  site.report('gossip', message, 'lower their number: each member keeps a record of each other');
}

function checkWhoChecks({ registry, healthCheck }: Read, site: Site<Fields>): void {
  if (registry === undefined || healthCheck == null || canCheck(registry.kind, healthCheck.by)) return;
  const message = `expected checks by somebody who can tell a registry of kind ${registry.kind}, found by: ${healthCheck.by}`;
  site.report('healthCheck', message, 'write by: node or by: caller, or another kind of registry');
}

function checkLoadBalancer({ instances, callers, loadBalancer }: Read, { reading }: Site<Fields>): void {
  if (instances === undefined || loadBalancer === undefined) return;
  const { locality, subset } = loadBalancer;
  if (subset !== null) checkSubset(subset, instances, reading);
  if (locality !== null && callers !== undefined) checkLocality(locality, instances, callers, reading);
}

export function makeTrial(values: Values<Fields>, site: Site<Fields>): Point {
  const { name, description, seed, replications, precision, thresholds, impact, loadBalancer, instances } = values;
  const { policy, settings } = loadBalancer;
  const trial: TrialConfig = {
    durationMs: values.duration,
    warmupMs: values.warmup,
    instances: instances.instances,
    callers: values.callers,
    load: values.load,
    networkLatency: values.network,
    discoveryLag: values.discovery,
    registry: values.registry,
    strategy: { name: policy.name, options: policy.options },
    loadBalancer: settings,
    healthCheck: values.healthCheck,
    outlierDetection: values.outlierDetection,
    failureAccrual: values.failureAccrual,
    heartbeat: values.heartbeat,
    gossip: values.gossip,
    request: values.request,
    // Their problems were reported by the check, which comes before.
    faults: site.reading.collect(() => resolveFaults(values.faults, instances, undefined, site.reading)).value,
  };
  const maxReplications = mostReplications(replications, precision, values.maxReplications);
  const study = { name, description, seed, replications, precision, maxReplications, thresholds, impact };
  return { ...study, strategy: policy.label, trial };
}
