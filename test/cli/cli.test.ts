import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type How, main, runMeshtrial } from './meshtrial.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshtrial-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const meshtrial = (args: readonly string[], how: How = {}) => runMeshtrial(folder, args, how);

function scenario({ name = 'tiny', duration = '3s', limit = '10s', extra = '' } = {}): string {
  return `name: ${name}
duration: ${duration}
warmup: 1s
replications: 2
instances: [{ count: 3, zones: [a, b, c], serviceTime: { exponential: { mean: 2ms } } }]
callers: { count: 2 }
load: { arrivals: poisson, rate: 200/s }
loadBalancer: { policy: ring }
faults: [{ crash: { zone: a }, at: 2s, for: 500ms }]
thresholds: [latency.p99 < ${limit}]
matrix: { loadBalancer.policy: [ring, random] }
${extra}`;
}

function write(file: string, text: string): string {
  writeFileSync(join(folder, file), text);
  return file;
}

const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');
const files = [
  'comparison.csv',
  'detectors.csv',
  'failovers.csv',
  'instances.csv',
  'result.json',
  'runs.csv',
  'series.csv',
];

describe('meshtrial run', () => {
  it('passes: summary on stdout, nothing on stderr, files in results/NAME', async () => {
    const { code, stdout, stderr } = await meshtrial(['run', write('a.yaml', scenario())]);
    expect(stderr).toBe('');
    expect(stdout).toContain('tiny: 4 runs of 3 s, seeds 1 to 2');
    expect(stdout).toContain('Thresholds: all 2 passed');
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^written to results\/tiny: /);
    expect(code).toBe(0);
    expect(readdirSync(join(folder, 'results', 'tiny')).toSorted()).toEqual(files);
  });

  it('answers 99 where a threshold failed, and still writes', async () => {
    const { code, stdout } = await meshtrial(['run', write('a.yaml', scenario({ limit: '1us' }))]);
    expect(code).toBe(99);
    expect(stdout).toContain('FAIL  latency.p99 < 1us');
    expect(existsSync(join(folder, 'results', 'tiny', 'result.json'))).toBe(true);
  });

  it('--json prints the bytes of result.json, a line a file, whatever the number of jobs', async () => {
    const args = ['run', write('a.yaml', scenario()), write('b.yaml', scenario({ name: 'other' })), '--json'];
    const one = await meshtrial([...args, '--jobs', '1', '--out', 'one']);
    const two = await meshtrial([...args, '--jobs', '2', '--out', 'two', '--quiet']);
    expect(one.stdout).toBe(read('one', 'tiny', 'result.json') + read('one', 'other', 'result.json'));
    expect(two.stdout).toBe(one.stdout);
    expect(one.stderr).toContain('Thresholds: all 2 passed');
    expect(two.stderr).toBe('');
    for (const name of ['tiny', 'other']) {
      for (const file of files) expect(read('two', name, file), file).toBe(read('one', name, file));
    }
  });

  it('keeps seeds, digests and metrics in every order of its own files', async () => {
    await meshtrial(['run', write('a.yaml', scenario()), '--quiet']);
    const result = JSON.parse(read('results', 'tiny', 'result.json'));
    const inputs = result.cells.map(({ strategy, seed, inputDigest }: Record<string, string>) => [
      strategy,
      seed,
      inputDigest,
    ]);
    expect(inputs.map(([strategy, seed]: string[]) => `${strategy} ${seed}`)).toEqual([
      'ring 1',
      'ring 2',
      'random 1',
      'random 2',
    ]);
    expect(inputs[0][2]).toBe(inputs[2][2]);
    expect(inputs[0][2]).not.toBe(inputs[1][2]);
    expect(read('results', 'tiny', 'runs.csv').split('\n')).toHaveLength(6);
    expect(read('results', 'tiny', 'series.csv')).toMatch(/^ring,,,2000,availability,measured,0\.833333333$/m);
    expect(read('results', 'tiny', 'series.csv')).toMatch(/^ring,,,0,availability,model,1$/m);
  });

  it('writes no path, host, time or number of jobs', async () => {
    await meshtrial(['run', write('a.yaml', scenario()), '--quiet']);
    const { hostname } = await import('node:os');
    for (const file of files) {
      const text = read('results', 'tiny', file);
      expect(text).not.toContain(folder);
      expect(text).not.toContain(hostname());
      expect(text).not.toMatch(/jobs|20\d\d-\d\d-\d\d/);
    }
  });

  it('reads standard input, and takes strategies, seed and replications from the command line', async () => {
    const args = [
      'run',
      '-',
      '--strategy',
      'random,round-robin',
      '--seed',
      '7',
      '--replications',
      '1',
      '--json',
      '--quiet',
    ];
    const { code, stdout } = await meshtrial(args, { stdin: scenario() });
    expect(code).toBe(0);
    const { cells } = JSON.parse(stdout);
    expect(cells.map(({ strategy, seed }: Record<string, string>) => `${strategy} ${seed}`)).toEqual([
      'random 7',
      'round-robin 7',
    ]);
  });

  it('--quiet prints nothing', async () => {
    expect(await meshtrial(['run', write('a.yaml', scenario()), '--quiet'])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('runs and writes nothing where one of the files is invalid, and says all that is wrong', async () => {
    const good = write('a.yaml', scenario());
    const bad = [write('b.yaml', 'name: b\n'), write('c.yaml', scenario({ name: 'c', extra: 'sede: 4\n' }))];
    const { code, stdout, stderr } = await meshtrial(['run', good, ...bad]);
    expect(code).toBe(104);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/b\.yaml:\d+:\d+: /);
    expect(stderr).toMatch(/c\.yaml:\d+:\d+: .*sede/);
    expect(existsSync(join(folder, 'results'))).toBe(false);
  });

  it('stops at Ctrl-C, answers 105 and leaves nothing behind', async () => {
    const file = write('a.yaml', scenario({ duration: '2h' }));
    const begun = () => existsSync(join(folder, 'results', 'tiny'));
    const { code, stderr } = await meshtrial(['run', file], { interruptWhen: begun });
    expect(code).toBe(105);
    expect(stderr).toContain('interrupted: none of 4 cells is done, so nothing is written');
    expect(existsSync(join(folder, 'results'))).toBe(false);
  });

  it('writes what is done at Ctrl-C, says so, and runs none of the other files', async () => {
    const file = write('a.yaml', scenario({ extra: 'seed: 9' }).replace('replications: 2', 'replications: 10000'));
    const other = write('b.yaml', scenario({ name: 'other' }));
    // A cell's series are there as soon as it is done.
    const begun = () => {
      const directory = join(folder, 'results', 'tiny');
      const [unfinished] = existsSync(directory) ? readdirSync(directory) : [];
      const series = join(directory, unfinished ?? '', 'series.csv');
      return unfinished !== undefined && existsSync(series) && statSync(series).size > 1000;
    };
    const { code, stdout, stderr } = await meshtrial(['run', file, other], { interruptWhen: begun });
    expect(stderr).toMatch(/interrupted: \d+ of 20000 cells are done and written/);
    expect(stdout).toMatch(/tiny: \d+ of 20000 runs of 3 s, seeds? 9/);
    expect(code).toBe(105);
    expect(readdirSync(join(folder, 'results'))).toEqual(['tiny']);
    expect(readdirSync(join(folder, 'results', 'tiny')).toSorted()).toEqual(files);
    const { cells, incomplete } = JSON.parse(read('results', 'tiny', 'result.json'));
    expect(incomplete).toMatchObject({ reason: 'interrupted', done: cells.length, of: 20000 });
    expect(read('results', 'tiny', 'runs.csv').split('\n')).toHaveLength(cells.length + 2);
  });
});

describe('what cannot be', () => {
  it.each([
    [['run'], "missing required argument 'FILE'"],
    [['run', 'nowhere.yaml'], 'cannot read nowhere.yaml: there is no such file'],
    [['run', '.'], 'cannot read .: it is a folder'],
    [['run', '-', '-'], 'can be read only once'],
    [
      ['run', 'a.yaml', '--seed', '1.5'],
      "argument '1.5' is invalid. It must be a whole number from 0 to 9007199254740991.",
    ],
    [['run', 'a.yaml', '--seed', '-1'], 'invalid'],
    [['run', 'a.yaml', '--jobs', '0'], 'whole number of at least 1'],
    [['run', 'a.yaml', '--replications', '0'], 'whole number from 1 to 10000'],
    [['run', 'a.yaml', '--strategy', 'rnig'], "There is no strategy 'rnig'. Did you mean 'ring'?"],
    [['run', 'a.yaml', '--strategy', ''], "There is no strategy ''"],
    [['run', 'a.yaml', '--out', 'a.yaml'], 'cannot write a.yaml/tiny: a part of the path is a file'],
    [['run', 'a.yaml', './a.yaml'], "both named 'tiny'"],
    [['run', 'a.yaml', '--out', ''], 'It must be the path of a folder.'],
    [['run', 'a.yaml', '--replications', '10001'], 'It must be a whole number from 1 to 10000.'],
    [['run', 'a.yaml', '--seed', '9007199254740992'], 'It must be a whole number from 0 to 9007199254740991.'],
    [
      ['run', 'a.yaml', '--seed', '9007199254740991', '--replications', '3'],
      '--seed 9007199254740991 does not go with a.yaml: expected the last seed',
    ],
    [
      ['run', 'a.yaml', '--seed', '9007199254740991', '--replications', '3', '--strategy', 'random'],
      '--seed 9007199254740991 does not go with a.yaml: expected the last seed',
    ],
    [
      ['run', 'a.yaml', '--seed', '9007199254740990', '--replications', '3'],
      '--seed 9007199254740990 and --replications 3 do not go with a.yaml: expected the last seed',
    ],
    [['run', 'a.yaml', '--jsn'], "unknown option '--jsn'"],
    [['rnu', 'a.yaml'], "unknown command 'rnu'"],
    [
      ['list', 'everything'],
      'Allowed choices are strategies, subsettings, accruals, detectors, faults, metrics, fields.',
    ],
    [['list'], "missing required argument 'strategies|subsettings|accruals|detectors|faults|metrics|fields'"],
    [[], 'Usage: meshtrial'],
  ])('%j is a usage error', async (args, message) => {
    write('a.yaml', scenario());
    const { code, stdout, stderr } = await meshtrial(args);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(readdirSync(folder)).toEqual(['a.yaml']);
  });
});

describe('the other commands', () => {
  it('validate says of each file how many runs it is', async () => {
    const single = scenario().replace(/replications: 2|matrix: .*/g, '');
    const { code, stdout } = await meshtrial(['validate', write('a.yaml', scenario()), write('b.yaml', single)]);
    expect(stdout).toBe('a.yaml: valid: 2 columns x 2 seeds, 4 runs\nb.yaml: valid: 1 column x 1 seed, 1 run\n');
    expect(code).toBe(0);
  });

  it('validate answers 104 with the place of each problem', async () => {
    const { code, stderr } = await meshtrial(['validate', '-'], { stdin: 'name: [' });
    expect(code).toBe(104);
    expect(stderr).toMatch(/<stdin>:\d+:\d+: /);
  });

  it.each([
    ['strategies', 'ring'],
    ['subsettings', 'deterministic-aperture'],
    ['accruals', 'nginx-max-fails'],
    ['detectors', 'phi-accrual'],
    ['faults', 'blackhole'],
    ['fields', 'heartbeat.detector.nfd-s.slack'],
    ['fields', 'gossip.probeInterval'],
    ['metrics', 'latency.p99'],
    ['fields', 'instances.N.serviceTime'],
    ['fields', 'loadBalancer.slowStart.envoy.window'],
    ['fields', 'loadBalancer.subsetting.random-aperture.lowLoad'],
  ])('list %s, for people and as JSON', async (what, name) => {
    const text = await meshtrial(['list', what]);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain(name);
    for (const line of text.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    const json = await meshtrial(['list', what, '--json']);
    expect(JSON.parse(json.stdout).map((one: Record<string, string>) => one.name ?? one.kind ?? one.path)).toContain(
      name,
    );
  });

  it('help names what can be listed', async () => {
    for (const args of [['--help'], ['list', '--help']]) {
      expect((await meshtrial(args)).stdout).toContain(
        'list [options] <strategies|subsettings|accruals|detectors|faults|metrics|fields>',
      );
    }
    expect((await meshtrial(['--help'])).stdout).toContain("'meshtrial list fields'");
  });

  it('help and version succeed, and help tells the exit codes', async () => {
    const help = await meshtrial(['run', '--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/99 +a threshold failed/);
    expect(await meshtrial(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe('streams that do not end, or do not take', () => {
  const tooLong = /^\S+:1:1: expected at most 524288 characters, found more$/m;

  it('standard input is read no further than a scenario can be long', async () => {
    const { code, stderr } = await meshtrial(['validate', '-'], { stdin: 'y\n'.repeat(5_000_000) });
    expect(stderr).toMatch(tooLong);
    expect(code).toBe(104);
  });

  it.skipIf(!existsSync('/dev/zero'))('so is a device, as a scenario and as a file of values', async () => {
    const device = await meshtrial(['validate', '/dev/zero']);
    expect(device.stderr).toMatch(tooLong);
    expect(device.code).toBe(104);
    const text = scenario().replace('{ exponential: { mean: 2ms } }', '{ empirical: { file: /dev/zero } }');
    const values = await meshtrial(['validate', write('a.yaml', text)]);
    expect(values.stderr).toContain("expected a readable file, found '/dev/zero': it is longer than");
    expect(values.code).toBe(104);
  });

  it
    .skipIf(!existsSync('/dev/full'))
    .each([
      [['run', 'a.yaml']],
      [['run', 'a.yaml', '--json', '--quiet']],
      [['validate', 'a.yaml']],
      [['list', 'metrics']],
      [['list', 'metrics', '--json']],
      [['--help']],
      [['--version']],
    ])('%j to a full disk says so on one line', async (args) => {
    write('a.yaml', scenario());
    const { code, stderr } = await meshtrial(args, { stdoutTo: '/dev/full' });
    expect(stderr).toBe('meshtrial: cannot write standard output: no space left on the device (ENOSPC)\n');
    expect(code).toBe(2);
  });

  it('a reader that goes away is no error', async () => {
    const command = `"${process.execPath}" "${main}" list fields --json | head -c 1; echo " \${PIPESTATUS[0]}"`;
    const shell = spawn('bash', ['-c', command], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (text) => (said += text));
    await new Promise((resolve) => shell.on('close', resolve));
    expect(said).toBe('[ 0\n');
  });
});
