import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { columnOf } from '../../src/report/columns.ts';
import { fieldText, openCsv } from '../../src/report/csv.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'meshtrial-csv-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('CSV', () => {
  it('has at most nine significant digits, and nothing for null', () => {
    expect(fieldText(1 / 3)).toBe('0.333333333');
    expect(fieldText(123456.7890123)).toBe('123456.789');
    expect(fieldText(2)).toBe('2');
    expect(fieldText(-0)).toBe('0');
    expect(fieldText(null)).toBe('');
    expect(() => fieldText(Number.NaN)).toThrow('NaN');
    expect(() => fieldText(Number.POSITIVE_INFINITY)).toThrow('Infinity');
  });

  it('quotes what must be quoted and waits for a slow disk', async () => {
    const path = join(root, 'x.csv');
    const csv = await openCsv(path, ['strategy', 'value']);
    await csv.write([['peak-ewma(a=1,b=2)', 1]]);
    await csv.write(Array.from({ length: 5000 }, (_, i) => ['"quoted"', i]));
    await csv.end();
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines.slice(0, 3)).toEqual(['strategy,value', '"peak-ewma(a=1,b=2)",1', '"""quoted""",0']);
    expect(lines).toHaveLength(5003);
    expect(lines.at(-1)).toBe('');
  });

  it('reports a failed open', async () => {
    await expect(openCsv(join(root, 'no', 'x.csv'), ['a'])).rejects.toThrow('ENOENT');
  });

  it.each([
    ['startMs', 'start_ms'],
    ['detectMs.p99', 'detect_p99_ms'],
    ['detectMs.count', 'detect_count'],
    ['leaks.halfOpen', 'leaks_half_open'],
    ['expectedShare', 'expected_share'],
  ])('calls %s %s', (path, column) => expect(columnOf(path)).toBe(column));
});
