import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly shippedRuns: ShippedRuns;
  }
}

/** Results of every shipped scenario under its first three seeds, made once for all files of tests that look at them. */
export interface ShippedRuns {
  /** The results of each are in a folder of its name. */
  readonly folder: string;
  /** Why there are none; null mostly. */
  readonly failure: string | null;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What vitest calls before the tests of a project that names this file. */
export async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'shipped-'));
  project.provide('shippedRuns', { folder, failure: await run(folder) });
  return () => rmSync(folder, { recursive: true, force: true });
}

/** The built command line, as whoever checks the figures would run it. */
function run(out: string): Promise<string | null> {
  const files = readdirSync(join(root, 'scenarios'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(root, 'scenarios', file));
  const cli = join(root, 'dist/cli/main.js');
  const child = spawn(process.execPath, [cli, 'run', ...files, '--replications', '3', '--out', out, '--quiet'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    // Three seeds are few, and a threshold may fail with them: that is a figure, too.
    child.on('close', (code) => resolve(code === 0 || code === 99 ? null : `exit ${code}: ${said}`));
  });
}
