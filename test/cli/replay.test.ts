import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ExitCode } from '../../src/cli/exit_code.ts';
import { createProgram } from '../../src/cli/program.ts';
import { type ColumnChoice, chooseColumn } from '../../src/cli/replay_column.ts';
import { replayCommand } from '../../src/cli/replay_command.ts';
import { replayLine } from '../../src/cli/replay_line.ts';
import { UsageError } from '../../src/cli/usage_error.ts';
import { human } from '../../src/report/units.ts';
import type { ReplayEvent } from '../../src/run/replay/events.ts';
import type { ResultDocument } from '../../src/run/result.ts';
import { runMeshtrial } from './meshtrial.ts';

const scenario = `name: tiny
duration: 3s
warmup: 1s
replications: 2
seed: 5
instances: [{ count: 3, zones: [a, b, c], serviceTime: { exponential: { mean: 2ms } } }]
callers: { count: 2 }
load: { arrivals: poisson, rate: 200/s }
loadBalancer: { policy: ring }
request: { timeout: 1s, retries: { attempts: 1, retryOn: [connect-failure] } }
faults: [{ crash: { zone: a }, at: 2s, for: 500ms }]
matrix:
  faults.0.at: [2s, 2.5s]
  loadBalancer.policy: [ring, { peak-ewma: { decayTime: 5s } }]
`;
const column = ['--strategy', 'ring', '--param', 'faults.0.at=2s'];
const result = 'results/tiny/result.json';

let folder: string;
const replay = (...args: string[]) => runMeshtrial(folder, ['replay', 'a.yaml', ...args]);

/** The same within this process. Results by their whole path. */
async function replayHere(...args: string[]): Promise<{ code: ExitCode; stdout: string; stderr: string }> {
  let code: ExitCode = ExitCode.pass;
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text: string | Uint8Array, ...more: unknown[]) => {
      out[name] += String(text);
      const done = more.at(-1);
      if (typeof done === 'function') done();
      return true;
    });
  }
  const finish = (ended: ExitCode) => {
    code = ended;
  };
  try {
    const program = createProgram({ print: () => {}, finish });
    await program.parseAsync(['replay', join(folder, 'a.yaml'), ...args], { from: 'user' });
  } finally {
    vi.restoreAllMocks();
  }
  return { code, ...out };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meshtrial-replay-'));
  writeFileSync(join(folder, 'a.yaml'), scenario);
  await runMeshtrial(folder, ['run', 'a.yaml', '--quiet']);
}, 30_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const saved = () => JSON.parse(readFileSync(join(folder, result), 'utf8')) as ResultDocument;

