import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportData } from '../../src/report/html/report_data.ts';
import { runMeshtrial } from './meshtrial.ts';

let folder: string;
const meshtrial = (...args: string[]) => runMeshtrial(folder, args);
const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');
const dataOf = (html: string) =>
  JSON.parse(
    /<script type="application\/json" id="data">(.*)<\/script>\n<script>/s.exec(html)?.[1] ?? 'null',
  ) as ReportData;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meshtrial-report-'));
  writeFileSync(
    join(folder, 'tiny.yaml'),
    `name: tiny
duration: 5s
warmup: 1s
replications: 2
instances: [{ count: 3, zones: [a, b, c], serviceTime: { exponential: { mean: 2ms } } }]
callers: { count: 2 }
load: { arrivals: poisson, rate: 200/s }
loadBalancer: { policy: ring }
healthCheck: { interval: 200ms, timeout: 50ms, unhealthyThreshold: 2, healthyThreshold: 1 }
faults: [{ crash: { zone: a }, at: 2s, for: 1s }]
thresholds: [failover.detect.p99 < 600ms]
matrix: { loadBalancer.policy: [ring, random] }
`,
  );
  expect(await meshtrial('run', 'tiny.yaml', '--html', '--out', 'out')).toMatchObject({ code: 0, stderr: '' });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('report.html', () => {
  it('is written by run --html and again, the same, by report, from the files alone', async () => {
    const written = read('out', 'tiny', 'report.html');
    rmSync(join(folder, 'out', 'tiny', 'report.html'));
    expect(await meshtrial('report', 'out')).toEqual({ code: 0, stdout: 'out/tiny/report.html\n', stderr: '' });
    expect(read('out', 'tiny', 'report.html')).toBe(written);
    expect(await meshtrial('report', 'out/tiny')).toMatchObject({ code: 0 });
    expect(readdirSync(join(folder, 'out', 'tiny')).filter((file) => file.startsWith('.'))).toEqual([]);
  });

  it('has detection times that agree with the result', () => {
    const { columns } = dataOf(read('out', 'tiny', 'report.html'));
    const { cells } = JSON.parse(read('out', 'tiny', 'result.json')) as {
      cells: { strategy: string; seed: number; failover: { detectMs: { count: number; mean: number; max: number } } }[];
    };
    for (const { strategy, course } of columns) {
      const { detectMs } =
        cells.find((cell) => cell.strategy === strategy && cell.seed === course?.seed)?.failover ?? expect.fail();
      const times = course?.detection.times ?? [];
      expect(times).toHaveLength(detectMs.count);
      expect(times[times.length - 1]).toBeCloseTo(detectMs.max, 2);
      expect(times.reduce((sum, ms) => sum + ms, 0) / times.length).toBeCloseTo(detectMs.mean, 2);
      expect(course?.faults).toEqual([{ fault: 'crash#0', fromMs: 2000, toMs: 3000 }]);
    }
  });

  it('says what is missing', async () => {
    mkdirSync(join(folder, 'empty'), { recursive: true });
    const none = await meshtrial('report', 'empty');
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain('there are no results in empty: expected a result.json in it or in its folders');
    const nowhere = await meshtrial('report', 'nowhere');
    expect(nowhere).toMatchObject({ code: 2, stdout: '' });
    const seed = await meshtrial('report', 'out', '--seed', '99');
    expect(seed).toMatchObject({ code: 2, stdout: '' });
    expect(seed.stderr).toContain('no series of seed 99, only of 1: run it with --seed 99');
    mkdirSync(join(folder, 'bad'), { recursive: true });
    writeFileSync(join(folder, 'bad', 'result.json'), '[]');
    expect(await meshtrial('report', 'bad')).toMatchObject({ code: 2 });
  });
});
