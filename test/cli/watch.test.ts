import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { main, runMeshtrial } from './meshtrial.ts';

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshtrial-watch-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
const write = (file: string, text: string) => writeFileSync(join(folder, file), text);

const scenario = (rate: string) => `name: tiny
duration: 2s
instances: [{ count: 2, serviceTime: { empirical: { file: times.txt } } }]
load: { rate: ${rate} }
loadBalancer: { policy: ring }
`;

/** Runs a watch; `until` waits for words that were not there before. */
function watch(...args: string[]) {
  const running = spawn(process.execPath, [main, 'run', ...args, '--watch'], { cwd: folder });
  child = running;
  let text = '';
  let seen = 0;
  const out = { stdout: '' };
  running.stdout.setEncoding('utf8').on('data', (more) => {
    out.stdout += more;
    text += more;
  });
  running.stderr.setEncoding('utf8').on('data', (more) => {
    text += more;
  });
  const ended = new Promise<number | null>((done) => running.on('close', done));
  const until = async (words: string) => {
    while (text.indexOf(words, seen) < 0) await new Promise((again) => setTimeout(again, 20));
    seen = text.indexOf(words, seen) + words.length;
  };
  return { until, ended, out, stop: () => running.kill('SIGINT') };
}

it('runs again on every save, of files that are named too, and survives what is invalid or gone meanwhile', async () => {
  write('times.txt', '2ms\n3ms\n');
  write('a.yaml', scenario('100/s'));
  const { until, ended, out, stop } = watch('a.yaml');
  await until('written to results/tiny');
  await until('watching a.yaml, times.txt; Ctrl-C ends it');
  write('a.yaml', scenario('100'));
  await until('a.yaml changed: running again');
  await until('a.yaml:4:15: expected a rate');
  await until('watching');
  // As editors save: another file in its place.
  write('new.yaml', scenario('200/s'));
  renameSync(join(folder, 'new.yaml'), join(folder, 'a.yaml'));
  await until('a.yaml changed: running again');
  await until('written to results/tiny');
  await until('watching');
  write('times.txt', '20ms\n');
  await until('times.txt changed: running again');
  await until('written to results/tiny');
  await until('watching');
  rmSync(join(folder, 'a.yaml'));
  await until('a.yaml changed: running again');
  await until('meshtrial: cannot read a.yaml: there is no such file');
  await until('watching');
  write('a.yaml', scenario('50/s'));
  await until('written to results/tiny');
  await until('watching');
  stop();
  expect(await ended).toBe(0);
  expect(out.stdout).not.toContain('\u001b');
});

it('ends while a run is on, too', async () => {
  write('times.txt', '2ms\n');
  write('a.yaml', scenario('100/s'));
  const { until, ended, stop } = watch('a.yaml');
  await until('watching');
  write('a.yaml', scenario('2000/s').replace('2s', '20h'));
  await until('running again');
  await new Promise((later) => setTimeout(later, 500));
  stop();
  expect(await ended).toBe(0);
});

it.each([
  [['-'], "'-', standard input, cannot be watched: name files"],
  [['nowhere.yaml'], 'cannot read nowhere.yaml: there is no such file'],
])('%j cannot be watched', async (files, words) => {
  const { code, stderr } = await runMeshtrial(folder, ['run', ...files, '--watch']);
  expect(stderr).toContain(words);
  expect(code).toBe(2);
});
