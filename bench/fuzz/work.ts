import type { Scenario } from '../../src/scenario/scenario.ts';
import type { TrialConfig } from '../../src/sim/config.ts';

/** About how many events a scenario takes, from above: what is too much for a fuzzer is left to patient people. */
export function workOf({ columns, replications, precision, maxReplications, impact }: Scenario): number {
  const seeds = precision.length > 0 ? Math.max(replications, maxReplications) : replications;
  const worlds = impact === 'twin' ? 2 : 1;
  return seeds * worlds * columns.reduce((sum, { trial }) => sum + trialWork(trial), 0);
}

function trialWork(trial: TrialConfig): number {
  const { durationMs, load, instances, callers, request } = trial;
  const pairs = instances.length * callers.reduce((sum, { workers }) => sum + workers, 0);
  // Arrivals go on for up to 10 s, or the request timeout, until the last answer.
  const tailMs = Math.min(request.timeoutMs, 10_000);
  const requests = load.ratePerMs * (durationMs + tailMs) * (1 + request.retries);
  const { networkLatency: _, discoveryLag: __, instances: ___, request: ____, ...timed } = trial;
  return requests * (1 + instances.length / 100) + (1 + pairs) * ticksIn(timed, durationMs + tailMs);
}

/** Every time in the settings, and every rate, is taken for the period of something that every pair does. */
function ticksIn(settings: unknown, durationMs: number): number {
  if (typeof settings !== 'object' || settings === null) return 1;
  return Object.entries(settings).reduce((sum, [key, value]) => {
    if (typeof value !== 'number') return sum + ticksIn(value, durationMs);
    if (/Ms$/.test(key) && value > 0) return sum + (/perMs$/i.test(key) ? value * durationMs : durationMs / value);
    return sum;
  }, 1);
}
