// For `node --import`: in worker threads, ends those that are handed seed 2, as a process.exit in them would.
import { isMainThread, parentPort } from 'node:worker_threads';

if (!isMainThread) {
  const on = parentPort.on.bind(parentPort);
  parentPort.on = (event, listener) =>
    on(event, (task) => (event === 'message' && task.seed === 2 ? process.exit(9) : listener(task)));
}
