import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runNote } from '../../src/report/html/page/run_note.ts';
import type { ReportData } from '../../src/report/html/report_data.ts';
import { replayLine } from '../../src/report/replay_line.ts';
import type { ResultDocument } from '../../src/run/result.ts';
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
replications: 4
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

  it('shows the median of each strategy, recorded once more, the same on any number of workers', async () => {
    const { columns, shown } = dataOf(read('out', 'tiny', 'report.html'));
    const rows = parse(read('out', 'tiny', 'series.csv'), { columns: true }) as { strategy: string; seed: string }[];
    const { cells } = JSON.parse(read('out', 'tiny', 'result.json')) as {
      cells: { strategy: string; seed: number; failover: { drainMs: { mean: number } } }[];
    };
    for (const { strategy, course, commonCourse, median } of columns) {
      const own = cells.filter((cell) => cell.strategy === strategy);
      const byDrain = own.toSorted((a, b) => a.failover.drainMs.mean - b.failover.drainMs.mean);
      expect(median).toEqual({ seed: byDrain[1].seed, by: 'failover.drain.mean' });
      expect(course?.seed).toBe(median.seed);
      expect(commonCourse?.seed).toBe(median.seed === 1 ? undefined : 1);
      const recorded = new Set(rows.filter((row) => row.strategy === strategy).map(({ seed }) => seed));
      expect(recorded).toEqual(new Set(['1', '', String(median.seed)]));
    }
    // Else this test would show nothing.
    expect(columns.some(({ median }) => median.seed !== 1)).toBe(true);
    expect(shown).toEqual({ asked: null, common: 1 });
    expect(await meshtrial('run', 'tiny.yaml', '--html', '--out', 'one', '--jobs', '1')).toMatchObject({ code: 0 });
    for (const file of ['series.csv', 'result.json', 'report.html']) {
      expect(read('one', 'tiny', file)).toBe(read('out', 'tiny', file));
    }
  });

  it('costs a run without it nothing: files are as they were, and the page then shows the first run and says how to get the median', async () => {
    expect(await meshtrial('run', 'tiny.yaml', '--out', 'plain')).toMatchObject({ code: 0 });
    const plain = read('plain', 'tiny', 'series.csv');
    expect(read('out', 'tiny', 'series.csv').startsWith(plain)).toBe(true);
    expect(read('out', 'tiny', 'series.csv').length).toBeGreaterThan(plain.length);
    expect(read('plain', 'tiny', 'result.json')).toBe(read('out', 'tiny', 'result.json'));
    expect(await meshtrial('report', 'plain')).toMatchObject({ code: 0 });
    const data = dataOf(read('plain', 'tiny', 'report.html'));
    expect(data.columns.map(({ course }) => course?.seed)).toEqual([1, 1]);
    expect(runNote(data, false)).toMatch(
      /^The run of seed 1: the first there is, since .* not recorded; 'meshtrial run tiny\.yaml --html' does\.$/,
    );
  });

  it('takes another seed that is there, or says how to make one', async () => {
    const medians = dataOf(read('out', 'tiny', 'report.html')).columns.map(({ median }) => median.seed);
    expect(await meshtrial('report', 'out', '--seed', '1')).toMatchObject({ code: 0 });
    const first = dataOf(read('out', 'tiny', 'report.html'));
    expect(first.columns.map(({ course, commonCourse }) => [course?.seed, commonCourse])).toEqual([
      [1, null],
      [1, null],
    ]);
    const other = await meshtrial('report', 'out', '--seed', '99');
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toContain('no series of seed 99, only of 1, ');
    expect(other.stderr).toContain(String(medians.find((seed) => seed !== 1)));
    const [, command = ''] = /'meshtrial (run [^']*)'/.exec(other.stderr) ?? [];
    expect(command).toBe('run tiny.yaml --seed 99 --replications 1 --html --out out/seed-99');
    expect(await meshtrial(...command.split(' '))).toMatchObject({ code: 0 });
    expect(dataOf(read('out', 'seed-99', 'tiny', 'report.html')).columns.map(({ course }) => course?.seed)).toEqual([
      99, 99,
    ]);
    expect(await meshtrial('report', 'out')).toMatchObject({ code: 0 });
  });

  it('has lines that run each run again from where it was run', async () => {
    const { columns, file, isFileKnown } = dataOf(read('out', 'tiny', 'report.html'));
    expect([file, isFileKnown]).toEqual(['tiny.yaml', true]);
    const line = replayLine(file, columns[1], columns[1].runs[2].seed);
    expect(line).toBe('meshtrial replay tiny.yaml --strategy random --seed 3');
    const replayed = await meshtrial(...line.split(' ').slice(1), '--result', 'out/tiny', '--events', '1');
    expect(replayed).toMatchObject({ code: 0 });
    mkdirSync(join(folder, 'some where'), { recursive: true });
    const moved = read('tiny.yaml').replace('name: tiny', 'name: moved');
    writeFileSync(join(folder, 'some where', 'other.yaml'), moved);
    expect(await meshtrial('run', 'some where/other.yaml', '--html', '--out', 'out2')).toMatchObject({ code: 0 });
    expect(dataOf(read('out2', 'moved', 'report.html')).file).toBe('some where/other.yaml');
    expect(read('out2', 'moved', 'result.json')).not.toContain('other.yaml');
    expect(await meshtrial('report', 'out2')).toMatchObject({ code: 0 });
    expect(dataOf(read('out2', 'moved', 'report.html'))).toMatchObject({ file: 'moved.yaml', isFileKnown: false });
    const told = await meshtrial('report', 'out2', '--scenario', 'some where/other.yaml');
    expect(told).toMatchObject({ code: 0 });
    expect(dataOf(read('out2', 'moved', 'report.html'))).toMatchObject({ file: 'some where/other.yaml' });
    const wrong = await meshtrial('report', 'out2', '--scenario', 'nowhere.yaml');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('there is none at nowhere.yaml');
  });

  it('has the distribution of latency over all runs, whose quantiles are those of the summary', () => {
    const { summary } = JSON.parse(read('out', 'tiny', 'result.json')) as ResultDocument;
    for (const { strategy, latency, course } of dataOf(read('out', 'tiny', 'report.html')).columns) {
      expect(course?.latencyCdf).toEqual([]);
      for (const [name, q] of [
        ['latency.p50', 0.5],
        ['latency.p90', 0.9],
      ] as const) {
        const row = summary.find((one) => one.metric === name && one.strategy === strategy);
        const [, ...found] = latency?.find(([share]) => share === q) ?? expect.fail();
        const expected = [row?.mean, row?.low, row?.high].map((value) => Number((value ?? Number.NaN).toPrecision(6)));
        expect(found).toEqual(expected);
      }
    }
  });

  it('of several scenarios has one page over all of them, the matrix of scenario and strategy', async () => {
    writeFileSync(
      join(folder, 'calm.yaml'),
      read('tiny.yaml')
        .replace('name: tiny', 'name: calm')
        .replace(/faults: .*\n/, '')
        .replace('failover.detect.p99 < 600ms', 'latency.p99 < 1s'),
    );
    const ran = await meshtrial('run', 'calm.yaml', 'tiny.yaml', '--html', '--replications', '2', '--out', 'both');
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout.split('\n').slice(-2)).toEqual(['all of them together: both/report.html', '']);
    const written = read('both', 'report.html');
    expect(await meshtrial('report', 'both')).toMatchObject({
      ...{ code: 0, stdout: 'both/calm/report.html\nboth/tiny/report.html\nboth/report.html\n' },
    });
    expect(read('both', 'report.html')).toBe(written);
    const { columns, metrics, thresholds, isOverview } = dataOf(written);
    expect(isOverview).toBe(true);
    expect(columns.map(({ strategy, scenario }) => [scenario?.name, strategy, scenario?.file, scenario?.page])).toEqual(
      [
        ['calm', 'ring', 'calm.yaml', 'calm/report.html'],
        ['calm', 'random', 'calm.yaml', 'calm/report.html'],
        ['tiny', 'ring', 'tiny.yaml', 'tiny/report.html'],
        ['tiny', 'random', 'tiny.yaml', 'tiny/report.html'],
      ],
    );
    expect(thresholds.map(({ column, expression }) => `${column} ${expression}`)).toEqual([
      ...['0 latency.p99 < 1s', '1 latency.p99 < 1s'],
      ...['2 failover.detect.p99 < 600ms', '3 failover.detect.p99 < 600ms'],
    ]);
    for (const name of ['calm', 'tiny']) {
      const { summary } = JSON.parse(read('both', name, 'result.json')) as ResultDocument;
      for (const column of columns.filter(({ scenario }) => scenario?.name === name)) {
        for (const [m, metric] of metrics.entries()) {
          const row = summary.find((one) => one.metric === metric.name && one.strategy === column.strategy);
          expect(column.estimates[m].mean, `${name} ${metric.name}`).toBe(row?.mean);
        }
      }
    }
    const wrong = await meshtrial('report', 'both', '--scenario', 'tiny.yaml');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('both has 2: name one, such as both/calm');
  });

  it('has P(t) as the result has availability', () => {
    const { columns } = dataOf(read('out', 'tiny', 'report.html'));
    const { cells } = JSON.parse(read('out', 'tiny', 'result.json')) as ResultDocument;
    for (const { strategy, availability } of columns) {
      const { measured, model } = availability ?? expect.fail();
      // Seconds 1 to 4 are measured; one of three instances is down in second 2, in every run.
      expect(measured.values.slice(1)).toEqual([1, 0.666667, 1, 1]);
      expect(model?.values).toEqual(measured.values);
      const shares = cells.filter((cell) => cell.strategy === strategy).flatMap(({ instances }) => instances);
      const mean = shares.reduce((sum, one) => sum + one.availability, 0) / shares.length;
      const drawn = measured.values.slice(1).reduce<number>((sum, value) => sum + (value ?? 0), 0) / 4;
      expect(drawn).toBeCloseTo(mean, 6);
    }
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
    mkdirSync(join(folder, 'bad'), { recursive: true });
    writeFileSync(join(folder, 'bad', 'result.json'), '[]');
    expect(await meshtrial('report', 'bad')).toMatchObject({ code: 2 });
  });
});

