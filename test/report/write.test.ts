import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { columnName, metrics } from '../../src/metrics/catalogue.ts';
import { OutputError, outputError } from '../../src/report/output_error.ts';
import { resultJson } from '../../src/report/result_json.ts';
import { openOutput } from '../../src/report/write.ts';
import { labelOf } from '../../src/run/cells.ts';
import type { ResultDocument } from '../../src/run/result.ts';
import { fakeFailover, fakeScenario } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';
import { detectStudy } from '../run/detect_study.ts';

const owner = { id: 4242, isAlive: () => false };
const scenario = fakeScenario(
  [
    { strategy: 'ring', params: { 'load.rate': '2000/s', 'healthCheck.kind': 'tcp' } },
    { strategy: 'peak-ewma(decayTime=5s,smoothing=1)', params: { 'load.rate': '2000/s', 'healthCheck.kind': 'tcp' } },
  ],
  { seed: 9_007_199_254_740_000, replications: 2 },
);
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'meshtrial-write-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function writeAll(directory: string) {
  const output = await openOutput(directory, scenario.columns.map(labelOf), owner);
  const study = await fakeStudy(
    scenario,
    (_, seed) => ({ p99: seed % 7, failovers: [fakeFailover(1 / 3)] }),
    output.series,
  );
  await output.write(study.document);
  return { study, files: output.publish() };
}

