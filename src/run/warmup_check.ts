import { liesApart } from '../metrics/lies_apart.ts';
import { mostTruncation, mserTruncation } from '../metrics/mser.ts';
import type { ResponseSample } from '../metrics/response_windows.ts';
import type { CellSample } from '../metrics/sample.ts';
import type { TrialConfig } from '../sim/config.ts';
import { capacityPerMs } from './capacity.ts';
import type { CellResult } from './result.ts';
import type { Check } from './warnings.ts';

/** Fewer windows than this, and a truncation says nothing. */
const FEWEST_WINDOWS = 40;
/** A mean that moves by less is moved by nothing a reader would care about. */
const LEAST_MOVE = 0.01;

/** Successes of all replications, window by window. */
interface Responses {
  readonly windowMs: number;
  readonly sumsMs: readonly number[];
  readonly counts: readonly number[];
}

/** Response times at the start that are not like the rest, and are measured. */
export const coldMeasurements: Check = ({ trial, strategy }, cells, _scenario, samples) => {
  const steady = faultFree(trial, cells, samples);
  if (steady === null) return null;
  const first = Math.ceil(trial.warmupMs / steady.windowMs - 1e-9);
  const { windows, means } = batchMeans(steady);
  const cut = mserTruncation(means);
  const measuredFrom = windows.findIndex((window) => window >= first);
  if (measuredFrom < 0 || measuredFrom >= cut || !liesApart(means, measuredFrom, cut)) return null;
  // Too much load is told by itself.
  if (cut === mostTruncation(means)) return trial.load.ratePerMs > capacityPerMs(trial) ? null : drifting;
  const warmupMs = roundedUp(windows[cut] * steady.windowMs);
  const all = pooled(samples.map(({ conditions }) => conditions.responses));
  const now = meanFrom(all, trial.warmupMs);
  const then = meanFrom(all, warmupMs);
  if (now === null || then === null || Math.abs(then - now) < LEAST_MOVE * now) return null;
  return {
    cause: 'response times at the start are not like the rest (MSER-5), and they are measured',
    effect: `they count like all others: with warmup: ${written(warmupMs)} latency.mean of ${strategy} would be ${milliseconds(then)}, and is ${milliseconds(now)}`,
    next: `write warmup: ${written(warmupMs)}`,
    gravity: warmupMs,
  };
};

const drifting = {
  cause: 'response times are still moving halfway through the time without faults',
  effect: 'no warm-up would make them steady: figures tell the length of the run as well as the strategy',
  next: 'make duration longer, or let faults begin later',
};

/** The twins' responses; without twins those before any fault, and before those whose answer a fault may have delayed. null where that is too short a time. */
function faultFree(trial: TrialConfig, cells: readonly CellResult[], samples: readonly CellSample[]): Responses | null {
  const twins = samples.flatMap(({ conditions: { twinResponses } }) => twinResponses ?? []);
  if (twins.length > 0) return longEnough(pooled(twins));
  const answeredMs = Math.max(0, ...cells.map(({ latencyMs }) => latencyMs.p99 ?? 0));
  const faultMs = samples.reduce((least, { conditions }) => Math.min(least, conditions.firstFaultMs), Infinity);
  const endMs = Math.min(trial.durationMs, faultMs - answeredMs);
  const all = pooled(samples.map(({ conditions }) => conditions.responses));
  const windows = Math.max(0, Math.floor(endMs / all.windowMs + 1e-9));
  return longEnough({ ...all, sumsMs: all.sumsMs.slice(0, windows), counts: all.counts.slice(0, windows) });
}

function longEnough(responses: Responses): Responses | null {
  return responses.counts.filter((count) => count > 0).length < FEWEST_WINDOWS ? null : responses;
}

/** Averaged over replications (Welch's way), so that what is left is what they have in common. */
function pooled(samples: readonly ResponseSample[]): Responses {
  const [{ windowMs, counts }] = samples;
  const sum = (of: 'sumsMs' | 'counts') =>
    Array.from(counts, (_, window) => samples.reduce((total, sample) => total + sample[of][window], 0));
  return { windowMs, sumsMs: sum('sumsMs'), counts: sum('counts') };
}

/** The means of the windows in which there was a response, and which they are. */
function batchMeans({ sumsMs, counts }: Responses): { windows: number[]; means: number[] } {
  const windows = [...counts.keys()].filter((window) => counts[window] > 0);
  return { windows, means: windows.map((window) => sumsMs[window] / counts[window]) };
}

/** Of the requests that arrive in windows that begin then or later. */
function meanFrom({ windowMs, sumsMs, counts }: Responses, fromMs: number): number | null {
  const first = Math.ceil(fromMs / windowMs - 1e-9);
  const total = (values: readonly number[]) => values.slice(first).reduce((sum, value) => sum + value, 0);
  const count = total(counts);
  return count === 0 ? null : total(sumsMs) / count;
}

/** To two digits: nobody writes `warmup: 12.37s`. */
function roundedUp(ms: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(ms)) - 1);
  return Math.ceil(ms / unit - 1e-9) * unit;
}

function written(ms: number): string {
  return ms < 1000 ? `${ms}ms` : `${Number((ms / 1000).toPrecision(3))}s`;
}

function milliseconds(ms: number): string {
  return `${Number(ms.toPrecision(3))} ms`;
}
