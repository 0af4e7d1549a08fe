import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { metrics } from '../../src/metrics/catalogue.ts';
import { replicationsFor } from '../../src/metrics/replications_for.ts';
import { compareResults } from '../../src/run/compare/compare_results.ts';
import { type Margin, parseMargin } from '../../src/run/compare/margin.ts';
import { matchColumns } from '../../src/run/compare/match.ts';
import type { CellResult, ResultDocument } from '../../src/run/result.ts';
import { fakeReport } from '../helpers/fake_report.ts';

const values = fc.array(fc.double({ min: 0.1, max: 1000, noNaN: true }), { minLength: 2, maxLength: 12 });

describe('seeds needed', () => {
  test.prop([fc.integer({ min: 2, max: 50 }), fc.double({ min: 0.02, max: 1, noNaN: true })])(
    'as many replications as it takes, and not one more',
    (n, share) => {
      const needed = replicationsFor(share, 1, n, 0.95, 1e6) ?? Number.NaN;
      // Asked from there, for the width they have then, no more are needed; for a bit less, more are.
      expect(needed).toBeGreaterThan(n);
      expect(replicationsFor(share / 2, 1, n, 0.95, 1e6)).toBeGreaterThanOrEqual(needed);
      expect(replicationsFor(share, 1, n, 0.95, needed - 1)).toBeNull();
    },
  );
});

describe('margins', () => {
  const latency = { worse: 'higher', metric: expect.objectContaining({ name: 'latency.p99' }) };
  it.each([
    ['latency.p99:+5%', { ...latency, size: 0.05, relative: true, expression: 'latency.p99:+5%' }],
    ['latency.p99:5%', { ...latency, size: 0.05, relative: true }],
    [' latency.p99 : + 20ms ', { ...latency, size: 20, relative: false, expression: 'latency.p99:+20ms' }],
    ['latency.p99:+0ms', { ...latency, size: 0, relative: false }],
    ['fairness.jain:-0.01', { worse: 'lower', size: 0.01, relative: false }],
    ['fairness.jain:0.01', { worse: 'lower', size: 0.01, relative: false }],
    ['impact.outageSeconds:+1500ms', { worse: 'higher', size: 1.5, relative: false }],
    ['requests.failed:+10', { worse: 'higher', size: 10, relative: false }],
    ['requests.failed:+300%', { worse: 'higher', size: 3, relative: true }],
    ['requests.attempts:-1%', { worse: 'lower', size: 0.01, relative: true }],
  ])('%s', (text, margin) => expect(parseMargin(text)).toMatchObject(margin));

  it.each([
    ['latency.p99', 'It must be METRIC:CHANGE, such as latency.p99:+5%.'],
    ['latency.p99:', 'It must be METRIC:CHANGE'],
    ['latency.p98:+5%', "There is no metric 'latency.p98'. Did you mean 'latency.p9"],
    ['latency.p99:-5%', 'Of latency.p99 less is better: write latency.p99:+5%.'],
    ['fairness.jain:+1%', 'Of fairness.jain more is better: write fairness.jain:-1%.'],
    ['requests.attempts:5%', 'neither more nor less is better: write requests.attempts:+5%'],
    ['latency.p99:+5', 'Expected a duration such as 20ms, or a percentage of the baseline, after latency.p99:'],
    ['latency.p99:+x%', "Expected a percentage after latency.p99:, found 'x%'."],
    ['requests.successShare:-1ms', 'Expected a number, 0.01 for one point, or a percentage'],
  ])('%s cannot be', (text, words) => expect(parseMargin(text)).toContain(words));
});

