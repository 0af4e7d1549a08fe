import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meshtrial-replay-'));
  writeFileSync(join(folder, 'a.yaml'), scenario);
  await runMeshtrial(folder, ['run', 'a.yaml', '--quiet']);
}, 30_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const saved = () => JSON.parse(readFileSync(join(folder, result), 'utf8')) as ResultDocument;

describe('meshtrial replay', () => {
  it('runs the very cell that was run, whichever it is, and prints its log', async () => {
    const { cells } = saved();
    const choices = [
      [...column, '--seed', '6'],
      ['--strategy', 'peak-ewma(decayTime=5s)', '--param', 'faults.0.at=2.5s'],
    ];
    for (const choice of choices) {
      const { code, stdout, stderr } = await replay(...choice, '--result', result);
      const [, digest] = /\ndigest (\w+)\n/.exec(stdout) ?? [];
      expect(cells.map((cell) => cell.digest)).toContain(digest);
      expect(stderr).toBe(`the same run as in ${result}: digest ${digest}\n`);
      expect(stdout).toMatch(/^tiny: (ring|peak-ewma\(decayTime=5s\)), faults\.0\.at=2(\.5)?s, seed [56]\n/);
      expect(stdout).toContain('requests arrived, numbered from 0');
      expect(code).toBe(0);
    }
  });

  it('prints a line of JSON an event, after one that says which cell it is', async () => {
    const { code, stdout } = await replay(...column, '--json', '--around', '2s', '--events', '20');
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
    const { stdout: log } = await replay(...column, '--events', '1');
    const [, request = ''] = /--request (\d+) {2}the first that a retry saved/.exec(log) ?? [];
    const { code, stdout, stderr } = await replay(...column, '--request', request);
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
    const { code, stdout, stderr } = await replay(...column, '--result', 'other.json');
    const { digest } = saved().cells[0];
    expect(stderr).toContain('meshtrial: not the run in other.json\n');
    expect(stderr).toContain(`expected digest x${digest.slice(1)}, written by version ${saved().version}\n`);
    expect(stderr).toContain(`found    digest ${digest}, by this version, ${saved().version}\n`);
    expect(stdout).toContain(`digest ${digest}\n`);
    expect(code).toBe(97);
  });

  it('runs a strategy or a value that the file does not have', async () => {
    const other = await replay(
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
    expect(other.stderr).toBe('meshtrial: peak-ewma without options; a.yaml has peak-ewma(decayTime=5s)\n');
    expect(other.code).toBe(0);
  });

  it.each([
    [
      'a column that is not the only one',
      [],
      2,
      /4 columns of a\.yaml are meant; choose one:\n {2}--strategy ring --param faults/,
    ],
    ['half a choice', ['--strategy', 'ring'], 2, /2 columns of a\.yaml are meant/],
    ['a strategy that is none', ['--strategy', 'rnig'], 2, /--strategy rnig: .* did you mean 'ring'\?/],
    [
      'a path that is none',
      [...column, '--param', 'load.rat=1/s'],
      2,
      /--param load\.rat=1\/s .* did you mean 'load\.rate'\?/,
    ],
    ['a value that is none', [...column, '--param', 'load.rate=fast'], 2, /--param load\.rate=fast .*expected a rate/],
    ['a parameter without a value', ['--param', 'load.rate'], 2, /It must be PATH=VALUE/],
    [
      'a request that does not arrive',
      [...column, '--request', '99999'],
      2,
      /--request 99999: requests 0 to \d+ arrive/,
    ],
    [
      'an instance that is none',
      [...column, '--instance', 'b-2'],
      2,
      /--instance b-2: there is no such instance; did you mean 'b-1'\?/,
    ],
    ['a time without a unit', [...column, '--around', '2'], 2, /give it a unit/],
    ['a time after the end', [...column, '--around', '4s'], 2, /the run lasts 3 s/],
    ['a result that is not there', [...column, '--result', 'nowhere'], 2, /cannot read nowhere: there is no such file/],
    ['a result that is none', [...column, '--result', 'a.yaml'], 2, /cannot read a\.yaml: it is not JSON/],
    [
      'a result without that seed',
      [...column, '--seed', '9', '--result', 'results/tiny'],
      2,
      /with seeds 5 to 6, not 9/,
    ],
  ])('refuses %s', async (_, args, expected, message) => {
    const { code, stdout, stderr } = await replay(...args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(expected);
  });

  it('answers 104 to a file that is no scenario', async () => {
    const { code, stderr } = await runMeshtrial(folder, ['replay', '-'], { stdin: 'name: x' });
    expect(stderr).toContain('<stdin>:1:1');
    expect(code).toBe(104);
  });
});
