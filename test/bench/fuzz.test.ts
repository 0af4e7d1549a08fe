import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { documentMaker } from '../../bench/fuzz/documents.ts';
import { examine } from '../../bench/fuzz/examine.ts';
import { randomStream } from '../../src/core/random.ts';

const scenarios = fileURLToPath(new URL('../../scenarios/', import.meta.url));
const texts = readdirSync(scenarios)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => readFileSync(join(scenarios, file), 'utf8'));
const make = documentMaker(texts);
const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
const examination = { folder, mostWork: 50_000, mostMs: 2000 };

afterAll(() => rmSync(folder, { recursive: true }));

describe('a thousand hostile scenario files', () => {
  it('are each refused with reasons, or give a result; `npm run fuzz` has more of them', async () => {
    const fates: Record<string, number> = {};
    for (let index = 0; index < 1000; index++) {
      const text = make(randomStream(`fuzz/test/${index}`));
      const fate = await examine(text, examination).catch((thrown: unknown) => {
        throw new Error(`document ${index}: ${String(thrown)}\n${text}`, { cause: thrown });
      });
      fates[fate] = (fates[fate] ?? 0) + 1;
    }
    // Hostile, but not so much that nothing behind the reader is met.
    expect(fates.refused).toBeGreaterThan(500);
    expect(fates.ran).toBeGreaterThan(30);
  });

  it('are the same files for the same seed', () => {
    const once = Array.from({ length: 20 }, (_, index) => make(randomStream(`fuzz/test/${index}`)));
    const again = Array.from({ length: 20 }, (_, index) => documentMaker(texts)(randomStream(`fuzz/test/${index}`)));
    expect(again).toEqual(once);
    expect(new Set(once).size).toBe(20);
  });
});
