import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/cli/run_command.ts';
import type { TraceOptions } from '../../src/cli/trace_option.ts';
import type { ResultDocument } from '../../src/run/result.ts';
import type { TraceEvent } from '../../src/run/trace/trace_event.ts';
import { viewed } from '../run/trace/format.ts';
import { runMeshtrial } from './meshtrial.ts';

const scenario = `name: tiny
duration: 3s
warmup: 500ms
replications: 2
seed: 5
instances: [{ count: 3, zones: [a, b, c], serviceTime: { exponential: { mean: 2ms } } }]
callers: { count: 2 }
load: { arrivals: poisson, rate: 200/s }
request: { timeout: 1s, retries: { attempts: 1, retryOn: [connect-failure] } }
faults: [{ crash: { zone: a }, at: 2s, for: 500ms }]
matrix:
  loadBalancer.policy: [ring, { peak-ewma: { decayTime: 5s } }]
`;

interface TraceFile {
  readonly otherData: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly traceEvents: TraceEvent[];
}

let folder: string;
const meshtrial = (...args: string[]) => runMeshtrial(folder, args);
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as TraceFile;
const digests = () => {
  const { cells } = JSON.parse(readFileSync(join(folder, 'results/tiny/result.json'), 'utf8')) as ResultDocument;
  return cells.map(({ digest }) => digest);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshtrial-trace-'));
  writeFileSync(join(folder, 'a.yaml'), scenario);
  writeFileSync(join(folder, 'b.yaml'), scenario.replace('tiny', 'other'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('run --trace', () => {
  it('writes a trace of the first cell from just before the first fault, beside the results as they are', async () => {
    await meshtrial('run', 'a.yaml', '--quiet');
    const untraced = readFileSync(join(folder, 'results/tiny/result.json'), 'utf8');
    const { code, stderr } = await meshtrial('run', 'a.yaml', '--trace', 'results/tiny/trace.json');
    expect(code).toBe(0);
    expect(stderr).toBe(
      'trace of ring, seed 5, 1 s to 3 s: results/tiny/trace.json, to be opened at https://ui.perfetto.dev\n',
    );
    expect(readFileSync(join(folder, 'results/tiny/result.json'), 'utf8')).toBe(untraced);
    const { otherData, metadata, traceEvents } = read('results/tiny/trace.json');
    expect(otherData).toMatchObject({ scenario: 'tiny', strategy: 'ring', seed: 5, from_ms: 1000, capped: false });
    expect(metadata).toEqual(otherData);
    expect(otherData.digest).toBe(digests()[0]);
    const { spans } = viewed(traceEvents, 1000, Number(otherData.to_ms));
    expect(spans.filter(({ cat }) => cat === 'fault')).toHaveLength(1);
    expect(readdirSync(join(folder, 'results/tiny')).filter((name) => name.startsWith('.'))).toEqual([]);
  }, 20_000);

  it('is of the cell and the stretch that are asked for, and says where it is full', async () => {
    const column = ['--strategy', 'peak-ewma', '--seed', '9', '--replications', '1'];
    const part = ['--trace', 't.json', '--trace-from', '2s', '--trace-for', '100ms'];
    const { stderr } = await meshtrial('run', 'a.yaml', ...column, ...part, '--trace-events', '20');
    expect(stderr).toMatch(/^trace of peak-ewma, seed 9, 2 s to 2\.\d+ s: t\.json, /);
    expect(stderr).toContain('it ends early, after 20 events; --trace-events takes more');
    const { otherData, traceEvents } = read('t.json');
    expect(otherData).toMatchObject({ strategy: 'peak-ewma', seed: 9, from_ms: 2000, capped: true });
    viewed(traceEvents, 2000, 2100);
  }, 20_000);

  const options = { jobs: 1, json: false, quiet: true, dryRun: false, strict: false };
  it.each([
    ['two scenarios', ['a.yaml', 'b.yaml'], { trace: 'x.json' }, /name one scenario file/],
    ['a time after the end', ['a.yaml'], { trace: 'x.json', traceFrom: 3000 }, /the run lasts 3 s/],
    ['no time at all', ['a.yaml'], { trace: 'x.json', traceFor: 0 }, /a duration such as 5s/],
    ['a stretch of nothing', ['a.yaml'], { traceFor: 1 }, /^--trace-for says .* name the file with --trace/],
    ['a folder', ['a.yaml'], { trace: 'full' }, /cannot write .*full: there is a folder of that name/],
    ['a file in a file', ['a.yaml'], { trace: 'a.yaml/x.json' }, /cannot write .*a\.yaml\/x\.json/],
  ])('refuses %s before anything runs', async (_, files, { trace, ...asked }: TraceOptions, message) => {
    const inFolder = (name: string) => join(folder, name);
    mkdirSync(inFolder('full'), { recursive: true });
    const path = trace !== undefined && { trace: inFolder(trace) };
    const running = runCommand(files.map(inFolder), { ...options, out: inFolder('nowhere'), ...path, ...asked });
    await expect(running).rejects.toThrow(message);
    expect(existsSync(inFolder('nowhere'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith('.') || name === 'x.json')).toEqual([]);
  });
});

describe('replay --trace', () => {
  it('writes a trace of the cell that is replayed', async () => {
    const { code, stdout, stderr } = await meshtrial(
      ...['replay', 'a.yaml', '--strategy', 'ring', '--seed', '6', '--trace', 'new/r.json', '--trace-for', '1s'],
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^trace of ring, seed 6, 1 s to 2 s: new\/r\.json/);
    const { otherData, traceEvents } = read('new/r.json');
    expect(stdout).toContain(`digest ${String(otherData.digest)}`);
    viewed(traceEvents, 1000, 2000);
  });

  it('leaves nothing where it cannot replay', async () => {
    const args = ['replay', 'a.yaml', '--strategy', 'ring', '--request', '999999', '--trace', 'gone/r.json'];
    expect((await meshtrial(...args)).code).toBe(2);
    expect(existsSync(join(folder, 'gone'))).toBe(false);
  });
});