describe('the files of a study', () => {
  it('are these bytes', async () => {
    const { files } = await writeAll(root);
    const read = (file: string) => readFileSync(join(root, file), 'utf8');
    expect(readdirSync(root).toSorted()).toEqual([...files].toSorted());
    const ring = 'ring,,9007199254740000';
    const params = '2000/s,tcp';
    const detectBy = ['active_check', 'ejection', 'registry', 'accrual', 'heartbeat', 'gossip'].flatMap((cause) =>
      ['count', 'mean_ms', 'p50_ms', 'p90_ms', 'p99_ms', 'max_ms'].map((figure) => `detect_by_${cause}_${figure}`),
    );
    expect(read('series.csv').split('\n').slice(0, 5)).toEqual([
      'strategy,variant,seed,t_ms,metric,subject,value,param_load_rate,param_health_check_kind',
      `${ring},0,up,a-1,1,${params}`,
      `ring,,,0,availability,measured,1,${params}`,
      `ring,,,1000,availability,measured,0.5,${params}`,
      `"peak-ewma(decayTime=5s,smoothing=1)",,9007199254740000,0,up,a-1,1,${params}`,
    ]);
    expect(read('instances.csv').split('\n').slice(0, 2)).toEqual([
      'scenario,strategy,variant,seed,id,zone,weight,requests,failures,share,expected_share,availability,utilization,probes,probes_per_second,' +
        'param_load_rate,param_health_check_kind',
      `fake,${ring},a-1,a,1,1000,0,1,1,1,0.333333333,5,2.5,${params}`,
    ]);
    expect(read('failovers.csv').split('\n').slice(0, 2)).toEqual([
      'scenario,strategy,variant,seed,instance,fault,start_ms,end_ms,at_risk,already_out,not_in_view,' +
        'detect_count,detect_mean_ms,detect_p50_ms,detect_p90_ms,detect_p99_ms,detect_max_ms,' +
        'drain_count,drain_mean_ms,drain_p50_ms,drain_p90_ms,drain_p99_ms,drain_max_ms,' +
        'reinstate_count,reinstate_mean_ms,reinstate_p50_ms,reinstate_p90_ms,reinstate_p99_ms,reinstate_max_ms,' +
        'undetected,censored,late,unexposed,leaks_half_open,leaks_unejected,leaks_panic,leaks_stale_view,' +
        'removed_by_active_check,removed_by_ejection,removed_by_registry,failed_attempts,client_failures,' +
        `removed_by_accrual,removed_by_heartbeat,removed_by_gossip,${detectBy.join()},` +
        'param_load_rate,param_health_check_kind',
      `fake,${ring},b-1,crash#0,1000,,4,0,1,4${',0.333333333'.repeat(5)},0,,,,,,0,,,,,,0,0,0,0,0,0,0,0,4,0,0,7,3,0,0,0,4${',0.333333333'.repeat(5)}${',0,,,,,'.repeat(5)},${params}`,
    ]);
    const third = '4,0.333333333,0.333333333,0.333333333,0.333333333,0.333333333';
    expect(read('detectors.csv').split('\n').slice(0, 3)).toEqual([
      'scenario,strategy,variant,seed,detector,at_risk,' +
        'detect_count,detect_mean_ms,detect_p50_ms,detect_p90_ms,detect_p99_ms,detect_max_ms,' +
        'undetected,censored,false_positives,good_time_ms,mean_time_between_ms,mean_duration_ms,query_accuracy,' +
        'param_load_rate,param_health_check_kind',
      `fake,${ring},activeCheck,4,${third},1,2,3,1500,500,100,0.8,${params}`,
      `fake,${ring},all,4,${third},1,2,3,1500,500,100,0.8,${params}`,
    ]);
    expect(read('comparison.csv').split('\n').slice(0, 2)).toEqual([
      'scenario,metric,reference,strategy,variant,difference,low,high,n,verdict,compares,test,ratio,ratio_low,ratio_high,family,param_load_rate,param_health_check_kind',
      `fake,requests.succeeded,ring,"peak-ewma(decayTime=5s,smoothing=1)",,0,0,0,2,same,strategy,paired,1,1,1,1,${params}`,
    ]);
    expect(read('runs.csv').split('\n')).toHaveLength(1 + 4 + 1);
  });

  it('runs.csv has every metric of the catalogue, under the name of its column', async () => {
    await writeAll(root);
    const [header, first] = readFileSync(join(root, 'runs.csv'), 'utf8')
      .split('\n')
      .map((line) => line.split(','));
    expect(header.slice(0, 6)).toEqual(['scenario', 'strategy', 'variant', 'seed', 'digest', 'input_digest']);
    expect(header.slice(6, -2)).toEqual(metrics.map(columnName));
    expect(header.slice(-2)).toEqual(['param_load_rate', 'param_health_check_kind']);
    expect(new Set(header).size).toBe(header.length);
    expect(first[header.indexOf('latency_p50_ms')]).toBe('4');
    expect(first[header.indexOf('failover_detect_p99_ms')]).toBe('');
  });

  it('leave empty, or null, what was not reached', async () => {
    const ring = fakeScenario([{ strategy: 'ring' }]);
    const output = await openOutput(root, ring.columns.map(labelOf), owner);
    const { document } = await detectStudy(ring, { ring: ['never'] }, output.series);
    await output.write(document);
    output.publish();
    const [header, first] = readFileSync(join(root, 'runs.csv'), 'utf8')
      .split('\n')
      .map((line) => line.split(','));
    const detection = header.flatMap((name, i) => (/^failover_detect_(?!by_)/.test(name) ? [first[i]] : []));
    expect(detection).toEqual(['3', '14600', '', '', '', '2000']);
    expect(first[header.indexOf('detector_mean_time_between_ms')]).toBe('');
    expect(JSON.parse([...resultJson(document)].join(''))).toEqual(document);
  });

  it('are the same when written again, over themselves', async () => {
    await writeAll(root);
    const before = readdirSync(root).map((file) => readFileSync(join(root, file), 'utf8'));
    await writeAll(root);
    expect(readdirSync(root).map((file) => readFileSync(join(root, file), 'utf8'))).toEqual(before);
  });

  it('result.json is one line, its keys in the order of the design', async () => {
    const { study } = await writeAll(root);
    const text = readFileSync(join(root, 'result.json'), 'utf8');
    expect(text).toBe([...resultJson(study.document)].join(''));
    expect(text.indexOf('\n')).toBe(text.length - 1);
    const parsed = JSON.parse(text) as ResultDocument;
    expect(parsed).toEqual(JSON.parse(JSON.stringify(study.document)));
    expect(Object.keys(parsed)).toEqual([
      ...[
        'schema',
        'scenario',
        'version',
        'cells',
        'summary',
        'comparison',
        'thresholds',
        'best',
        'precision',
        'incomplete',
        'description',
        'warnings',
      ],
    ]);
    expect(Object.keys(parsed.cells[0]).slice(0, 7)).toEqual([
      ...['strategy', 'variant', 'params', 'seed', 'digest', 'inputDigest', 'requests'],
    ]);
    expect(Object.keys(parsed.summary[0])).toEqual([
      'strategy',
      'variant',
      'params',
      'metric',
      'mean',
      'low',
      'high',
      'n',
      ...['method', 'note', 'beyond'],
    ]);
    expect(Object.keys(parsed.comparison[0])).toEqual([
      ...['metric', 'reference', 'strategy', 'variant', 'params', 'difference', 'low', 'high', 'n', 'verdict'],
      ...['compares', 'test', 'ratio', 'ratioLow', 'ratioHigh', 'family'],
    ]);
  });

  it('never hold NaN or Infinity', async () => {
    const { document } = await fakeStudy(scenario, () => ({}));
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const broken = { ...document, summary: [{ ...document.summary[0], mean: bad }] };
      expect(() => [...resultJson(broken)]).toThrow(`mean is ${bad} in the result`);
    }
  });
});

