import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The built command: `npm test` builds first. MESHTRIAL_MAIN names another build. */
export const main = process.env.MESHTRIAL_MAIN ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface How {
  readonly stdin?: string;
  /** Where standard output goes instead of to the test. */
  readonly stdoutTo?: string;
  /** Sends SIGINT when this is true. */
  readonly interruptWhen?: () => boolean;
  /** Beside PATH, all that there is of an environment. Otherwise: our own, without what GitHub sets. */
  readonly env?: Readonly<Record<string, string>>;
}

const { GITHUB_ACTIONS: _actions, GITHUB_STEP_SUMMARY: _summary, ...ownEnvironment } = process.env;

/** Runs meshtrial in that folder. */
export function runMeshtrial(
  folder: string,
  args: readonly string[],
  { stdin = '', stdoutTo, interruptWhen, env }: How = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const sink = stdoutTo === undefined ? 'pipe' : openSync(stdoutTo, 'w');
    const child = spawn(process.execPath, [main, ...args], {
      cwd: folder,
      stdio: ['pipe', sink, 'pipe'],
      env: env === undefined ? ownEnvironment : { PATH: process.env.PATH, ...env },
    });
    if (typeof sink === 'number') closeSync(sink);
    const out: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name]?.setEncoding('utf8').on('data', (text) => (out[name] += text));
    // It may be sent more than is read.
    child.stdin?.on('error', () => {}).end(stdin);
    const watch = setInterval(() => {
      if (!interruptWhen?.()) return;
      clearInterval(watch);
      child.kill('SIGINT');
    }, 20);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(watch);
      resolve({ code, ...out });
    });
  });
}