describe('meshtrial replay', () => {
  it('runs the very cell that was run, and prints its log', async () => {
    const { code, stdout, stderr } = await replay(...column, '--seed', '6', '--result', result);
    const { digest } = saved().cells[1];
    expect(stderr).toBe(`the same run as in ${result}: digest ${digest}\n`);
    expect(stdout).toMatch(/^tiny: ring, faults\.0\.at=2s, seed 6\n/);
    expect(stdout).toContain(`\ndigest ${digest}\n`);
    expect(stdout).toContain('requests arrived, numbered from 0');
    expect(code).toBe(0);
  });

  it('knows each column by its parameters and the options of its strategy', async () => {
    const choice = ['--strategy', 'peak-ewma(decayTime=5s)', '--param', 'faults.0.at=2.5s'];
    const { code, stdout, stderr } = await replayHere(...choice, '--result', join(folder, result));
    expect(stdout).toMatch(/^tiny: peak-ewma\(decayTime=5s\), faults\.0\.at=2\.5s, seed 5\n/);
    expect(stderr).toMatch(/^the same run as in /);
    expect(code).toBe(0);
  });

  it('prints the figures of that run, which are those of runs.csv', async () => {
    const [head, ...rows] = readFileSync(join(folder, 'results/tiny/runs.csv'), 'utf8').trimEnd().split('\n');
    const names = head.split(',');
    const row = rows.map((line) => line.split(',')).find((fields) => fields[1] === 'ring' && fields[3] === '6');
    const value = (name: string) => Number(row?.[names.indexOf(name)]);
    const { stdout } = await replayHere(...column, '--seed', '6');
    const [p50, p99] = [value('latency_p50_ms'), value('latency_p99_ms')].map((ms) => human(ms, 'ms'));
    expect(stdout).toContain(`\nlatency: p50 ${p50}, p99 ${p99}\n`);
    const { stdout: lines } = await replayHere(...column, '--seed', '6', '--json', '--events', '1');
    const { figures } = JSON.parse(lines.split('\n')[0]) as { figures: Record<string, number> };
    expect(figures['requests.retries']).toBe(value('requests_retries'));
    expect(figures['latency.p99']).toBeCloseTo(value('latency_p99_ms'), 6);
  });

  it('prints a line of JSON an event, after one that says which cell it is', async () => {
    const { code, stdout } = await replayHere(...column, '--json', '--around', '2s', '--events', '20');
    const [cell, ...events] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ReplayEvent);
    const { digest } = saved().cells[0];
    expect(cell).toMatchObject({ kind: 'cell', scenario: 'tiny', strategy: 'ring', seed: 5, digest });
    expect(events).toHaveLength(20);
    expect(events.map(({ atMs }) => atMs < 2000)).toEqual([...Array(10).fill(true), ...Array(10).fill(false)]);
    expect(events[10]).toMatchObject({ kind: 'truth', instances: ['a-1'] });
    expect(code).toBe(0);
  });

  it('tells the story of a request', async () => {
    const { stdout: log } = await replayHere(...column, '--events', '1');
    const [, request = ''] = /--request (\d+) {2}the first that a retry saved/.exec(log) ?? [];
    const { code, stdout, stderr } = await replayHere(...column, '--request', request);
    expect(stdout).toMatch(/why: the next available seat on the ring/);
    expect(stdout).toMatch(/a-1: believed good, BUT down since 2\.0000 s \(crash#0\)/);
    expect(stdout).toMatch(/attempt 1, caller-\d to a-1, was refused/);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/done: ok from (b|c)-1, .* in all, 2 attempts$/);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('says which digest was expected and found, and answers 97, where the run is another', async () => {
    writeFileSync(
      join(folder, 'other.json'),
      readFileSync(join(folder, result), 'utf8').replaceAll(/"digest":"\w/g, '"digest":"x'),
    );
    const other = join(folder, 'other.json');
    const { code, stdout, stderr } = await replayHere(...column, '--result', other);
    const { digest } = saved().cells[0];
    expect(stderr).toContain(`meshtrial: not the run in ${other}\n`);
    expect(stderr).toContain(`expected digest x${digest.slice(1)}, written by version ${saved().version}\n`);
    expect(stderr).toContain(`found    digest ${digest}, by this version, ${saved().version}\n`);
    expect(stdout).toContain(`digest ${digest}\n`);
    expect(code).toBe(97);
  });

  it('runs a strategy or a value that the file does not have', async () => {
    const other = await replayHere(
      '--strategy',
      'peak-ewma',
      '--param',
      'faults.0.at=2s',
      '--param',
      'load.rate=100/s',
      '--events',
      '1',
    );
    expect(other.stdout).toMatch(/^tiny: peak-ewma, faults.0.at=2s, load.rate=100\/s, seed 5\n/);
    const note = `meshtrial: peak-ewma without options; ${join(folder, 'a.yaml')} has peak-ewma(decayTime=5s)\n`;
    expect(other.stderr).toBe(note);
    expect(other.code).toBe(0);
  });

  it('answers 2 to half a choice', async () => {
    const { code, stdout, stderr } = await replay('--strategy', 'ring');
    expect(stderr).toMatch(/^meshtrial: replay runs one cell, and 2 columns of a\.yaml are meant/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.each([
    ['a parameter without a value', ['--param', 'load.rate'], /It must be PATH=VALUE/],
    ['a time without a unit', [...column, '--around', '2'], /give it a unit/],
  ])('refuses %s', async (_, args, message) => {
    await expect(replayHere(...args)).rejects.toThrow(message);
  });

  it('answers 104 to a file that is no scenario', async () => {
    const { code, stderr } = await runMeshtrial(folder, ['replay', '-'], { stdin: 'name: x' });
    expect(stderr).toContain('<stdin>:1:1');
    expect(code).toBe(104);
  });
});

describe('what replay refuses', () => {
  const ring = { strategy: 'ring', param: [{ path: 'faults.0.at', value: '2s' }] };
  const set = (path: string, value: string) => ({ ...ring, param: [...ring.param, { path, value }] });

  it.each([
    [
      'a column that is not the only one',
      {},
      /4 columns of .*a\.yaml are meant; choose one:\n {2}--strategy ring --param faults/,
    ],
    ['a strategy that is none', { strategy: 'rnig' }, /--strategy rnig do.* not go with .* did you mean 'ring'\?/],
    [
      'a variant that is none',
      { ...ring, variant: 'x' },
      /has no variant 'x' of this; there are:\n {2}--strategy ring/,
    ],
    [
      'a path that is none',
      set('load.rat', '1/s'),
      /--param load\.rat=1\/s do.* not go with .* did you mean 'load\.rate'\?/,
    ],
    ['a value that is none', set('load.rate', 'fast'), /--param load\.rate=fast do.* not go with .*: expected a rate/],
    ['the strategy as a parameter', set('loadBalancer.policy', 'ring'), /use --strategy/],
    ['a part of what the matrix sets', set('faults.0', '{}'), /one contains the other/],
    ['a request that does not arrive', { ...ring, request: [99_999] }, /--request 99999: requests 0 to \d+ arrive/],
    [
      'an instance that is none',
      { ...ring, instance: ['b-2'] },
      /--instance b-2: there is no such instance; known: a-1/,
    ],
    ['a time after the end', { ...ring, around: 4000 }, /the run lasts 3 s/],
    ['a result that is not there', { ...ring, result: 'nowhere' }, /cannot read nowhere: there is no such file/],
    ['a result that is not JSON', { ...ring, result: 'README.md' }, /cannot read README\.md: it is not JSON/],
    [
      'a result of something else',
      { ...ring, result: 'package.json' },
      /--result package\.json: it is no result\.json/,
    ],
  ])('%s', async (_, options, message) => {
    const refused = replayCommand(join(folder, 'a.yaml'), { json: false, ...options });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(message);
  });

  it('a result that has other seeds', async () => {
    const refused = replayCommand(join(folder, 'a.yaml'), {
      ...{ json: false, ...ring },
      ...{ seed: 9, result: join(folder, 'results/tiny') },
    });
    await expect(refused).rejects.toThrow(/with seeds 5 to 6, not 9/);
  });
});

describe('a column', () => {
  const variants = `variants: { current: {}, proposed: { callers.count: 3 } }`;
  const chosen = (choice: ColumnChoice) => {
    const file = join(folder, 'variants.yaml');
    writeFileSync(file, `${scenario}${variants}\n`);
    const found = chooseColumn(file, choice);
    if ('problems' in found) throw new Error(found.problems);
    return found.column;
  };

  it('is chosen by variant, strategy and parameters, and what is typed for it says so', () => {
    const param = [{ path: 'faults.0.at', value: '2.5s' }];
    const column = chosen({ strategy: 'peak-ewma(decayTime=5s)', variant: 'proposed', param });
    expect(column).toMatchObject({ strategy: 'peak-ewma(decayTime=5s)', variant: 'proposed' });
    expect(column.trial.callers).toHaveLength(3);
    expect(replayLine('my file.yaml', column, 7)).toBe(
      "meshtrial replay 'my file.yaml' --strategy 'peak-ewma(decayTime=5s)' --variant proposed --param faults.0.at=2.5s --seed 7",
    );
  });

  it('is not chosen where a variant could be either', () => {
    expect(() => chosen({ strategy: 'ring', param: [{ path: 'faults.0.at', value: '2s' }] })).toThrow(
      /2 columns .*\n {2}--strategy ring --variant current --param faults.0.at=2s\n {2}--strategy ring --variant proposed/,
    );
  });
});
