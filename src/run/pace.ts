import type { TrialConfig } from '../sim/config.ts';

/** What tells how long running takes here. */
export interface Stopwatch {
  /** Runs a trial to its end and throws away what comes of it. */
  readonly run: (trial: TrialConfig) => void;
  /** The same with series; returns how many rows they have. */
  readonly seriesRows: (trial: TrialConfig) => number;
  /** Milliseconds of processor time so far. Time of the wall would tell of what else this machine does. */
  readonly nowMs: () => number;
}

/** What one run takes: milliseconds of a processor, and rows of series where they are recorded. */
export interface Pace {
  readonly costMs: number;
  readonly seriesRows: number;
}

/** A slice that takes this long says enough: the compiler has seen most of the code, and clocks are finer by far. */
const ENOUGH_MS = 150;
/** Trials that are slow to set up get no more than this. */
const PATIENCE_MS = 1_000;
/** The first slice of a trial is this part of it. */
const FIRST_SLICE = 1 / 1024;

/**
 * About what one run takes: slices from its beginning, each twice as long as the one before, tell what setting it up costs
 * and what each millisecond of it costs beyond that. The last slice is run once more, since a long run is compiled code
 * nearly all along. What happens only later, such as a queue that grows or a fault, is not in it.
 */
export function paceOf(trial: TrialConfig, { run, seriesRows, nowMs }: Stopwatch): Pace {
  const beginning = nowMs();
  const timed = (part: number, act: (trial: TrialConfig) => number | undefined) => {
    const virtualMs = trial.durationMs * part;
    const before = nowMs();
    const rows = act({ ...trial, durationMs: virtualMs, warmupMs: 0 }) ?? 0;
    return { part, virtualMs, rows, costMs: nowMs() - before };
  };
  const slice = (part: number) => timed(part, (short) => void run(short));
  slice(FIRST_SLICE); // The first of all pays for compiling.
  const first = slice(FIRST_SLICE);
  let last = first;
  for (let part = 2 * FIRST_SLICE; part <= 1; part *= 2) {
    last = slice(part);
    if (last.costMs - first.costMs >= ENOUGH_MS || nowMs() - beginning >= PATIENCE_MS) break;
  }
  const again = timed(last.part, seriesRows);
  const perMs = Math.max(0, (again.costMs - first.costMs) / (again.virtualMs - first.virtualMs));
  return {
    costMs: again.costMs + perMs * (trial.durationMs - again.virtualMs),
    seriesRows: again.rows / again.part,
  };
}
