import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runMeshtrial } from './meshtrial.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshtrial-dead-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('a cell whose worker dies is named with how to see it again, and the others are written', async () => {
  writeFileSync(
    join(folder, 'a.yaml'),
    `name: tiny
duration: 2s
warmup: 1s
replications: 3
instances: [{ count: 2, serviceTime: 2ms }]
load: { rate: 100/s }
loadBalancer: { policy: ring }
matrix: { loadBalancer.policy: [ring, random] }
`,
  );
  const hook = new URL('../helpers/worker_that_exits.mjs', import.meta.url);
  const { code, stderr } = await runMeshtrial(folder, ['run', 'a.yaml', '--jobs', '2', '--out', 'out'], {
    env: { NODE_OPTIONS: `--import=${hook.href}` },
  });
  expect(stderr).toContain('tiny: ring, seed 2: the worker died: it ended with exit code 9\n');
  expect(stderr).toContain('tiny: random, seed 2: the worker died: it ended with exit code 9\n');
  expect(stderr).toContain('to see it again: meshtrial replay a.yaml --strategy random --seed 2\n');
  const rows = readFileSync(join(folder, 'out', 'tiny', 'runs.csv'), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1);
  expect(rows.map((row) => row.split(',').slice(1, 4).join())).toEqual([
    'ring,,1',
    'ring,,3',
    'random,,1',
    'random,,3',
  ]);
  expect(code).toBe(1);
});
