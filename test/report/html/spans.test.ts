import { describe, expect, it } from 'vitest';
import { doubtSpans } from '../../../src/report/html/spans.ts';
import { seriesOfRows } from '../../helpers/fake_series.ts';
import { Script } from '../../metrics/history.ts';

describe('doubts', () => {
  it('change their reason while they last, each caller for itself', () => {
    const { series } = new Script({ weights: [1], callers: 2, durationMs: 50_000, recordSeries: true })
      .allGood()
      .verdict(10_000, 0, 0, 'activeCheck', false)
      .doubt(10_000, 0, 0, 'activeCheck')
      .verdict(12_000, 0, 0, 'ejection', false)
      .doubt(12_000, 1, 0, 'ejection')
      .say({ kind: 'view', atMs: 20_000, caller: 0, instance: 0, on: false })
      .verdict(20_000, 0, 0, 'registry', false)
      .say({ kind: 'view', atMs: 30_000, caller: 0, instance: 0, on: true })
      .verdict(30_000, 0, 0, 'registry', true)
      .verdict(31_000, 0, 0, 'activeCheck', true)
      .believe(31_000, 0, 0)
      .doubt(40_000, 0, 0, 'activeCheck')
      .run(50_000);
    expect(Object.fromEntries(doubtSpans(seriesOfRows(series ?? []), 50_000))).toEqual({
      'c-0/i-0': [
        [10_000, 12_000, 'activeCheck'],
        [12_000, 20_000, 'ejection'],
        [20_000, 30_000, 'registry'],
        [30_000, 31_000, 'unproven'],
        [40_000, 50_000, 'activeCheck'],
      ],
      'c-1/i-0': [[12_000, 50_000, 'ejection']],
    });
  });
});
