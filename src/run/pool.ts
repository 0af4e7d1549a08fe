import type { TrialReport } from '../metrics/measures.ts';
import { type CellThread, startThread } from './cell_thread.ts';
import type { CellTask } from './cells.ts';
import { messageOf } from './failure.ts';

/** Runs one cell somewhere. Rejects with the reason in words where it could not be run to its end. */
export type RunCell = (task: CellTask) => Promise<TrialReport>;

export interface CellPool {
  readonly runCell: RunCell;
  /** How many cells it runs at once. */
  readonly jobs: number;
  /** Ends the workers, cells in hand included. */
  close(): Promise<void>;
}

/** The file the workers run: built code, since Node 20 cannot start a worker from TypeScript. */
const workerFile = new URL('./worker.js', import.meta.url);

/**
 * A pool of worker threads, kept for a whole command: starting a thread costs more than many a cell. One job has a
 * worker of its own too, so that the main thread stays free to answer Ctrl-C. A worker that dies takes its cell with it,
 * whatever it died of, and is replaced; only what ends the whole process, such as a segmentation fault, ends the others.
 * `memoryLimitMb` is the heap of each; what Node gives it where absent.
 */
export function createPool(jobs: number, filename: URL = workerFile, memoryLimitMb?: number): CellPool {
  const threads = new Set<CellThread>();
  let idle: CellThread[] = [];
  const turns = createTurns(jobs);
  let closed = false;
  const runOnAny = async (task: CellTask) => {
    if (closed) throw new Error('the workers have been ended');
    // Of one that died between two cells nothing is lost.
    idle = idle.filter((thread) => thread.isAlive());
    const thread = idle.pop() ?? startThread(filename, memoryLimitMb);
    threads.add(thread);
    try {
      return await thread.run(task);
    } finally {
      if (thread.isAlive()) idle.push(thread);
      else threads.delete(thread);
    }
  };
  return {
    jobs,
    runCell: async (task) => {
      await turns.take();
      const answer = await runOnAny(task)
        .catch((thrown: unknown) => {
          throw new Error(crashReason(thrown));
        })
        .finally(turns.give);
      if ('failure' in answer) throw new Error(answer.failure);
      return answer.report;
    },
    close: async () => {
      closed = true;
      await Promise.all([...threads].map((thread) => thread.end()));
    },
  };
}

/** Lets so many in at once, the others in the order in which they came. */
function createTurns(count: number) {
  let free = count;
  const waiting: (() => void)[] = [];
  return {
    async take(): Promise<void> {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    give(): void {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    },
  };
}

/** Why a worker thread ended without an answer. */
function crashReason(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? 'the worker ran out of memory; a shorter duration, a lower rate or fewer --jobs needs less'
    : `the worker died: ${messageOf(thrown)}`;
}