/** A result whose cells differ by the p99 of each seed alone; null: there is no such cell. NOT_REACHED: of detection. */
function result(p99: readonly (number | null)[], change: Partial<CellResult> = {}, digest = 'i'): ResultDocument {
  const cells = p99.flatMap((value, i) => {
    if (value === null) return [];
    const { measures } = fakeReport({ p99: value, detectP99: value });
    const never = { ...measures.failover.detectMs, mean: 5, p99: null };
    const failover = { ...measures.failover, ...(value === Number.POSITIVE_INFINITY ? { detectMs: never } : {}) };
    const label = { strategy: 'ring', variant: null, params: {} };
    return [{ ...label, seed: i + 1, ...measures, failover, inputDigest: `${digest}${i}`, ...change }];
  });
  const none = { summary: [], comparison: [], thresholds: [] };
  // Nothing else of a result is looked at.
  return { schema: 1, scenario: 's', version: '0', cells, ...none } as unknown as ResultDocument;
}

function margin(text: string): Margin {
  const parsed = parseMargin(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

function judged(before: ResultDocument, after: ResultDocument, text = 'latency.p99:+5%') {
  const [verdict] = compareResults(before, after, [margin(text)]).margins;
  return verdict;
}

describe('columns', () => {
  it('are the same where strategy, variant and parameters are, in any order', () => {
    const one = result([1, 2], { params: { a: 1, b: 2 } });
    const two = result([1, 2], { params: { b: 2, a: 1 } });
    expect(matchColumns(one, two).columns).toHaveLength(1);
    expect(matchColumns(one, result([1, 2], { params: { a: 1, b: 3 } }))).toMatchObject({
      columns: [],
      onlyBefore: [{ params: { a: 1, b: 2 } }],
      onlyAfter: [{ params: { a: 1, b: 3 } }],
    });
    expect(matchColumns(one, result([1], { params: { a: 1, b: 2 }, variant: 'v' })).columns).toEqual([]);
    expect(matchColumns(one, result([1], { params: { a: 1, b: 2 }, strategy: 'random' })).columns).toEqual([]);
  });

  const seedsOf = (cells: readonly CellResult[]) => cells.map(({ seed }) => seed);
  it.each([
    ['all seeds', [1, 2, 3], [1, 2, 3], 'i', true, [1, 2, 3], [1, 2, 3]],
    ['common seeds', [1, 2, 3, null], [null, 2, 3, 4], 'i', true, [2, 3], [2, 3]],
    ['other requests', [1, 2, 3], [1, 2, 3], 'j', false, [1, 2, 3], [1, 2, 3]],
    ['no common seed', [1, 2, null, null], [null, null, 3, 4], 'i', false, [1, 2], [3, 4]],
    ['a lone common seed', [1, 2, null], [null, 2, 3], 'i', false, [1, 2], [2, 3]],
    ['a lone seed', [1], [1], 'i', true, [1], [1]],
    ['a lone seed of many', [1], [1, 2], 'i', true, [1], [1]],
  ])('are paired by seed where both met the same requests: %s', (_, a, b, digest, isPaired, ours, theirs) => {
    const { columns } = matchColumns(result(a), result(b, {}, digest));
    expect(columns[0].paired).toBe(isPaired);
    expect(seedsOf(columns[0].before)).toEqual(ours);
    expect(seedsOf(columns[0].after)).toEqual(theirs);
  });
});

describe('changes', () => {
  const changeOf = (a: ResultDocument, b: ResultDocument, name = 'latency.p99') =>
    compareResults(a, b, []).changes.find(({ metric }) => metric === name);

  test.prop([values, values])('the other way round are the same, the other way round', (a, b) => {
    const n = Math.min(a.length, b.length);
    const [there, back] = [result(a.slice(0, n)), result(b.slice(0, n))];
    const forth = changeOf(there, back);
    const other = changeOf(back, there);
    expect(other?.difference).toBeCloseTo(-(forth?.difference ?? Number.NaN), 6);
    expect(other?.low).toBeCloseTo(-(forth?.high ?? Number.NaN), 6);
    expect(other?.before).toBe(forth?.after);
  });

  it('equal under every seed are the same, whatever they scatter', () => {
    const same = result([1, 200, 3]);
    const { changes } = compareResults(same, same, []);
    expect(changes).toHaveLength(metrics.length);
    expect(new Set(changes.map(({ verdict }) => verdict))).toEqual(new Set(['same', 'none']));
  });

  it.each([
    ['worse', [10, 11, 12], [20, 21, 22.5], 'worse'],
    ['better', [20, 21, 22.5], [10, 11, 12], 'better'],
    ['of less than 1% of no account', [100, 200, 300], [100.1, 200.1, 300.2], 'negligible'],
    ['nobody can tell', [10, 11, 12], [20, 5, 12], 'unclear'],
    ['of one seed', [10], [20], 'unclear'],
  ])('%s', (_, a, b, verdict) => expect(changeOf(result(a), result(b))?.verdict).toBe(verdict));

  it('hold together over columns: with more of them each interval is wider', () => {
    const both = (p99: number[]) => {
      const columns = ['ring', 'random'].map((strategy) => result(p99, { strategy }));
      return { ...columns[0], cells: columns.flatMap(({ cells }) => cells) };
    };
    const [a, b] = [
      [10, 11, 12],
      [11, 12, 14],
    ];
    const width = (change = changeOf(result(a), result(b))) => (change?.high ?? 0) - (change?.low ?? 0);
    // t(1 - 0.05/4, 2) over t(1 - 0.05/2, 2): 6.205 and 4.303 in the tables.
    expect(width(changeOf(both(a), both(b))) / width()).toBeCloseTo(6.2053 / 4.3027, 3);
  });
});

describe('a margin', () => {
  const base = [100, 102, 98, 101, 99];
  const times = (factor: number) => base.map((value) => value * factor);
  it.each([
    ['nothing changed', base, 'latency.p99:+0%', 'pass'],
    ['well within', times(1.02), 'latency.p99:+5%', 'pass'],
    ['well beyond', times(1.08), 'latency.p99:+5%', 'regression'],
    ['better', times(0.5), 'latency.p99:+0%', 'pass'],
    ['beyond in milliseconds', times(1.08), 'latency.p99:+5ms', 'regression'],
    ['within in milliseconds', times(1.08), 'latency.p99:+20ms', 'pass'],
    ['by more than all of it', times(5), 'latency.p99:+300%', 'regression'],
    ['as much as is allowed, but scattered', [104, 109, 100, 110, 102], 'latency.p99:+5%', 'inconclusive'],
  ])('%s', (_, after, text, verdict) => expect(judged(result(base), result(after), text).verdict).toBe(verdict));

  it('within the interval says how many seeds it takes', () => {
    const verdict = judged(result(base), result([104, 109, 100, 110, 102]), 'latency.p99:+3%');
    expect(verdict.verdict).toBe('inconclusive');
    expect(verdict.seedsNeeded).toBeGreaterThan(5);
    expect(verdict.seedsNeeded).toBeLessThan(200);
  });

  it('of one seed is inconclusive', () => {
    expect(judged(result([100]), result([200]))).toMatchObject({
      verdict: 'inconclusive',
      reason: 'one seed has no interval',
    });
  });

  test.prop([values, values, fc.double({ min: 0, max: 2, noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true })])(
    'that is wider fails less',
    (a, b, one, two) => {
      const n = Math.min(a.length, b.length);
      const [before, after] = [result(a.slice(0, n)), result(b.slice(0, n))];
      const rank = { pass: 0, inconclusive: 1, regression: 2 };
      const at = (size: number) => rank[judged(before, after, `latency.p99:+${size * 100}%`).verdict];
      expect(at(Math.min(one, two))).toBeGreaterThanOrEqual(at(Math.max(one, two)));
    },
  );

  const never = Array(3).fill(Number.POSITIVE_INFINITY);
  it.each([
    ['is reached no more', [1, 2, 3], never, 'regression', 'no longer reached'],
    ['is reached at last', never, [1, 2, 3], 'pass', 'reached now'],
    ['is reached in none', never, never, 'pass', null],
    [
      'is reached under some seeds',
      [1, 2, 3],
      [1, Number.POSITIVE_INFINITY, 3],
      'inconclusive',
      'not reached under every seed of both',
    ],
  ])('of what %s', (_, a, b, verdict, reason) => {
    expect(judged(result(a), result(b), 'failover.detect.p99:+5%')).toMatchObject({ verdict, reason });
  });
});
