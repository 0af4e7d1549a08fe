import type { TrialConfig } from '../sim/config.ts';

/** What tells how long running takes here. */
export interface Stopwatch {
  /** Runs a trial to its end and throws away what comes of it. */
  readonly run: (trial: TrialConfig) => void;
  /** Milliseconds of processor time so far. Time of the wall would tell of what else this machine does. */
  readonly nowMs: () => number;
}

/** A slice that takes this long says enough: the compiler has seen most of the code, and clocks are finer by far. */
const ENOUGH_MS = 100;
/** Trials that are slow to set up get no more than this. */
const PATIENCE_MS = 1_000;
/** The first slice of a trial is this part of it. */
const FIRST_SLICE = 1 / 1024;

/**
 * About how many milliseconds of a processor one run takes: slices from its beginning, each twice as long as the one before,
 * tell what setting it up costs and what each millisecond of it costs beyond that. What happens only later, such as a
 * queue that grows or a fault, is not in it.
 */
export function costMsOf(trial: TrialConfig, { run, nowMs }: Stopwatch): number {
  const beginning = nowMs();
  const slice = (part: number) => {
    const virtualMs = trial.durationMs * part;
    const before = nowMs();
    run({ ...trial, durationMs: virtualMs, warmupMs: 0 });
    return { virtualMs, costMs: nowMs() - before };
  };
  slice(FIRST_SLICE); // The first of all pays for compiling.
  const first = slice(FIRST_SLICE);
  let last = first;
  for (let part = 2 * FIRST_SLICE; part <= 1; part *= 2) {
    last = slice(part);
    if (last.costMs - first.costMs >= ENOUGH_MS || nowMs() - beginning >= PATIENCE_MS) break;
  }
  const perMs = Math.max(0, (last.costMs - first.costMs) / (last.virtualMs - first.virtualMs));
  return last.costMs + perMs * (trial.durationMs - last.virtualMs);
}
