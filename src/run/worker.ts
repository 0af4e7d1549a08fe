import { parentPort } from 'node:worker_threads';
import type { TrialReport } from '../metrics/measures.ts';
import type { CellTask } from './cells.ts';
import { messageOf } from './failure.ts';
import { runTrial } from './trial.ts';

/** What a worker sends home. An error loses its class on the way, so it goes as words. */
export type CellAnswer = { readonly report: TrialReport } | { readonly failure: string };

/** The pool sends tasks, one at a time, each after the answer to the last. */
parentPort?.on('message', (task: CellTask) => parentPort?.postMessage(answerTo(task)));

function answerTo({ trial, seed, recordSeries, twin }: CellTask): CellAnswer {
  try {
    return { report: runTrial(trial, seed, { recordSeries, twin }) };
  } catch (thrown) {
    return { failure: messageOf(thrown) };
  }
}
