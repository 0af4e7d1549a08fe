import { CONSUL_MIN_INTERVAL_MS, type HealthCheckSettings, startsHealthy } from '../health/checks/settings.ts';
import type { SeriesRow } from '../metrics/measures.ts';
import type { TrialConfig } from '../sim/config.ts';

/** Points of the law's curve. */
const POINTS = 100;
/** Each jitter counts as that many values, evenly spread. */
const VALUES = 32;
/** More failures in a row than that, and their jitters are a normal law that nobody asked for. */
const MOST_FAILURES = 20;

/**
 * How long callers take to notice that an instance is down where checks alone can tell them, as a distribution function: by
 * the rules of each system from a random phase, network latency neglected (theory.md, Detection). With interval I and jitter
 * J, the probe that first meets the failure leaves after the residual of X = I + U(0, J), whose density is P(X > x) / E[X];
 * threshold k asks for k - 1 further gaps and their jitter. A refusal is known at once, silence after the timeout each time,
 * and the gap follows the verdict. What a node or the registry finds, callers hear
 * after the lag of discovery; they then learn of it together, and the law is that of any one of them. null where something
 * else may turn a belief, or where the check has no such law.
 */
export function detectionLaw(trial: TrialConfig): { fault: string; cdf: (ms: number) => number; maxMs: number } | null {
  const { healthCheck, faults } = trial;
  const [fault] = faults;
  if (faults.length !== 1 || (fault.when.kind !== 'at' && fault.when.kind !== 'repeated')) return null;
  if (fault.action.kind !== 'crash' && fault.action.kind !== 'blackhole') return null;
  if (healthCheck === null || healthCheck.through !== 'port' || healthCheck.restarts !== undefined) return null;
  const timing = timingOf(healthCheck.settings);
  const lagMs = lagOf(trial);
  if (!isAlone(trial) || timing === null || lagMs === null) return null;
  const { intervalMs, jitterMs, gapMs, threshold } = timing;
  // Who begins as healthy may be found out by a single failure, until a check has passed.
  if (startsHealthy(healthCheck.settings) && fault.when.atMs < 2 * intervalMs) return null;
  const silenceMs = fault.action.kind === 'crash' ? 0 : timing.timeoutMs;
  const gaps = threshold - 1;
  const leastMs = silenceMs + gaps * (gapMs + silenceMs) + lagMs;
  const maxMs = leastMs + intervalMs + jitterMs + gaps * jitterMs;
  if (fault.when.forMs < maxMs) return null;
  const jitters = sumOfJitters(gaps, jitterMs);
  const cdf = (ms: number) =>
    jitters.reduce(
      (sum, { extraMs, share }) => sum + share * residual(ms - leastMs - extraMs, intervalMs, jitterMs),
      0,
    );
  return { fault: `${fault.action.kind}#0`, cdf, maxMs };
}

interface Timing {
  readonly intervalMs: number;
  readonly jitterMs: number;
  /** From the verdict of a failure to the next check. */
  readonly gapMs: number;
  readonly timeoutMs: number;
  readonly threshold: number;
}

/** Of checks that have a law; null of others. */
function timingOf(settings: HealthCheckSettings): Timing | null {
  switch (settings.system) {
    case 'envoy': {
      const { intervalMs, timeoutMs, intervalJitterMs: jitterMs = 0, unhealthyThreshold: threshold } = settings;
      if (settings.noTrafficIntervalMs !== undefined || (settings.intervalJitterPercent ?? 0) > 0) return null;
      if (threshold > MOST_FAILURES) return null;
      const gapMs = settings.unhealthyEdgeIntervalMs ?? settings.unhealthyIntervalMs ?? intervalMs;
      return { intervalMs, jitterMs, gapMs, timeoutMs, threshold };
    }
    case 'haproxy': {
      const { interMs: intervalMs, fall: threshold } = settings;
      // With fastinter all first checks fall into the first of them, and phases stay close (registries.md 2.3).
      if (settings.fastinterMs !== null || settings.spreadChecksPercent > 0 || settings.observe !== null) return null;
      const timeoutMs = settings.timeoutMs ?? intervalMs;
      return { intervalMs, jitterMs: 0, gapMs: intervalMs, timeoutMs, threshold };
    }
    case 'consul': {
      const intervalMs = Math.max(settings.intervalMs, CONSUL_MIN_INTERVAL_MS);
      const threshold = Math.max(settings.failuresBeforeCritical, 1);
      return {
        intervalMs,
        jitterMs: 0,
        gapMs: intervalMs,
        timeoutMs: settings.timeoutMs,
        threshold,
      };
    }
    case 'kubernetes':
      // A node knows of its own that a process died.
      return null;
  }
}

/** Whether nothing but checks can tell callers of a failure: no lease runs out, no agent falls silent. */
function isAlone({
  outlierDetection,
  failureAccrual,
  heartbeat,
  gossip,
  loadBalancer,
  registry,
}: TrialConfig): boolean {
  const others = [outlierDetection, failureAccrual, heartbeat, gossip, loadBalancer.connections];
  return others.every((one) => one === null) && registry.kind === 'memory' && registry.lease === null;
}

/**
 * From what a check finds until a caller knows; null where that has no such law. A lag that varies has none: the news comes
 * with whichever version arrives first. With its host an agent is lost, too.
 */
function lagOf({ healthCheck, discoveryLag, faults }: TrialConfig): number | null {
  if (healthCheck?.by === 'node' && faults[0].action.kind === 'blackhole') return null;
  if (healthCheck?.by === 'caller' || discoveryLag === null) return 0;
  return discoveryLag.kind === 'constant' ? discoveryLag.valueMs : null;
}

/** The law as rows of series.csv: at `tMs` after going down, the share that has noticed. */
export function* detectionRows(trial: TrialConfig): Generator<SeriesRow> {
  const law = detectionLaw(trial);
  if (law === null) return;
  for (let i = 0; i <= POINTS; i++) {
    const tMs = (law.maxMs * i) / POINTS;
    yield { tMs, metric: 'detect_law', subject: law.fault, value: law.cdf(tMs) };
  }
}

/** The probability that what is left of an interval I + U(0, J), met at random, is at most `ms`. */
function residual(ms: number, intervalMs: number, jitterMs: number): number {
  const mean = intervalMs + jitterMs / 2;
  if (ms <= 0) return 0;
  if (ms <= intervalMs) return ms / mean;
  const over = Math.min(ms - intervalMs, jitterMs);
  return jitterMs === 0 ? 1 : (intervalMs + over - over ** 2 / (2 * jitterMs)) / mean;
}

/** The law of a sum of so many U(0, J), each taken as evenly spread values. */
function sumOfJitters(count: number, jitterMs: number): { extraMs: number; share: number }[] {
  if (jitterMs === 0) return [{ extraMs: 0, share: 1 }];
  let shares = [1];
  for (let i = 0; i < count; i++) {
    const next = new Array<number>(shares.length + VALUES - 1).fill(0);
    for (const [at, share] of shares.entries()) for (let v = 0; v < VALUES; v++) next[at + v] += share / VALUES;
    shares = next;
  }
  return shares.map((share, at) => ({ extraMs: ((at + count / 2) * jitterMs) / VALUES, share }));
}
