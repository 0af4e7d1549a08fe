import type { SeriesRow } from '../metrics/measures.ts';
import type { TrialConfig } from '../sim/config.ts';

/** Points of the law's curve. */
const POINTS = 100;
/** Each jitter counts as that many values, evenly spread. */
const VALUES = 32;
/** More failures in a row than that, and their jitters are a normal law that nobody asked for. */
const MOST_FAILURES = 20;

/**
 * How long a caller's check of its own takes to notice that an instance is down, as a distribution function: by Envoy's
 * rules from a random phase, network latency neglected (theory.md, Detection). With interval I and jitter J, the probe that
 * first meets the failure leaves after the residual of X = I + U(0, J), whose density is P(X > x) / E[X]; threshold k asks
 * for k - 1 further gaps of the edge interval and jitter. A refusal is known at once, silence after the timeout each time.
 * null where something else may turn a belief, or where the check has no such law.
 */
export function detectionLaw(trial: TrialConfig): { fault: string; cdf: (ms: number) => number; maxMs: number } | null {
  const { healthCheck, faults, outlierDetection, failureAccrual, heartbeat, gossip } = trial;
  const [fault] = faults;
  if (faults.length !== 1 || (fault.when.kind !== 'at' && fault.when.kind !== 'repeated')) return null;
  if (fault.action.kind !== 'crash' && fault.action.kind !== 'blackhole') return null;
  if (outlierDetection !== null || failureAccrual !== null || heartbeat !== null || gossip !== null) return null;
  if (healthCheck === null || healthCheck.by !== 'caller' || healthCheck.through !== 'port') return null;
  const { settings, restarts } = healthCheck;
  if (settings.system !== 'envoy' || restarts !== undefined || settings.noTrafficIntervalMs !== undefined) return null;
  const { intervalMs, intervalJitterMs: jitterMs = 0, unhealthyThreshold } = settings;
  if ((settings.intervalJitterPercent ?? 0) > 0 || unhealthyThreshold > MOST_FAILURES) return null;
  const edgeMs = settings.unhealthyEdgeIntervalMs ?? settings.unhealthyIntervalMs ?? intervalMs;
  const silenceMs = fault.action.kind === 'crash' ? 0 : settings.timeoutMs;
  const gaps = unhealthyThreshold - 1;
  const leastMs = silenceMs + gaps * (edgeMs + silenceMs);
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
