import { invariant } from '../core/assert.ts';
import { labelText } from '../report/label.ts';
import { openTraceFile } from '../report/trace_file.ts';
import { traceJson } from '../report/trace_json.ts';
import { humanMs } from '../report/units.ts';
import { labelOf } from '../run/cells.ts';
import type { CellLabel } from '../run/result.ts';
import type { Study } from '../run/study.ts';
import { type TrialTrace, traceTrial, windowOf } from '../run/trace/trace_trial.ts';
import { version } from '../run/version.ts';
import { visible } from '../scenario/diagnostics.ts';
import type { Column, Scenario } from '../scenario/scenario.ts';
import { DEFAULT_TRACE_EVENTS } from './choices.ts';
import { processOwner } from './process_owner.ts';
import { say } from './streams.ts';
import { UsageError } from './usage_error.ts';

/** Of `run` and `replay`. Times in milliseconds. */
export interface TraceOptions {
  readonly trace?: string;
  readonly traceFrom?: number;
  readonly traceFor?: number;
  readonly traceEvents?: number;
  readonly quiet?: boolean;
}

/** A trace that was asked for, its file open, its cell not yet run. */
export interface TraceToBe {
  /** Of the first cell of the study. */
  writeFirstOf(study: Study): void;
  /** Of any cell. */
  write(scenario: Scenario, column: Column, seed: number, measures: TrialTrace['measures']): void;
  /** Leaves nothing of what was not written. */
  discard(): void;
}

/**
 * `trials`: the first of each scenario file. null: no trace is asked for. Throws a UsageError for what cannot be drawn, an
 * OutputError for a file that cannot be written.
 */
export function openTrace(options: TraceOptions, trials: readonly Column['trial'][]): TraceToBe | null {
  const { trace: path, traceFrom, traceFor, traceEvents, quiet = false } = options;
  if (path === undefined) return assertNoneOf({ traceFrom, traceFor, traceEvents });
  if (trials.length > 1) throw new UsageError('--trace is of one cell: name one scenario file');
  const [{ durationMs }] = trials;
  if (traceFrom !== undefined && traceFrom >= durationMs) {
    throw new UsageError(`--trace-from: the run lasts ${humanMs(durationMs)}; write a time within it, such as 1s`);
  }
  if (traceFor === 0) throw new UsageError('--trace-for: in no time nothing happens; write a duration such as 5s');
  const file = openTraceFile(path, processOwner);
  const wish = { fromMs: traceFrom ?? null, forMs: traceFor ?? null, events: traceEvents ?? DEFAULT_TRACE_EVENTS };
  const write = (scenario: Scenario, column: Column, seed: number, expected: TrialTrace['measures']) => {
    const { trial } = column;
    const { events, measures, fromMs, toMs, capped } = traceTrial(trial, seed, windowOf(wish, trial, expected));
    invariant(measures.digest === expected.digest, () => `a traced run has digest ${measures.digest}`);
    const window = { from_ms: fromMs, to_ms: toMs, capped };
    const origin = { scenario: scenario.name, ...labelOf(column), seed, digest: measures.digest, version, ...window };
    file.write(traceJson(events, origin));
    if (quiet) return;
    const which = `${labelText(column)}, seed ${seed}, ${humanMs(fromMs)} to ${humanMs(toMs)}`;
    say(visible(`trace of ${which}: ${path}, to be opened at https://ui.perfetto.dev`));
    if (!capped) return;
    say(`it ends early, after ${wish.events} events; --trace-events takes more, --trace-from begins elsewhere`);
  };
  return {
    write,
    writeFirstOf({ scenario, document }) {
      const [cell] = document.cells;
      const column = scenario.columns.find((one) => cellOf(one) === cellOf(cell));
      invariant(column !== undefined, 'cells are of columns');
      write(scenario, column, cell.seed, cell);
    },
    discard: () => file.discard(),
  };
}

function assertNoneOf(others: Readonly<Record<string, number | undefined>>): null {
  const [name] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (name === undefined) return null;
  const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${option} says which part of a run to trace; name the file with --trace`);
}

function cellOf({ strategy, variant, params }: CellLabel): string {
  return JSON.stringify([strategy, variant, params]);
}