describe('hostile results', () => {
  const good = () => JSON.parse(read('out', 'tiny', 'result.json')) as ResultDocument;
  const header = 'strategy,variant,seed,t_ms,metric,subject,value\n';
  const place = (name: string, files: Record<string, string | undefined>) => {
    rmSync(join(folder, name), { recursive: true, force: true });
    mkdirSync(join(folder, name), { recursive: true });
    const all = { 'result.json': JSON.stringify(good()), 'series.csv': header, ...files };
    for (const [file, text] of Object.entries(all)) {
      if (text !== undefined) writeFileSync(join(folder, name, file), text);
    }
  };

  it.each<[string, () => Record<string, string | undefined>, string]>([
    [
      'without a series.csv',
      () => ({ 'series.csv': undefined }),
      'cannot read hostile/series.csv: there is no such file',
    ],
    [
      'with a series.csv cut short',
      () => ({ 'series.csv': `${header}ring,,1,0,up` }),
      'hostile/series.csv is no series.csv',
    ],
    ['with NaN', () => ({ 'series.csv': `${header}ring,,1,0,up,a-1,NaN\n` }), "found 'NaN'"],
    [
      'cut short',
      () => ({ 'result.json': read('out', 'tiny', 'result.json').slice(0, 5000) }),
      'hostile/result.json is no result',
    ],
    [
      'of another schema',
      () => ({ 'result.json': JSON.stringify({ ...good(), schema: 2 }) }),
      'schema: expected 1, found 2',
    ],
    ['without cells', () => ({ 'result.json': JSON.stringify({ ...good(), cells: undefined }) }), 'cells: expected'],
    [
      'with a text for a figure',
      () => ({ 'result.json': JSON.stringify({ ...good(), summary: [{ mean: '<script>' }] }) }),
      'hostile/result.json is no result',
    ],
    ['that is a list', () => ({ 'result.json': '[]' }), 'hostile/result.json is no result'],
    [
      'with no cell',
      () => ({ 'result.json': JSON.stringify({ ...good(), cells: [] }) }),
      'hostile/result.json has no cells to show',
    ],
  ])('%s are told of in words', async (_, files, message) => {
    place('hostile', files());
    const { code, stdout, stderr } = await meshtrial('report', 'hostile');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(readdirSync(join(folder, 'hostile')).filter((file) => file.includes('html'))).toEqual([]);
  });

  it('show what they say as text, however it is meant', async () => {
    const script = '</script><script>alert(1)</script>';
    const text = JSON.stringify(good()).replaceAll('"ring"', JSON.stringify(`ring${script}`));
    place('hostile', { 'result.json': text.replace('"scenario":"tiny"', `"scenario":${JSON.stringify(script)}`) });
    expect(await meshtrial('report', 'hostile')).toMatchObject({ code: 0 });
    const html = read('hostile', 'report.html');
    expect(html.match(/<script/gi)).toHaveLength(2);
    expect(dataOf(html).scenario).toBe(script);
  });

  it('of a million rows are read, and the page stays small', async () => {
    const rows = Array.from({ length: 1_000_000 }, (_, i) => `ring,,1,${i},latency_p50_ms,all,${i % 97}\n`);
    place('hostile', { 'series.csv': header + rows.join('') });
    expect(await meshtrial('report', 'hostile')).toMatchObject({ code: 0, stderr: '' });
    expect(read('hostile', 'report.html').length).toBeLessThan(1_500_000);
  });
});
