import { Worker } from 'node:worker_threads';
import type { CellTask } from './cells.ts';
import type { CellAnswer } from './worker.ts';

/** A worker thread that runs one cell at a time. */
export interface CellThread {
  /** Rejects with what the thread died of, where it dies before it has an answer, or died before. */
  run(task: CellTask): Promise<CellAnswer>;
  isAlive(): boolean;
  /** Ends it, a cell in hand included. */
  end(): Promise<void>;
}

/**
 * Starts a thread on `file`. It may die of an error, of memory, by `process.exit`, or because there is no such file: it is
 * all the same to whoever waits. An idle one does not keep the process alive.
 */
export function startThread(file: URL, memoryLimitMb: number | undefined): CellThread {
  const limits = memoryLimitMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb } };
  const worker = new Worker(file, limits);
  let answered: (answer: CellAnswer) => void = () => {};
  let died: (cause: unknown) => void = () => {};
  let death: { readonly cause: unknown } | null = null;
  const die = (cause: unknown) => {
    death ??= { cause };
    died(death.cause);
  };
  worker.on('message', (answer: CellAnswer) => answered(answer));
  worker.on('messageerror', die);
  worker.on('error', die);
  // After every other end, too; of those the cause is known by then.
  worker.on('exit', (code) => die(new Error(`it ended with exit code ${code}`)));
  worker.unref();
  return {
    run: (task) =>
      new Promise<CellAnswer>((resolve, reject) => {
        [answered, died] = [resolve, reject];
        if (death !== null) return reject(death.cause);
        worker.ref();
        worker.postMessage(task);
      }).finally(() => worker.unref()),
    isAlive: () => death === null,
    end: async () => void (await worker.terminate()),
  };
}
