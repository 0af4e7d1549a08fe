import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLimit } from '../../../src/cli/read_limit.ts';
import { readResultFile } from '../../../src/cli/saved_results.ts';
import { assemble } from '../../../src/report/html/assemble.ts';
import { htmlFile } from '../../../src/report/html/html_file.ts';
import { type ColumnSeries, columnKey, readSeries } from '../../../src/report/html/read_series.ts';
import { renderReport } from '../../../src/report/html/report.ts';
import type { LineData, ReportData } from '../../../src/report/html/report_data.ts';
import { openOutput } from '../../../src/report/write.ts';
import { labelOf } from '../../../src/run/cells.ts';
import type { ResultDocument } from '../../../src/run/result.ts';
import { fakeFailover, fakeScenario } from '../../helpers/fake_report.ts';
import { fakeSeries, seriesOfRows } from '../../helpers/fake_series.ts';
import { fakeStudy } from '../../helpers/fake_study.ts';

const plain = { seed: null, readLimit, file: 'hostile.yaml' };
const hostile = '</script><script>alert(1)</script><!--';
const dist = fileURLToPath(new URL('../../../dist/report/html', import.meta.url));

function columns(names: readonly string[]) {
  return names.map((strategy) => ({ strategy, params: { 'load.rate': '2000/s' } }));
}

describe('a report of files', () => {
  const scenario = fakeScenario(columns([`ring ${hostile}`, 'random']), {
    name: 'hostile',
    replications: 3,
    seed: 5,
    thresholds: [{ expression: 'latency.p99 < 8ms', metric: 'latency.p99', operator: '<', limit: 8 }],
  });
  const failover = { ...fakeFailover(5000), instance: 'a-1', startMs: 20_000, endMs: 40_000 };
  let folder: string;
  let document: ResultDocument;
  let data: ReportData;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'meshtrial-report-'));
    const output = await openOutput(folder, scenario.columns.map(labelOf), { id: 7, isAlive: () => false });
    const study = await fakeStudy(
      scenario,
      (strategy, seed) => ({ p99: strategy === 'random' ? 4 + seed / 10 : 9 + seed / 10, failovers: [failover] }),
      (label, seed, rows) =>
        output.series(
          label,
          seed,
          seed === null ? rows : fakeSeries(['a-1', hostile], ['c-1', 'c-2'], { seconds: 60 }),
        ),
    );
    document = study.document;
    await output.write(document);
    output.publish();
    const series = await readSeries(join(folder, 'series.csv'), () => true);
    data = assemble(readResultFile(join(folder, 'result.json')), series, plain);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const line = (course: LineData) => ('times' in course ? course.times : course.values);

  it('has the figures of the summary and of every run', () => {
    expect(data.columns.map(({ strategy }) => strategy)).toEqual([`ring ${hostile}`, 'random']);
    const p99 = data.metrics.findIndex(({ name }) => name === 'latency.p99');
    for (const column of data.columns) {
      const row = document.summary.find(
        ({ metric, strategy }) => metric === 'latency.p99' && strategy === column.strategy,
      );
      expect(column.estimates[p99]).toMatchObject({ mean: row?.mean, low: row?.low, high: row?.high, n: 3 });
    }
    expect(data.columns[1].runs.map(({ seed, values }) => [seed, values[p99]])).toEqual([
      [5, 4.5],
      [6, 4.6],
      [7, 4.7],
    ]);
  });

  it('has each verdict with its margin', () => {
    const [ring, random] = data.thresholds;
    expect(ring).toMatchObject({ column: 0, metric: 'latency.p99', verdict: 'fail' });
    expect(ring.margin).toBeCloseTo((8 - (ring.observed ?? 0)) / 8, 12);
    expect(random).toMatchObject({ column: 1, verdict: 'pass' });
  });

  it('has one course a column, of the first seed, with truth, doubts and their cause', () => {
    const course = data.columns[0].course;
    expect(course?.seed).toBe(5);
    expect(course?.faults).toEqual([{ fault: 'crash#0', fromMs: 20_000, toMs: 40_000 }]);
    const [instance, ...others] = course?.instances ?? [];
    expect(others).toEqual([]);
    expect(instance).toMatchObject({ id: 'a-1', truth: [[20_000, 40_000, 'down']] });
    expect(instance.callers).toEqual([
      {
        id: 'c-1',
        doubts: [
          [0, 100, 'unseen'],
          [25_000, 42_000, 'activeCheck'],
        ],
      },
      {
        id: 'c-2',
        doubts: [
          [0, 100, 'unseen'],
          [25_001, 42_001, 'activeCheck'],
        ],
      },
    ]);
    expect(course?.detection).toMatchObject({
      times: [5000, 5001],
      missed: 0,
      cdf: [
        [5000, 0.5],
        [5001, 1],
      ],
    });
  });

  it('has lines by the second, and the success rate of counts', () => {
    const { lines, requests } = data.columns[0].course as NonNullable<ReportData['columns'][number]['course']>;
    expect(data.durationMs).toBe(60_000);
    expect(line(lines.offered)).toHaveLength(60);
    expect(lines.success).toMatchObject({ fromMs: 0, stepMs: 1000 });
    expect(line(lines.success)[12]).toBeCloseTo(1 - 1 / 1005, 6);
    expect(requests.instances.map(([id]) => id)).toEqual(['a-1', hostile]);
    // Second 25: a-1 is down, so that the other is all there is, and there is nothing to spread.
    expect(line(lines.dispersion)[25]).toBeNull();
    const [a, b] = [100 + ((3 * 7) % 17), 100 + ((3 * 7 + 13) % 17)];
    expect(line(lines.dispersion)[3]).toBeCloseTo((a - b) ** 2 / (a + b), 4);
  });

  it('shows another seed only where it was recorded', async () => {
    const found = await readSeries(join(folder, 'series.csv'), (_, seed) => seed === 6);
    expect([...found.values()].map(({ runs, seeds }) => [runs.size, seeds])).toEqual([
      [0, [5]],
      [0, [5]],
    ]);
    await expect(renderReport(folder, document, { ...plain, seed: 6 })).rejects.toThrow(
      `no series of seed 6, only of 5: 'meshtrial run hostile.yaml --seed 6 --replications 1 --html --out`,
    );
  });

  it.each([
    ['a,b\n1,2', 'is no series.csv of meshtrial: expected columns strategy, variant, seed'],
    ['', 'is no series.csv of meshtrial: it is empty'],
    ['HEADER\nring,,1,0,up,a-1', 'Invalid Record Length'],
    [
      'HEADER\nring,,1,0,up,a-1,NaN',
      "value of record 2: expected a number from 0 to 1.7976931348623157e+308, found 'NaN'",
    ],
    ['HEADER\nring,,1,1e15,up,a-1,1', 't_ms of record 2: expected a number from 0 to 2678401000, found'],
    ['HEADER\nring,,1,,up,a-1,1', 't_ms of record 2'],
    ['HEADER\nring,,-1,0,up,a-1,1', 'seed of record 2'],
    ['HEADER\nring,,<script>,0,up,a-1,1', "found '<script>'"],
  ])('says what is wrong with a series.csv that begins %j', async (text, message) => {
    const other = join(folder, 'other.csv');
    writeFileSync(other, text.replace('HEADER', 'strategy,variant,seed,t_ms,metric,subject,value'));
    await expect(readSeries(other, () => true)).rejects.toThrow(message);
    await expect(readSeries(join(folder, 'none.csv'), () => true)).rejects.toThrow('there is no such file');
  });

  it('shows what scenario files say as text', () => {
    const html = htmlFile({ ...data, scenario: hostile }, { script: 'let a = "</script>";', style: '' }).join('');
    expect(html.match(/<script/gi)).toHaveLength(2);
    expect(html.match(/<\/script/gi)).toHaveLength(2);
    expect(html).not.toContain('<!--');
    const json = /<script type="application\/json" id="data">(.*)<\/script>\n<script>/s.exec(html)?.[1] ?? '';
    expect(JSON.parse(json)).toEqual({ ...data, scenario: hostile });
  });
});

