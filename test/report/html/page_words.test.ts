import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { doubted } from '../../../src/report/html/page/failover_words.ts';
import { logScale, roundScale, scaleBetween } from '../../../src/report/html/page/scales.ts';
import { countText, worstFirst } from '../../../src/report/html/page/verdict_words.ts';
import { replayOf, studyOf } from '../../../src/report/html/page/words.ts';
import { byZone } from '../../../src/report/html/page/zones.ts';
import { stretchAfter } from '../../../src/report/html/page/zoom_keys.ts';
import type {
  CallerCourse,
  ColumnData,
  ReportData,
  ShareData,
  ThresholdData,
} from '../../../src/report/html/report_data.ts';

const row = (verdict: string, margin: number | null): ThresholdData => ({
  ...{ expression: 'latency.p99 < 1s', metric: 'latency.p99', column: 0 },
  ...{ observed: 1, low: 1, high: 1, seedsNeeded: null, verdict, margin },
});

describe('a line of verdicts', () => {
  it('does not call passed what is not decided', () => {
    expect(countText([row('pass', 1), row('inconclusive', 2)])).toBe('1 of 2 is open; ');
    expect(countText([row('fail', -1), row('pass', 1), row('inconclusive', 2)])).toBe(
      '1 of 3 fails, 1 is open; worst ',
    );
    expect(countText([row('pass', 1), row('pass', 2)])).toBe('all 2 pass; tightest ');
    expect(countText([row('fail', -1)])).toBe('');
  });

  it('is headed by what fails, then by what is open, however wide its margin', () => {
    const rows = [row('pass', 0.01), row('inconclusive', 5), row('fail', -0.1), row('fail', null)];
    expect(rows.toSorted(worstFirst).map(({ verdict, margin }) => [verdict, margin])).toEqual([
      ['fail', null],
      ['fail', -0.1],
      ['inconclusive', 5],
      ['pass', 0.01],
    ]);
  });
});

describe('scales', () => {
  const size = fc.double({ min: 1e-6, max: 1e9, noNaN: true });

  test.prop([size])('stand on 0 and end at a tick that is not far above', (most) => {
    const { min, max, interval } = roundScale(most);
    expect(min).toBe(0);
    expect(max).toBeGreaterThanOrEqual(most * (1 - 1e-9));
    expect(max - most).toBeLessThanOrEqual(interval * (1 + 1e-9));
    expect(max / interval).toBeCloseTo(Math.round(max / interval), 6);
  });

  test.prop([size, size])('hold all that is between', (a, b) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    const { min, max } = scaleBetween(low, high);
    expect(min).toBeLessThanOrEqual(low * (1 + 1e-9));
    expect(max).toBeGreaterThanOrEqual(high * (1 - 1e-9));
  });

  test.prop([fc.array(size, { minLength: 1, maxLength: 20 })])('are logarithmic from tick to tick', (values) => {
    const scale = logScale(values);
    if (scale === null) return expect.fail('there are values');
    expect(scale.min).toBeLessThanOrEqual(Math.min(...values));
    expect(scale.max).toBeGreaterThanOrEqual(Math.max(...values));
    expect(scale.ticks.length).toBeGreaterThan(0);
    expect(scale.ticks).toEqual(scale.ticks.toSorted((a, b) => a - b));
  });

  it('have ticks of 1, 2 and 5 where they are short, and powers of ten where long', () => {
    expect(logScale([61, 290])).toEqual({ min: 50, max: 500, ticks: [50, 100, 200, 500] });
    expect(logScale([0.3, 900])?.ticks).toEqual([1, 10, 100, 1000]);
    expect(logScale([0])).toBeNull();
  });
});

describe('zooming by keys', () => {
  const keys = fc.constantFrom('ArrowLeft', 'ArrowRight', '+', '=', '-', '0');

  test.prop([fc.array(keys, { maxLength: 40 })])('never leaves the run, and never shows nothing', (pressed) => {
    let at = { fromMs: 0, toMs: 120_000 };
    for (const key of pressed) at = stretchAfter(key, at, 120_000) ?? expect.fail(key);
    expect(at.fromMs).toBeGreaterThanOrEqual(0);
    expect(at.toMs).toBeLessThanOrEqual(120_000 + 1e-6);
    expect(at.toMs - at.fromMs).toBeGreaterThanOrEqual(1 - 1e-6);
  });

  it('leaves other keys to the page', () => {
    expect(stretchAfter('Tab', { fromMs: 0, toMs: 1 }, 1)).toBeNull();
  });
});

describe('an instance that answered badly', () => {
  const caller = (id: string, ...doubts: CallerCourse['doubts']): CallerCourse => ({ id, doubts });

  it('says who doubted it, when first, and why', () => {
    const callers = [caller('a', [1000, 2000, 'ejection']), caller('b', [700, 900, 'ejection']), caller('c')];
    expect(doubted([500, 5000, 'errors'], callers, 0)[0]).toBe('doubted by 2 of 3, the first after 200 ms: ejected');
  });

  it('says that nobody did, of those who are shown', () => {
    const callers = [caller('a', [0, 100, 'unseen'])];
    expect(doubted([500, 5000, 'errors'], callers, 3)[0]).toBe('doubted by none of 1 that are shown');
  });
});

it('puts instances of a zone beside each other, and sums last', () => {
  const share = (id: string, zone: string): ShareData => ({ id, zone, share: 0, low: 0, high: 0, expected: 0 });
  const instances = [share('a-1', 'a'), share('b-1', 'b'), share('a-2', 'a')];
  expect(byZone(['3 others', 'a-1', 'b-1', 'a-2'], (id) => id, instances)).toEqual(['a-1', 'a-2', 'b-1', '3 others']);
});

describe('a line that runs a study again', () => {
  const column = (variant: string | null, params: ColumnData['params']) =>
    ({ strategy: 'ring', variant, params, runs: [{ seed: 7 }, { seed: 8 }] }) as unknown as ColumnData;
  const line = (...columns: ColumnData[]) =>
    studyOf({ file: 'one.yaml', columns } as unknown as ReportData, columns[0]);
  const end = '--seed 7 --replications 2 --html --out results/again';

  it('sets what the study was told to set, and leaves what varies to the file', () => {
    expect(line(column('now', { 'load.rate': '50/s' }))).toBe(
      `meshtrial run one.yaml --strategy ring --variant now --param load.rate=50/s ${end}`,
    );
    expect(
      line(column('now', { 'load.rate': '50/s', seed: 1 }), column('then', { 'load.rate': '50/s', seed: 2 })),
    ).toBe(`meshtrial run one.yaml --strategy ring --param load.rate=50/s ${end}`);
  });

  it('names a file that begins like an option so that it is none', () => {
    const data = { file: '-one.yaml', columns: [] } as unknown as ReportData;
    expect(replayOf(data, column(null, {}), 7)).toBe('meshtrial replay ./-one.yaml --strategy ring --seed 7');
  });
});
