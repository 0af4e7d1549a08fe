import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLimit } from '../../../src/cli/read_limit.ts';
import type { SeriesRow } from '../../../src/metrics/measures.ts';
import { assemble } from '../../../src/report/html/assemble.ts';
import { htmlFile } from '../../../src/report/html/html_file.ts';
import { readResult } from '../../../src/report/html/read_result.ts';
import { type ColumnSeries, columnKey, readSeries, type Series } from '../../../src/report/html/read_series.ts';
import { renderReport } from '../../../src/report/html/report.ts';
import type { LineData, ReportData } from '../../../src/report/html/report_data.ts';
import { openOutput } from '../../../src/report/write.ts';
import { labelOf } from '../../../src/run/cells.ts';
import type { ResultDocument } from '../../../src/run/result.ts';
import { fakeFailover, fakeScenario } from '../../helpers/fake_report.ts';
import { fakeSeries } from '../../helpers/fake_series.ts';
import { fakeStudy } from '../../helpers/fake_study.ts';

const hostile = '</script><script>alert(1)</script><!--';
const dist = fileURLToPath(new URL('../../../dist/report/html', import.meta.url));

function columns(names: readonly string[]) {
  return names.map((strategy) => ({ strategy, params: { 'load.rate': '2000/s' } }));
}

function inMemory(rows: readonly SeriesRow[]): Series {
  const series = new Map<string, Map<string, { times: number[]; values: number[] }>>();
  for (const { tMs, metric, subject, value } of rows) {
    const subjects = series.get(metric) ?? new Map<string, { times: number[]; values: number[] }>();
    series.set(metric, subjects);
    const points = subjects.get(subject) ?? { times: [], values: [] };
    subjects.set(subject, points);
    points.times.push(tMs);
    points.values.push(value);
  }
  return series;
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
    const series = await readSeries(join(folder, 'series.csv'), null);
    data = assemble(readResult(join(folder, 'result.json')), series, readLimit);
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
    const found = await readSeries(join(folder, 'series.csv'), 6);
    expect([...found.values()].map(({ run, seeds }) => [run, seeds])).toEqual([
      [null, [5]],
      [null, [5]],
    ]);
    await expect(renderReport(folder, { seed: 6, readLimit })).rejects.toThrow(
      'no series of seed 6, only of 5: run it with --seed 6',
    );
  });

  it('says what is wrong with files that are not those of a run', async () => {
    const other = join(folder, 'other.json');
    writeFileSync(other, '{"schema": 2}');
    expect(() => readResult(other)).toThrow('is not the result of a run');
    writeFileSync(other, 'a,b\n"c');
    expect(() => readResult(other)).toThrow('is not the result of a run');
    await expect(readSeries(other, null)).rejects.toThrow('is not a series.csv');
    await expect(readSeries(join(folder, 'none.csv'), null)).rejects.toThrow('there is no such file');
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
  const { document } = await fakeStudy(scenario, (_, seed) => ({
    p99: 10 + (seed % 7) / 3,
    failovers: [fakeFailover(1)],
  }));
  const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
  const run = { seed: 7, series: inMemory(fakeSeries(ids('instance', 60), ids('caller', 60), { seconds: 1200 })) };
  const series = new Map<string, ColumnSeries>(
    scenario.columns.map((column) => [
      columnKey(labelOf(column), ['load.rate']),
      { seeds: [7], run, overall: new Map() },
    ]),
  );
  const data = assemble(document, series, readLimit);
  const assets = {
    script: readFileSync(join(dist, 'page.js'), 'utf8'),
    style: readFileSync(join(dist, 'page.css'), 'utf8'),
  };
  const bytes = Buffer.byteLength(htmlFile(data, assets).join(''));
  expect(data.columns.map(({ course }) => course?.requests.instances.length)).toEqual(names.map(() => 25));
  expect(bytes).toBeLessThan(2_000_000);
  expect(bytes).toBeGreaterThan(1_000_000);
});
