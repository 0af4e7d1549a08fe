import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type How, runMeshtrial } from './meshtrial.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshtrial-pick-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const meshtrial = (args: readonly string[], how: How = {}) => runMeshtrial(folder, args, how);

function write(file: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, file), content);
  return file;
}

/** nginx's own example: weights 5, 1, 1. */
function scenario({ policy = 'weighted-round-robin', load = '{ rate: 10/s }', extra = '' } = {}): string {
  return `name: three
duration: 3s
instances:
  - { ids: [a], weight: 5, serviceTime: 1ms }
  - { ids: [b, c], serviceTime: 1ms }
load: ${load}
loadBalancer: { policy: ${policy} }
${extra}`;
}

const keys = Array.from({ length: 100 }, (_, i) => `user-${i}`);

interface Printed {
  readonly picks: { instance: string | null; key?: string }[];
  readonly moved?: number;
}

/** The JSON of a pick that went well. */
async function printed(args: readonly string[], how: How = {}): Promise<Printed> {
  const { code, stdout, stderr } = await meshtrial(['pick', ...args, '--json'], how);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.split('\n')).toEqual([expect.any(String), '']);
  return JSON.parse(stdout);
}

describe('meshtrial pick', () => {
  it('prints the sequence, and what each got beside what it was due', async () => {
    const { code, stdout, stderr } = await meshtrial(['pick', write('a.yaml', scenario()), '--count', '7']);
    expect(stdout).toBe(`weighted-round-robin, caller-1, seed 1: 7 picks

  a a b a c a a

  instance  weight  picks   share  expected
  a              5      5  71.43%    71.43%
  b              1      1  14.29%    14.29%
  c              1      1  14.29%    14.29%
`);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('as JSON: the instances in turn, 20 of them where nothing is said', async () => {
    const { picks, ...more } = await printed([write('a.yaml', scenario())]);
    expect(picks).toEqual([...'aabacaaaabacaaaabaca'].map((instance) => ({ instance })));
    expect(more).toEqual({});
  });

  it('reads standard input, and picks by another strategy', async () => {
    const { picks } = await printed(['-', '--strategy', 'ring', '--count', '6'], { stdin: scenario() });
    expect('abcabcabc').toContain(picks.map(({ instance }) => instance).join(''));
  });

  it('a pick for each line that is not blank, the same whatever the line ends', async () => {
    const file = write('a.yaml', scenario({ policy: 'rendezvous' }));
    const { picks } = await printed([file, '--keys', write('unix.txt', 'one\n\n two\n  \nthree\none')]);
    expect(picks.map(({ key }) => key)).toEqual(['one', ' two', 'three', 'one']);
    expect(picks[3]).toEqual(picks[0]);
    const windows = Buffer.from('\uFEFFone\r\n\r\n two\r\n  \r\nthree\r\none\r\n');
    expect(await printed([file, '--keys', write('windows.txt', windows)])).toEqual({ picks });
    expect(await printed([file, '--keys', '-'], { stdin: 'one\n two\nthree\none\n' })).toEqual({ picks });
  });

  it('the keys of the load, where there is no file', async () => {
    const load = '{ rate: 10/s, keys: { uniform: { count: 3 } } }';
    const { picks } = await printed([write('a.yaml', scenario({ load })), '--count', '50']);
    expect(new Set(picks.map(({ key }) => key))).toEqual(new Set(['0', '1', '2']));
  });

  it('says how many keys move when an instance leaves, from whom to whom', async () => {
    const file = write('a.yaml', scenario({ policy: 'rendezvous' }));
    const list = write('keys.txt', keys.join('\n'));
    const { picks, moved } = await printed([file, '--keys', list, '--without', 'a']);
    const ofA = picks.filter(({ instance }) => instance === 'a');
    expect(moved).toBe(ofA.length);
    expect(ofA.length).toBeGreaterThan(50);
    const { stdout } = await meshtrial(['pick', file, '--keys', list, '--without', 'a']);
    expect(stdout).toContain(`\nwithout a: ${moved} of 100 picks moved, ${moved}.00%\n`);
    expect(stdout).toMatch(/\n {2}from {2}to {2}picks\n {2}a {5}[bc] +\d+\n {2}a {5}[bc] +\d+\n$/);
    expect(stdout).toMatch(new RegExp(`\\n {2}${ofA[0]?.key} +a -> [bc]\\n`));
    expect(stdout).toMatch(/\n {2}a +5 +\d+ +\d+\.00% +71\.43% +- +- +- +-\n/);
    expect(stdout).toMatch(/\n {2}b +1 +\d+ +\d+\.00% +14\.29% +1 +\d+ +\d+\.00% +50\.00%\n/);
  });

  it('and when one joins, or weighs something else', async () => {
    const file = write('a.yaml', scenario({ policy: 'rendezvous' }));
    const list = write('keys.txt', keys.join('\n'));
    const { stdout } = await meshtrial(['pick', file, '--keys', list, '--with', 'd:7']);
    expect(stdout).toMatch(/\nwith d of weight 7: \d+ of 100 picks moved/);
    expect(stdout).toMatch(/\n {2}d +- +- +- +- +7 +\d+ +\d+\.00% +50\.00%\n/);
    const { picks, moved } = await printed([file, '--keys', list, '--with', 'a:0', '--without', 'b', '--with', 'd:0']);
    expect(moved).toBe(picks.filter(({ instance }) => instance !== 'c').length);
    expect(await printed([file, '--keys', list, '--with', 'a:5'])).toMatchObject({ moved: 0 });
  });

  it.each([
    ['hash_key', 'ring-hash'],
    ['guid', '{ ring-hash: { system: haproxy, hostKey: guid } }'],
  ])('an instance that joins is not hashed by the %s of the last in the file', async (name, policy) => {
    const lastHasKey = scenario({ policy }).replace('[b, c], ', `[c], metadata: { ${name}: own }, `);
    const args = [write('a.yaml', lastHasKey), '--keys', write('keys.txt', keys.join('\n')), '--with', 'd:1'];
    const { stdout } = await meshtrial(['pick', ...args]);
    // With the same points one of them had all keys of both, or they shared those of c.
    expect(stdout).toMatch(/\n {2}user-\d+ +a -> d\n/);
    expect(stdout).toMatch(/\n {2}user-\d+ +(\w -> )?c\n/);
  });

  it('without keys both sequences, compared pick by pick', async () => {
    const { stdout } = await meshtrial(['pick', write('a.yaml', scenario()), '--count', '7', '--without', 'c']);
    expect(stdout).toContain('\n  a a b a c a a\n\nwithout c\n\n  a a a b a a a\n\n');
    expect(stdout).toContain('\nwithout c: 3 of 7 picks moved, 42.86%\n  from  to  picks\n');
  });

  it('takes the first column of a matrix, or that of --strategy, and says so', async () => {
    const extra = 'matrix: { instances.1.weight: [1, 2], loadBalancer.policy: [weighted-round-robin, ring] }';
    const file = write('a.yaml', scenario({ extra }));
    const first = await meshtrial(['pick', file, '--count', '7', '--json']);
    expect(first.stderr).toBe(
      'meshtrial: a.yaml has 4 columns; this is the first: weighted-round-robin, instances.1.weight=1; ' +
        'for another, write such as: --strategy ring --param instances.1.weight=1\n',
    );
    expect(JSON.parse(first.stdout).picks).toEqual([...'aabacaa'].map((instance) => ({ instance })));
    const ring = await meshtrial(['pick', file, '--strategy', 'ring']);
    expect(ring.stderr).toMatch(/^meshtrial: a\.yaml has 2 columns; this is the first: ring, instances\.1\.weight=1; /);
    expect(ring.stdout).toMatch(/^ring, caller-1, seed 1: 20 picks\n/);
    expect(ring.code).toBe(0);
  });

  it('takes what run takes: a strategy with its options, a variant, a value of the matrix, a seed', async () => {
    const policies = '[ring-hash, { ring-hash: { system: nginx } }, { maglev: { tableSize: 17 } }]';
    const extra = `matrix: { instances.0.weight: [5, 1], loadBalancer.policy: ${policies} }
variants: { now: {}, then: { instances.1.weight: 3 } }`;
    const file = write('a.yaml', scenario({ extra }));
    const args = [
      'pick',
      file,
      '--keys',
      write('keys.txt', 'one'),
      '--variant',
      'then',
      '--param',
      'instances.0.weight=1',
    ];
    const maglev = await meshtrial([...args, '--strategy', 'maglev(tableSize=17)', '--seed', '9']);
    expect(maglev.stdout).toMatch(/^maglev\(tableSize=17\), caller-1, seed 9: 1 pick\n(.*\n)+ {2}a +1 .*\n {2}b +3 /);
    expect([maglev.code, maglev.stderr]).toEqual([0, '']);
    const bare = await meshtrial([...args, '--strategy', 'ring-hash']);
    expect(bare.stderr).toBe('meshtrial: ring-hash without options; a.yaml has ring-hash(system=nginx)\n');
    const other = await meshtrial([...args, '--strategy', 'ring-hash(hashBalanceFactor=125)']);
    expect(other.stdout).toMatch(/^ring-hash\(hashBalanceFactor=125\), /);
    expect(other.stderr).toBe(
      'meshtrial: ring-hash(hashBalanceFactor=125), which is no column of the file; ' +
        'a.yaml has ring-hash(system=nginx)\n',
    );
  });

  it('says so where keys are missed, or not looked at', async () => {
    const file = write('a.yaml', scenario());
    const unkeyed = await meshtrial(['pick', file, '--strategy', 'ring-hash']);
    expect(unkeyed.stderr).toMatch(/^meshtrial: these picks have no keys to go by; --keys FILE, .* gives them some\n$/);
    const ignored = await meshtrial(['pick', file, '--keys', write('keys.txt', 'one')]);
    expect(ignored.stderr).toBe('meshtrial: weighted-round-robin does not look at keys: these are picks in turn\n');
    expect([unkeyed.code, ignored.code]).toEqual([0, 0]);
  });

  it('says so where an option is not read', async () => {
    const policy = '{ least-request: { algorithm: full-scan, choiceCount: 3 } }';
    const { code, stderr } = await meshtrial(['pick', write('a.yaml', scenario({ policy })), '--count', '1']);
    expect(stderr).toBe(
      'meshtrial: least-request has options that it does not read beside its others: ' +
        'choiceCount is for algorithm: choices or haproxy-random; they change nothing\n',
    );
    expect(code).toBe(0);
  });

  it('says whom an instance that joins is like, where they are not alike', async () => {
    const zones = scenario().replace('[b, c],', '[b, c], zones: [z],');
    const { stdout } = await meshtrial(['pick', write('a.yaml', zones), '--with', 'd:1', '--with', 'a:2']);
    expect(stdout).toContain('\nwith d of weight 1, like c, with a of weight 2\n');
  });

  it('shows keys as a terminal can show them', async () => {
    const file = write('a.yaml', scenario({ policy: 'rendezvous' }));
    const { stdout } = await meshtrial(['pick', file, '--keys', write('keys.txt', '\u001b[31mred')]);
    expect(stdout).toMatch(/\n {2}␛\[31mred {2}[abc]\n/);
    expect(stdout).not.toContain('\u001b');
  });

  it('answers 104 to an invalid scenario', async () => {
    const { code, stdout, stderr } = await meshtrial(['pick', write('a.yaml', scenario({ policy: 'rnig' }))]);
    expect([code, stdout]).toEqual([104, '']);
    expect(stderr).toMatch(/^a\.yaml:\d+:\d+: expected a known strategy, found 'rnig'/);
  });
});

describe('what cannot be', () => {
  it.each([
    [['pick'], "missing required argument 'FILE'"],
    [['pick', 'nowhere.yaml'], 'cannot read nowhere.yaml: there is no such file'],
    [['pick', 'a.yaml', 'a.yaml'], 'too many arguments'],
    [['pick', 'a.yaml', '--keys', 'nowhere.txt'], 'cannot read nowhere.txt: there is no such file'],
    [['pick', 'a.yaml', '--keys', '.'], 'cannot read .: it is a folder'],
    [['pick', 'a.yaml', '--keys', 'empty.txt'], 'there are no keys in empty.txt: write one a line'],
    [['pick', 'a.yaml', '--keys', 'latin.txt'], 'cannot read latin.txt: it is not UTF-8 text'],
    [['pick', 'a.yaml', '--keys', 'wide.txt'], 'wide.txt:2: a key has at most 1000 characters, found 1001'],
    [['pick', 'a.yaml', '--keys', 'long.txt'], 'long.txt is longer than 16777216 bytes'],
    [['pick', 'a.yaml', '--keys', 'many.txt'], 'there may be 1000000 keys in many.txt, found 1000001'],
    [['pick', '-', '--keys', '-'], 'can be read only once'],
    [['pick', 'a.yaml', '--keys', 'empty.txt', '--count', '3'], "option '--count <number>' cannot be used with option"],
    [['pick', 'a.yaml', '--count', '0'], 'whole number from 1 to 1000000'],
    [['pick', 'a.yaml', '--strategy', 'rnig'], "There is no strategy 'rnig'. Did you mean 'ring'?"],
    [['pick', 'a.yaml', '--strategy', 'ring,random'], 'It takes one strategy; ask of one after the other.'],
    [['pick', 'a.yaml', '--strategy', 'ring(skip=hld)'], '--strategy ring(skip=hld) does not go with a.yaml: expected'],
    [['pick', 'a.yaml', '--variant', 'x'], '--variant x: a.yaml has no such variant of these; it names no variants'],
    [['pick', 'a.yaml', '--without', 'd'], '--without d: there is no such instance; known: a, b, c'],
    [['pick', 'a.yaml', '--without', 'a,b'], 'known: a, b, c; write --without once for each'],
    [['pick', ''], "cannot read '': there is no such file"],
    [['pick', 'a.yaml', '--keys', ''], 'It must be the path of a file.'],
    [['pick', 'a.yaml', '--without', 'a', '--with', 'a:1'], "'a' is there twice"],
    [['pick', 'a.yaml', '--with', 'a'], 'It must be ID:WEIGHT, such as a-1:2, the weight from 0 to 1000000.'],
    [['pick', 'a.yaml', '--with', 'a:-1'], 'It must be ID:WEIGHT'],
    [['pick', 'a.yaml', '--with', 'a:2000000'], 'It must be ID:WEIGHT'],
    [['pick', 'a.yaml', '--with', ':1'], 'It must be ID:WEIGHT'],
  ])('%j is a usage error', async (args, message) => {
    write('a.yaml', scenario());
    write('empty.txt', '\n \n');
    write('latin.txt', Uint8Array.from([0xff, 0xe4, 0x0a]));
    write('wide.txt', `x\n${'y'.repeat(1_001)}\n`);
    if (args.includes('long.txt')) write('long.txt', 'key\n'.repeat(5_000_000));
    if (args.includes('many.txt')) write('many.txt', 'k\n'.repeat(1_000_001));
    const { code, stdout, stderr } = await meshtrial(args);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect([code, stdout]).toEqual([2, '']);
  });
});
