import type { FaultTarget, TrialConfig } from './config.ts';
import { faultProblems } from './faults/check_faults.ts';

/**
 * Refuses a trial that could not run, or would run for ever: for callers of the library, since a scenario file has been
 * through the validator. Throws one RangeError that names everything found.
 */
export function checkTrial(trial: TrialConfig): void {
  const problems: string[] = [];
  const need = (holds: boolean, what: string, found: unknown): void => {
    if (!holds) problems.push(`${what}, found ${String(found)}`);
  };
  const { durationMs, warmupMs, instances, callers, load, request, loadBalancer, registry } = trial;
  const { panicThreshold } = loadBalancer;
  need(
    warmupMs >= 0 && warmupMs < durationMs && durationMs < Infinity,
    'warmupMs must be from 0 to below durationMs',
    `${warmupMs} and ${durationMs}`,
  );
  need(load.ratePerMs > 0 && load.ratePerMs < Infinity, 'load.ratePerMs must be above 0', load.ratePerMs);
  need(load.keys === null || load.keys.count >= 1, 'load.keys.count must be at least 1', load.keys?.count);
  need(panicThreshold >= 0 && panicThreshold <= 1, 'loadBalancer.panicThreshold must be from 0 to 1', panicThreshold);
  // Infinity: not written. What is written must fit into what is written around it.
  const timeouts = [request.connectTimeoutMs, request.perTryTimeoutMs, request.timeoutMs];
  const written = timeouts.filter((ms) => ms !== Infinity);
  need(
    written.every((ms, i) => ms > 0 && (i === 0 || ms >= written[i - 1])),
    'request: timeouts must be 0 < connect <= per try <= overall',
    timeouts.join(', '),
  );
  need(Number.isInteger(request.retries) && request.retries >= 0, 'request.retries must be a count', request.retries);
  const { heartbeat, gossip } = trial;
  need(isShare(heartbeat?.loss ?? 0), 'heartbeat.loss must be from 0 to below 1', heartbeat?.loss);
  need(isShare(gossip?.loss ?? 0), 'gossip.loss must be from 0 to below 1', gossip?.loss);
  for (const [name, value] of numbersIn(registry)) {
    // A latency may be nothing; an interval may not, or a run would never end.
    const isFine = value < Infinity && (value > 0 || (value === 0 && mayBeNothing(name)));
    need(isFine, `registry.${name} must be above 0`, value);
  }
  need(callers.length > 0, 'callers must not be empty', callers.length);
  need(instances.length > 0, 'instances must not be empty', instances.length);
  checkUnique('callers', callers, problems);
  checkUnique('instances', instances, problems);
  instances.forEach(({ weight, concurrency, queue }, i) => {
    need(weight >= 0 && weight < Infinity, `instances[${i}].weight must be at least 0`, weight);
    need(
      Number.isInteger(concurrency) && concurrency >= 1,
      `instances[${i}].concurrency must be at least 1`,
      concurrency,
    );
    need(queue >= 0, `instances[${i}].queue must be at least 0`, queue);
  });
  trial.faults.forEach(({ target, action, when }, i) => {
    need(
      targetsExist(target, instances.length),
      `faults[${i}].target must be among ${instances.length} instances`,
      JSON.stringify(target),
    );
    problems.push(...faultProblems({ target, action, when }, instances.length).map((what) => `faults[${i}]: ${what}`));
  });
  if (problems.length > 0) throw new RangeError(`this trial cannot run: ${problems.slice(0, 20).join('; ')}`);
}

function isShare(value: number): boolean {
  return value >= 0 && value < 1;
}

/** Settings of registries that may be 0 beside latencies: waits and shares, none of them the period of a loop. */
const waits = [
  'endpointUpdatesBatchPeriodMs',
  'minSyncPeriodMs',
  'registrationDelayMs',
  'responseCacheUpdateIntervalMs',
  'renewalPercentThreshold',
  'neverShare',
  'debounceAfterMs',
  'debounceMaxMs',
];

function mayBeNothing(name: string): boolean {
  return name.endsWith('LatencyMs') || waits.includes(name);
}

/** The numbers among the settings of a registry, those of its blocks included, but not those of distributions. */
function numbersIn(settings: object): [string, number][] {
  return Object.entries(settings).flatMap(([name, value]): [string, number][] => {
    if (typeof value === 'number') return [[name, value]];
    return typeof value === 'object' && value !== null && !('kind' in value) ? numbersIn(value) : [];
  });
}

function targetsExist(target: FaultTarget, count: number): boolean {
  if (target.kind === 'zone') return true;
  if (target.kind === 'count') return Number.isInteger(target.count) && target.count >= 0 && target.count <= count;
  return target.indexes.every((index) => Number.isInteger(index) && index >= 0 && index < count);
}

function checkUnique(what: string, list: readonly { readonly id: string }[], problems: string[]): void {
  const seen = new Set<string>();
  for (const { id } of list) {
    if (seen.has(id)) problems.push(`${what}: ids must be unique, found '${id}' twice`);
    seen.add(id);
  }
}
