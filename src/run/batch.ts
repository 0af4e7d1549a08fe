import type { TrialReport } from '../metrics/measures.ts';
import type { CellTask } from './cells.ts';
import { messageOf } from './failure.ts';
import { inOrder } from './in_order.ts';
import type { RunCell } from './pool.ts';

/** What became of a cell that was begun: its report, or in words why there is none. */
export type CellOutcome = { readonly report: TrialReport } | { readonly failure: string };

export interface BatchOptions {
  readonly runCell: RunCell;
  /** Cells in hand at once. */
  readonly jobs: number;
  readonly signal: AbortSignal | undefined;
  /** Called after each cell that has ended, well or not. */
  readonly onEnd: () => void;
}

/** How a batch ended: with all of its cells, at the word of `take`, or at that of the signal. */
export type BatchEnd = 'done' | 'stopped' | 'interrupted';

/**
 * Runs cells, `jobs` of them at once, and hands their outcomes to `take` in the order of the tasks, one at a time. A cell
 * that fails is an outcome like any other. Once `take` answers false no further cell is begun and no further outcome
 * handed over: what was taken then depends on the tasks alone, never on who was quicker. After the signal, what has ended
 * is still handed over, gaps or not; it must make `runCell` of the cells in hand settle. Rejects when `take` does.
 */
export async function runBatch(
  tasks: readonly CellTask[],
  { runCell, jobs, signal, onEnd }: BatchOptions,
  take: (task: CellTask, outcome: CellOutcome) => Promise<boolean>,
): Promise<BatchEnd> {
  let next = 0;
  let stopped = false;
  let broken = false;
  let missing = false;
  const order = inOrder<CellOutcome>(async (outcome, place) => {
    if (!stopped) stopped = !(await take(tasks[place], outcome));
  });
  const lane = async () => {
    while (next < tasks.length && !stopped && !broken) {
      const place = next++;
      const outcome = signal?.aborted ? null : await outcomeOf(runCell(tasks[place]), signal);
      if (outcome === null) {
        missing = true;
        return;
      }
      onEnd();
      await order.give(place, outcome);
    }
  };
  const lanes = Array.from({ length: Math.min(jobs, tasks.length) }, () =>
    lane().catch((thrown: unknown) => {
      broken = true;
      throw thrown;
    }),
  );
  await Promise.all(lanes);
  await order.rest();
  if (stopped) return 'stopped';
  return missing ? 'interrupted' : 'done';
}

/** null for a cell that did not end because of the signal. */
async function outcomeOf(running: Promise<TrialReport>, signal: AbortSignal | undefined): Promise<CellOutcome | null> {
  try {
    return { report: await running };
  } catch (thrown) {
    return signal?.aborted ? null : { failure: messageOf(thrown) };
  }
}
