import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { movesBetween } from './helpers/csv_moves.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const reference = join(root, 'results/reference');
const scenarios = readdirSync(join(root, 'scenarios'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => ({ file: join(root, 'scenarios', file), name: file.replace(/^.*[\\/]|\.yaml$/g, '') }));
const tables = ['runs.csv', 'instances.csv', 'failovers.csv', 'detectors.csv', 'comparison.csv'];
/** Written by `npm run reference`. */
const isUpdate = process.env.UPDATE_REFERENCE === '1';
const out = mkdtempSync(join(tmpdir(), 'reference-'));

beforeAll(async () => {
  await run(scenarios.map(({ file }) => file));
}, 600_000);

afterAll(() => rmSync(out, { recursive: true }));

/** The built command line, as whoever checks the figures would run it. */
function run(files: readonly string[]): Promise<void> {
  const cli = join(root, 'dist/cli/main.js');
  const child = spawn(process.execPath, [cli, 'run', ...files, '--replications', '3', '--out', out, '--quiet'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    // Three seeds are few, and a threshold may fail with them: that is a figure, too.
    child.on('exit', (code) => (code === 0 || code === 99 ? resolve() : reject(new Error(`exit ${code}: ${said}`))));
  });
}

/** What is long is kept as its fingerprint. */
function fingerprint(name: string): string {
  return createHash('sha256')
    .update(readFileSync(join(out, name, 'series.csv')))
    .digest('hex');
}

describe.each(scenarios)('$name', ({ name }) => {
  it.each(tables)('%s is reproduced byte for byte', (table) => {
    const found = readFileSync(join(out, name, table), 'utf8');
    const path = join(reference, name, table);
    if (isUpdate) {
      mkdirSync(join(reference, name), { recursive: true });
      writeFileSync(path, found);
    }
    const expected = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (found === expected) return;
    const moves = expected === '' ? ['there is no reference yet'] : movesBetween(expected, found);
    expect.fail(`${name}/${table} moved:\n  ${moves.join('\n  ')}\nIf that is meant: npm run reference`);
  });

  it('series.csv is reproduced byte for byte', () => {
    const path = join(reference, name, 'series.csv.sha256');
    if (isUpdate) writeFileSync(path, `${fingerprint(name)}\n`);
    expect(existsSync(path) ? readFileSync(path, 'utf8').trim() : 'no reference yet').toBe(fingerprint(name));
  });
});

it('there is no reference of what is no longer shipped', () => {
  expect(readdirSync(reference).toSorted()).toEqual(scenarios.map(({ name }) => name).toSorted());
});
