import { fork } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Order, Word } from './child.ts';
import { confinement, createSandbox, removeSandbox } from './sandbox.ts';

/** `npm run fuzz [-- COUNT [SEED]]`: so many hostile scenario files, in children that may hang, burst or die. */
const [countText = '100000', seed = '1'] = process.argv.slice(2);
const count = Number(countText);
if (!(Number.isInteger(count) && count > 0)) throw new Error(`expected a number of documents, found '${countText}'`);

/** A child is given this many documents at a time: few enough that a leak of memory is told from a large document. */
const BATCH = 500;
/** Of the clock, on a machine that may be busy: how long a document validates is measured by the processor. */
const SILENCE_MS = { begin: 60_000, run: 300_000 };
const findingsFolder = 'results/fuzz';

const scenarios = readdirSync('scenarios')
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => readFileSync(`scenarios/${file}`, 'utf8'));
const fates = new Map<string, number>();
let findings = 0;
let next = 0;

await Promise.all(Array.from({ length: availableParallelism() }, lane));
const told = [...fates].map(([fate, times]) => `${times} ${fate}`).join(', ');
process.stdout.write(`${count} documents of seed ${seed}: ${told}, ${findings} findings\n`);
process.exitCode = findings > 0 ? 1 : 0;

async function lane(): Promise<void> {
  while (next < count) {
    const from = next;
    next = Math.min(from + BATCH, count);
    let left = from;
    const to = next;
    // A child that dies or hangs over a document is a finding; another one takes the rest of its batch.
    while (left < to) left = await batch(left, to);
    process.stderr.write(`\r${to} of ${count}, ${findings} findings `);
  }
}

/** Returns the first document that was not examined. */
function batch(from: number, to: number): Promise<number> {
  return new Promise((resolve) => {
    const sandbox = createSandbox();
    const child = fork(new URL('./child.js', import.meta.url), {
      execArgv: [...confinement(sandbox), '--max-old-space-size=512'],
      cwd: sandbox.cwd,
      env: { ...process.env, ...sandbox.env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let at = from;
    let over = false;
    let watchdog = setTimeout(() => {}, 0);
    let last = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      last = `${last}${chunk.toString()}`.slice(-2000);
    });
    const watch = (silenceMs: number) => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => {
        last = `no word for ${silenceMs} ms`;
        child.kill('SIGKILL');
      }, silenceMs);
    };
    child.on('message', (word: Word) => {
      if (word.kind === 'end') {
        over = true;
        return;
      }
      at = word.index;
      if (word.kind === 'begin' || word.kind === 'run') watch(SILENCE_MS[word.kind]);
      if (word.kind === 'fate') fates.set(word.fate, (fates.get(word.fate) ?? 0) + 1);
      if (word.kind === 'finding') keep(word.index, word.what, word.text);
    });
    child.on('exit', () => {
      clearTimeout(watchdog);
      removeSandbox(sandbox);
      if (!over) keep(at, `the process died: ${last}`, null);
      resolve(over ? to : at + 1);
    });
    const order: Order = {
      root: sandbox.root,
      seed,
      from,
      to,
      scenarios,
      mostWork: 200_000,
      mostMs: 2000,
      mostMiB: 512,
      byCommandLine: 250,
    };
    child.send(order);
  });
}

function keep(index: number, what: string, text: string | null): void {
  findings++;
  mkdirSync(findingsFolder, { recursive: true });
  writeFileSync(
    `${findingsFolder}/${seed}-${index}.txt`,
    `document ${index} of seed ${seed}\n${what}\n\n${text ?? ''}`,
  );
  process.stderr.write(`\ndocument ${index} of seed ${seed}: ${what.split('\n')[0]}\n`);
}