describe('a study that is not finished', () => {
  it('leaves nothing to be seen, nor a folder', async () => {
    const directory = join(root, 'results', 'fake');
    const output = await openOutput(directory, scenario.columns.map(labelOf), owner);
    const { document } = await fakeStudy(scenario, () => ({}), output.series);
    await output.write(document);
    expect(readdirSync(directory)).toEqual(['.unfinished-4242']);
    output.discard();
    expect(readdirSync(root)).toEqual([]);
  });

  it('leaves the results of the one before', async () => {
    await writeAll(root);
    const before = readdirSync(root);
    const output = await openOutput(root, scenario.columns.map(labelOf), owner);
    const { document } = await fakeStudy(scenario, () => ({}), output.series);
    // Midway: the third table cannot be made.
    mkdirSync(join(root, '.unfinished-4242', 'failovers.csv'));
    await expect(output.write(document)).rejects.toThrow(OutputError);
    output.discard();
    expect(readdirSync(root)).toEqual(before);
  });
});

describe('a folder that cannot be written', () => {
  const open = (directory: string) => openOutput(directory, scenario.columns.map(labelOf), owner);

  it('is known before anything runs, in words', async () => {
    writeFileSync(join(root, 'file'), '');
    await expect(open(join(root, 'file', 'fake'))).rejects.toThrow(/cannot write .*fake: a part of the path is a file/);
    await expect(open(join(root, 'file'))).rejects.toThrow(/cannot write .*file: a part of the path is a file/);
  });

  it.skipIf(process.getuid?.() === 0)('says that permission is denied', async () => {
    mkdirSync(join(root, 'locked'));
    chmodSync(join(root, 'locked'), 0o500);
    await expect(open(join(root, 'locked', 'fake'))).rejects.toThrow('permission denied (EACCES)');
  });

  it('says that the disk is full', () => {
    const full = Object.assign(new Error('write'), { code: 'ENOSPC', syscall: 'write' });
    expect(outputError('x/runs.csv', full).message).toBe(
      'cannot write x/runs.csv: no space left on the device (ENOSPC)',
    );
  });

  it('is not blamed for a bug of ours', () => {
    const bug = new TypeError('x is undefined');
    expect(() => outputError('x/runs.csv', bug)).toThrow(bug);
  });
});
