import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { confinement, type Sandbox } from './sandbox.ts';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
/** Passed, a threshold failed, or refused. */
const CODES = [0, 99, 104];

/** The same document by the command line, as whoever wrote it would run it, in an empty folder. Throws what went wrong. */
export function examineByCommandLine(text: string, folder: string, sandbox: Sandbox): void {
  const here = join(folder, 'here');
  mkdirSync(here);
  const { status, signal, stderr } = spawnSync(
    process.execPath,
    [...confinement(sandbox), main, 'run', '-', '--out', 'out', '--quiet'],
    {
      cwd: here,
      input: text,
      encoding: 'utf8',
      timeout: 250_000,
    },
  );
  const said = stderr.slice(-1000);
  if (status === null || !CODES.includes(status)) throw new Error(`exit ${status ?? signal} of the command: ${said}`);
  if (/\n\s+at .*\(?(?:node:|file:|\/)/.test(stderr)) throw new Error(`a stack trace: ${said}`);
  const strange = readdirSync(here).filter((name) => name !== 'out');
  if (strange.length > 0) throw new Error(`found ${strange.join(', ')} outside of the folder for results`);
}
