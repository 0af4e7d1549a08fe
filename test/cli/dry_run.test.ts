import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runMeshtrial } from './meshtrial.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshtrial-dry-run-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const scenario = `name: tiny
duration: 1s
replications: 2
instances: [{ count: 3, serviceTime: 1ms }]
load: { rate: 100/s }
loadBalancer: { policy: ring }
variants: { current: , proposed: { loadBalancer.policy: random } }
matrix: { load.rate: [100/s, 200/s] }
thresholds: [{ threshold: latency.p99 < 1s, variant: proposed }]
`;

function meshtrial(...args: string[]) {
  writeFileSync(join(folder, 'a.yaml'), scenario);
  return runMeshtrial(folder, args);
}

describe('meshtrial run --dry-run', () => {
  it('prints the columns and about how long they take, and writes nothing', async () => {
    const { code, stdout, stderr } = await meshtrial('run', 'a.yaml', '--dry-run');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('tiny: 8 runs in 4 columns\n');
    expect(stdout).toMatch(/\n {2}proposed +random +200\/s +1 to 2 +200\n/);
    expect(stdout).toMatch(/\nabout [2-4] s with \d+ runs? at a time/);
    expect(readdirSync(folder)).toEqual(['a.yaml']);
  });

  it('prints a line of JSON a file where asked for, quiet or not', async () => {
    const { stdout } = await meshtrial('run', 'a.yaml', '--dry-run', '--json', '--quiet', '--jobs', '1', '--seed', '9');
    const plan = JSON.parse(stdout);
    expect(plan).toMatchObject({ scenario: 'tiny', runs: 8, maxRuns: 8, jobs: 1 });
    expect(plan.columns[3]).toMatchObject({
      ...{ variant: 'proposed', strategy: 'random', params: { 'load.rate': '200/s' } },
      ...{ firstSeed: 9, replications: 2, requests: 200 },
    });
    expect(plan.seconds).toBeGreaterThan(0);
    expect(plan.seconds).toBeLessThan(5);
  });

  it('answers 104 for what could not be run', async () => {
    writeFileSync(join(folder, 'b.yaml'), scenario.replace('ring', 'rnig'));
    const { code, stdout } = await meshtrial('run', 'a.yaml', 'b.yaml', '--dry-run');
    expect({ code, stdout }).toEqual({ code: 104, stdout: '' });
  });
});

describe('variants', () => {
  it('are named in every file, and thresholds keep to theirs', async () => {
    const { code, stdout } = await meshtrial('run', 'a.yaml');
    expect(code).toBe(0);
    expect(stdout).toContain('Thresholds: all 2 passed');
    const rows = (file: string) =>
      readFileSync(join(folder, 'results', 'tiny', file), 'utf8')
        .trimEnd()
        .split('\n');
    for (const file of ['runs.csv', 'instances.csv', 'series.csv']) {
      const [header = '', ...more] = rows(file);
      expect(header, file).toMatch(/strategy,variant,.*,param_load_rate$/);
      const variants = new Set(more.map((row) => row.split(',')[header.split(',').indexOf('variant')]));
      expect([...variants], file).toEqual(['current', 'proposed']);
    }
  });
});

describe('meshtrial run --reference', () => {
  it.each(['proposed', 'ring'])('takes a variant or a strategy: %s', async (name) => {
    expect((await meshtrial('run', 'a.yaml', '--reference', name, '--quiet')).code).toBe(0);
  });

  it('answers 2 for a name that nothing has, with all there are', async () => {
    const { code, stderr } = await meshtrial('run', 'a.yaml', '--reference', 'curent');
    expect(code).toBe(2);
    expect(stderr).toContain(
      "a.yaml has no variant or strategy 'curent'; did you mean 'current'? known: current, proposed, ring, random",
    );
    expect(readdirSync(folder)).toEqual(['a.yaml']);
  });
});