it('stays below 2 MB for 20 strategies and 20 seeds, however much was recorded', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `strategy-${i}`);
  const scenario = fakeScenario(columns(names), { replications: 20 });
  const { document } = await fakeStudy(scenario, (strategy, seed) => ({
    p99: 10 + ((seed * (Number(strategy.slice(9)) + 2)) % 23) / 3,
    failovers: [fakeFailover(1)],
  }));
  const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
  const run = seriesOfRows(fakeSeries(ids('instance', 60), ids('caller', 60), { seconds: 1200 }));
  const series = new Map<string, ColumnSeries>(
    scenario.columns.map((column) => [
      columnKey(labelOf(column), ['load.rate']),
      { seeds: [], overall: new Map(), runs: new Map(document.cells.map(({ seed }) => [seed, run])) },
    ]),
  );
  const data = assemble(document, series, plain);
  const assets = {
    script: readFileSync(join(dist, 'page.js'), 'utf8'),
    style: readFileSync(join(dist, 'page.css'), 'utf8'),
  };
  const bytes = Buffer.byteLength(htmlFile(data, assets).join(''));
  expect(data.columns.map(({ course }) => course?.requests.instances.length)).toEqual(names.map(() => 25));
  expect(data.columns.filter(({ commonCourse }) => commonCourse !== null).length).toBeGreaterThan(15);
  expect(bytes).toBeLessThan(2_000_000);
  expect(bytes).toBeGreaterThan(1_000_000);
});
