import { Tinypool } from 'tinypool';
import type { TrialReport } from '../metrics/measures.ts';
import type { CellTask } from './cells.ts';
import { messageOf } from './failure.ts';
import type { CellAnswer } from './worker.ts';

/** Runs one cell somewhere. Rejects with the reason in words where it could not be run to its end. */
export type RunCell = (task: CellTask) => Promise<TrialReport>;

export interface CellPool {
  readonly runCell: RunCell;
  /** How many cells it runs at once. */
  readonly jobs: number;
  /** Ends the workers, cells in hand included. */
  close(): Promise<void>;
}

/** Threads wait this long for the next cell, while the results of the last one are written. */
const KEEP_IDLE_MS = 60_000;

/** The file the workers run: built code, since Node 20 cannot start a worker from TypeScript. */
const workerFile = new URL('./worker.js', import.meta.url);

/**
 * A pool of worker threads, kept for a whole command: starting a thread costs more than many a cell. One job has a
 * worker of its own too, so that the main thread stays free to answer Ctrl-C. A worker that dies takes its cell with it
 * and is replaced. `memoryLimitMb` is the heap of each; what Node gives it where absent.
 */
export function createPool(jobs: number, filename: URL = workerFile, memoryLimitMb?: number): CellPool {
  const pool = new Tinypool({
    filename: filename.href,
    name: 'runCell',
    minThreads: 0,
    maxThreads: jobs,
    idleTimeout: KEEP_IDLE_MS,
    ...(memoryLimitMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb } }),
  });
  // Of a worker that died between two cells nothing is lost: the next cell gets a new one.
  pool.on('error', () => {});
  return {
    jobs,
    runCell: async (task) => {
      const answer = (await pool.run(task).catch((thrown: unknown) => {
        throw new Error(crashReason(thrown));
      })) as CellAnswer;
      if ('failure' in answer) throw new Error(answer.failure);
      return answer.report;
    },
    close: () => pool.destroy(),
  };
}

/** Why a worker thread ended without an answer. */
function crashReason(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? 'the worker ran out of memory; a shorter duration, a lower rate or fewer --jobs needs less'
    : `the worker died: ${messageOf(thrown)}`;
}
