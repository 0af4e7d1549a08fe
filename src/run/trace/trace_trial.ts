import type { CellMeasures } from '../../metrics/measures.ts';
import type { TrialConfig } from '../../sim/config.ts';
import { watchTrial } from '../watch_trial.ts';
import type { TraceEvent } from './trace_event.ts';
import { Tracer, type TraceWindow } from './tracer.ts';

/** A cell that was run once more, and what was drawn of it. */
export interface TrialTrace {
  /** As `run` measures them: the digests are those of its result. */
  readonly measures: CellMeasures;
  readonly events: readonly TraceEvent[];
  readonly fromMs: number;
  /** Earlier than asked for where it is capped, or the run has ended. */
  readonly toMs: number;
  readonly capped: boolean;
}

/** What is wanted of a window. null: not said. */
export interface WindowWish {
  readonly fromMs: number | null;
  readonly forMs: number | null;
  readonly events: number;
}

/** So much of the time before the first fault is drawn, to see what was usual. */
const LEAD_MS = 1000;

/** Runs one cell exactly as `runTrial` does, by the same code, and draws a window of it. */
export function traceTrial(trial: TrialConfig, seed: number, window: TraceWindow): TrialTrace {
  const tracer = new Tracer(trial, window);
  const measures = watchTrial(trial, seed, tracer);
  const { fromMs } = window;
  return { measures, events: tracer.events(), fromMs, toMs: tracer.closedAtMs ?? fromMs, capped: tracer.capped };
}

/**
 * The window of a cell whose figures are known. It opens a second before the first fault of the measured time, or where
 * that begins if there was none.
 */
export function windowOf(
  { fromMs, forMs, events }: WindowWish,
  trial: TrialConfig,
  measures: CellMeasures,
): TraceWindow {
  const from = fromMs ?? Math.max(0, firstFaultMs(measures) - LEAD_MS, trial.warmupMs);
  return { fromMs: from, toMs: forMs === null ? Number.POSITIVE_INFINITY : from + forMs, events };
}

/** -Infinity where nothing went wrong. */
function firstFaultMs({ impact, failovers }: CellMeasures): number {
  const starts = [...impact, ...failovers].map(({ startMs }) => startMs);
  return starts.length === 0 ? Number.NEGATIVE_INFINITY : starts.reduce((a, b) => Math.min(a, b));
}
