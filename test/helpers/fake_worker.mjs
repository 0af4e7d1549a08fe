// What a pool under test runs: the task says what becomes of it.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', (task) => parentPort.postMessage(answerTo(task)));

function answerTo({ seed, trial }) {
  if (trial === 'fail') return { failure: `seed ${seed} broke a promise` };
  if (trial === 'throw') throw new TypeError('not caught');
  if (trial === 'exit') process.exit(seed);
  if (trial === 'hoard') for (const hoard = []; ; ) hoard.push(new Array(10_000).fill(hoard.length));
  if (trial === 'forever') for (;;);
  if (trial === 'work, then exit') setTimeout(() => process.exit(seed), 20);
  return { report: { measures: { digest: String(seed) }, upShare: [], series: null } };
}
