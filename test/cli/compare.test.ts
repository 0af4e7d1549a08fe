import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareCommand } from '../../src/cli/compare_command.ts';
import { UsageError } from '../../src/cli/usage_error.ts';
import { runMeshtrial } from './meshtrial.ts';

let folder: string;
const meshtrial = (...args: string[]) => runMeshtrial(folder, args);
const write = (file: string, text: string) => writeFileSync(join(folder, file), text);

const scenario = ({ name = 'tiny', mean = '2ms', policies = '[ring, random]' } = {}) => `name: ${name}
duration: 4s
warmup: 1s
replications: 4
instances: [{ count: 3, zones: [a, b, c], serviceTime: { exponential: { mean: ${mean} } } }]
load: { rate: 200/s }
loadBalancer: { policy: ring }
matrix: { loadBalancer.policy: ${policies} }
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meshtrial-compare-'));
  write('a.yaml', scenario());
  write('slow.yaml', scenario({ mean: '4ms' }));
  write('other.yaml', scenario({ name: 'other', policies: '[ring]' }));
  write('fewer.yaml', scenario({ policies: '[random, round-robin]' }));
  write('none.yaml', scenario({ policies: '[round-robin]' }));
  await meshtrial('run', 'a.yaml', 'other.yaml', '--save', 'main', '--quiet');
  for (const name of ['a', 'slow', 'other', 'fewer', 'none'])
    await meshtrial('run', `${name}.yaml`, '--save', name, '--quiet');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('meshtrial compare', () => {
  it('equal results: nothing changed, exit 0', async () => {
    const { code, stdout, stderr } = await meshtrial('compare', 'main', 'a', '--fail-on', 'latency.p99:+0%');
    expect(stdout).toContain('tiny: a against main, 4 seeds, paired by seed');
    expect(stdout).toContain('Margins: no regression');
    expect(stdout).toMatch(/none; \d+ figures are the same under every seed/);
    expect(stderr).toBe('meshtrial: only in main: other\n');
    expect(code).toBe(0);
  });

  it('a regression: what, where, how much; exit 98', async () => {
    const args = ['--fail-on', 'latency.p99:+5%', '--fail-on', 'requests.failed:+10'];
    const { code, stdout } = await meshtrial('compare', 'a', 'slow', ...args);
    expect(stdout).toMatch(/^Margins: 2 of 4 regressed$/m);
    expect(stdout).toMatch(/^ {2}FAIL {2}latency\.p99:\+5% +ring +\S+ ms, was \S+ ms: \S+% higher \[.*\], 4 seeds$/m);
    expect(stdout).toMatch(/^ {2}pass {2}requests\.failed:\+10 +ring +0, was 0/m);
    expect(stdout).toMatch(/^ {2}random: latency\.mean \S+% higher than in a \[.*\], 4 seeds \(worse\)$/m);
    expect(code).toBe(98);
  });

  it('a margin inside the interval: inconclusive, how many seeds it takes, exit 0', async () => {
    const { code, stdout } = await meshtrial('compare', 'a', 'slow', '--fail-on', 'latency.p99:+100%');
    expect(stdout).toMatch(/^ {2}\? {5}latency\.p99:\+100% .*; inconclusive, needs about \d+ seeds$/m);
    expect(code).toBe(0);
  });

  it('takes folders and files, and says which columns have no counterpart', async () => {
    const { code, stdout } = await meshtrial('compare', 'results/@a/tiny', 'results/@fewer/tiny/result.json');
    expect(stdout).toContain('only in results/@a/tiny: ring');
    expect(stdout).toContain('only in results/@fewer/tiny/result.json: round-robin');
    expect(code).toBe(0);
  });

  it('--json: one line a scenario, every metric of every column', async () => {
    const { stdout } = await meshtrial('compare', 'a', 'slow', '--json', '--fail-on', 'latency.p99:+5%');
    const document = JSON.parse(stdout);
    expect(document.scenario).toBe('tiny');
    expect(document.margins.map(({ verdict }: { verdict: string }) => verdict)).toEqual(['regression', 'regression']);
    const changes = document.changes.filter(({ metric }: { metric: string }) => metric === 'latency.p99');
    expect(changes.map(({ strategy }: { strategy: string }) => strategy)).toEqual(['ring', 'random']);
  });

  it('says what of two results was not made alike: cells that are missing, another version', async () => {
    const document = JSON.parse(readFileSync(join(folder, 'results', '@a', 'tiny', 'result.json'), 'utf8'));
    const incomplete = { reason: 'interrupted', done: 5, of: 8, threshold: null, failed: [] };
    write('part.json', JSON.stringify({ ...document, version: '9.9', cells: document.cells.slice(0, 5), incomplete }));
    const { code, stderr } = await meshtrial('compare', 'a', 'part.json');
    expect(stderr).toBe(
      `meshtrial: tiny of part.json is incomplete: interrupted: 5 of 8 cells are done and written
meshtrial: tiny was written by two versions: a by version ${document.version}, part.json by version 9.9; what changed may be meshtrial
`,
    );
    expect(code).toBe(0);
  });

  it.each([
    [['other'], 'no scenario is in both: a has tiny; other has other'],
    [['none'], "no column of 'tiny' is in both: a has ring; random; none has round-robin"],
    [['mian'], "there are no results called 'mian', and no such folder or file; saved in results: a, "],
    [['a.yaml/mian'], "there are no results called 'a.yaml/mian', and no such folder or file; saved in results: a, "],
    [['mian', 'a.yaml'], "there are no results called 'a', and no such folder or file"],
    [['.'], 'there is no result.json in ., nor in a folder in it'],
    [['a.yaml'], 'a.yaml is no result of this version of meshtrial: expected a result.json, found text'],
    [['newer.json'], 'newer.json is no result of this version of meshtrial: schema: expected 1, found 2'],
    [['broken.json'], 'cells[1].latencyMs: expected an object, found null; run the scenario again'],
  ])('a and %j cannot be', async ([other, out = 'results'], words) => {
    const document = JSON.parse(readFileSync(join(folder, 'results', '@a', 'tiny', 'result.json'), 'utf8'));
    write('newer.json', JSON.stringify({ ...document, schema: 2 }));
    document.cells[1].latencyMs = null;
    write('broken.json', JSON.stringify(document));
    const home = process.cwd();
    process.chdir(folder);
    try {
      await expect(compareCommand('a', other, { failOn: [], out, json: false })).rejects.toThrow(words);
      await expect(compareCommand('a', other, { failOn: [], out, json: false })).rejects.toThrow(UsageError);
    } finally {
      process.chdir(home);
    }
  });

  it.each([
    [['compare', 'a', 'slow', '--fail-on', 'latency.p99:-5%'], 'Of latency.p99 less is better: write latency.p99:+5%.'],
    [['compare', 'a'], "missing required argument 'OTHER'"],
    [['run', 'a.yaml', '--save', '../up'], 'It must be a name of letters, digits and . _ -'],
  ])('%j cannot be', async (args, words) => {
    const { code, stdout, stderr } = await meshtrial(...args);
    expect(stderr).toContain(words);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
