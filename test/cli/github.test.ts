import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runMeshtrial } from './meshtrial.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshtrial-github-'));
  mkdirSync(join(folder, 'sub'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const onGitHub = () => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_WORKSPACE: folder,
  GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
});
const meshtrial = (args: string[], env: Record<string, string> = onGitHub()) =>
  runMeshtrial(join(folder, 'sub'), args, { env });
const write = (file: string, text: string) => writeFileSync(join(folder, 'sub', file), text);
const summary = () => readFileSync(join(folder, 'summary.md'), 'utf8');
const annotations = (text: string) => text.split('\n').filter((line) => line.startsWith('::'));

const scenario = `name: tiny
duration: 3s
warmup: 1s
instances: [{ count: 2, serviceTime: 2ms }]
load: { rate: 100/s }
loadBalancer: { policy: ring }
thresholds:
  - fairness.jain > 0.5
  - latency.p99 < 1us
matrix: { loadBalancer.policy: [ring, random] }
`;

describe('on GitHub', () => {
  it('a threshold that failed is an error at its line, doubts are warnings, and all is in the step summary', async () => {
    write('a.yaml', scenario);
    writeFileSync(join(folder, 'summary.md'), 'before\n');
    const { code, stdout, stderr } = await meshtrial(['run', 'a.yaml', '--json']);
    const [error, ...warnings] = annotations(stderr);
    expect(error).toMatch(/^::error file=sub\/a\.yaml,line=9,title=tiny%3A latency\.p99 < 1us failed:: {2}FAIL .*%0A/);
    expect(error).toContain('ring');
    expect(error).toContain('random');
    expect(warnings.length).toBeGreaterThan(0);
    for (const warning of warnings)
      expect(warning).toMatch(/^::warning file=sub\/a\.yaml,title=.*::.*%0Aso: .*%0Atry: /);
    expect(() => JSON.parse(stdout)).not.toThrow();
    expect(summary()).toMatch(/^before\n### tiny: thresholds: 2 of 4 failed\n/);
    expect(summary()).toMatch(/^\| ❌ \| latency\.p99 &lt; 1us \| ring \| 2 ms \|$/m);
    expect(summary()).toMatch(/^\| ✅ \| fairness\.jain > 0\.5 \| random \| .* \|$/m);
    expect(code).toBe(99);
  });

  it('what is inconclusive is not said to hold, and is an error where strict', async () => {
    const open = scenario
      .replace('2ms', '{ exponential: { mean: 2ms } }')
      .replace('latency.p99 < 1us', 'latency.mean < 2.1ms')
      .replace('load', 'replications: 3\nload');
    write('a.yaml', open);
    const { code, stderr } = await meshtrial(['run', 'a.yaml', '--quiet', '--strict']);
    expect(summary()).toMatch(/^### tiny: thresholds: [12] of 4 inconclusive$/m);
    expect(annotations(stderr)[0]).toMatch(/^::error .*title=tiny%3A latency\.mean < 2\.1ms is inconclusive::/);
    expect(code).toBe(99);
  });

  it('a file cannot pass for a command by its name', async () => {
    write('::error::a.yaml', 'name: [');
    const { stderr } = await meshtrial(['validate', '::error::a.yaml']);
    expect(annotations(stderr)).toEqual([expect.stringMatching(/^::error file=sub\/%3A%3Aerror%3A%3Aa\.yaml,/)]);
  });

  it.each(['run', 'validate'])('%s: an invalid scenario is an error at its place', async (command) => {
    write('a.yaml', scenario.replace('rate: 100/s', 'rate: 100'));
    const { code, stderr } = await meshtrial([command, 'a.yaml']);
    expect(annotations(stderr)).toEqual([
      expect.stringMatching(
        /^::error file=sub\/a\.yaml,line=5,col=15,title=invalid scenario::expected a rate .*%0Afix: /,
      ),
    ]);
    expect(code).toBe(104);
  });

  it('a regression is an error, and the comparison is in the step summary', async () => {
    write('a.yaml', scenario.replace('2ms', '{ exponential: { mean: 2ms } }'));
    await meshtrial(['run', 'a.yaml', '--save', 'a', '--quiet', '--replications', '3'], {});
    write('a.yaml', scenario.replace('2ms', '{ exponential: { mean: 4ms } }'));
    await meshtrial(['run', 'a.yaml', '--save', 'b', '--quiet', '--replications', '3'], {});
    const { code, stderr } = await meshtrial(['compare', 'a', 'b', '--fail-on', 'latency.mean:+1%']);
    expect(code).toBe(98);
    expect(annotations(stderr)).toEqual([
      expect.stringMatching(
        /^::error title=tiny%3A latency\.mean%3A\+1%25 regressed::latency\.mean:\+1%25 regressed in ring: /,
      ),
      expect.stringMatching(/^::error title=.*in random: /),
    ]);
    expect(summary()).toContain('### tiny: b against a: margins: 2 of 2 regressed');
  });

  it('nothing of it anywhere else', async () => {
    write('a.yaml', scenario);
    const { stderr } = await meshtrial(['run', 'a.yaml'], { GITHUB_STEP_SUMMARY: join(folder, 'summary.md') });
    expect(stderr).toBe('');
    expect(summary).toThrow();
  });

  it('a summary that cannot be written is said, and no more', async () => {
    write('a.yaml', scenario);
    const { code, stderr } = await meshtrial(['run', 'a.yaml'], {
      GITHUB_ACTIONS: 'true',
      GITHUB_STEP_SUMMARY: folder,
    });
    expect(stderr).toContain('meshtrial: cannot write the step summary: ');
    expect(code).toBe(99);
  });
});

describe('colour', () => {
  it.each([
    [{}, false],
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '' }, true],
    [{ FORCE_COLOR: '0' }, false],
  ])('%j', async (env, colored) => {
    write('a.yaml', scenario);
    const { stdout } = await meshtrial(['run', 'a.yaml'], env as Record<string, string>);
    expect(stdout.includes('\u001b[')).toBe(colored);
  });
});
