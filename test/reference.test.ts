import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { movesBetween } from './helpers/csv_moves.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const reference = join(root, 'results/reference');
const scenarios = readdirSync(join(root, 'scenarios'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => ({ name: file.replace(/^.*[\\/]|\.yaml$/g, '') }));
const tables = ['runs.csv', 'instances.csv', 'failovers.csv', 'detectors.csv', 'comparison.csv'];
/** Written by `npm run reference`. */
const isUpdate = process.env.UPDATE_REFERENCE === '1';
const { folder: out, failure } = inject('shippedRuns');

beforeAll(() => {
  if (failure !== null) throw new Error(failure);
});

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
