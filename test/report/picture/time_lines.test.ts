import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { faultMarks } from '../../../src/report/picture/fault_marks.ts';
import { shareBars, shareExtremes } from '../../../src/report/picture/shares.ts';
import { binOf, type Grid, gridOf, TimeLines } from '../../../src/report/picture/time_lines.ts';
import type { CellResult } from '../../../src/run/result.ts';
import type { Column } from '../../../src/scenario/scenario.ts';
import type { FaultConfig } from '../../../src/sim/config.ts';
import { trialOf } from '../../helpers/trial.ts';

const columnOf = (warmupMs: number, durationMs: number, faults: readonly FaultConfig[] = []) =>
  ({ trial: trialOf({ warmupMs, durationMs, faults }) }) as Column;
const second = fc.record({ offered: fc.nat(50), failed: fc.nat(50), p99: fc.option(fc.integer({ min: 1, max: 999 })) });

describe('time lines', () => {
  test.prop([fc.array(second, { minLength: 1, maxLength: 130 }), fc.nat(30), fc.integer({ min: 1, max: 150 })])(
    'sum up each second of the measured time in its part',
    (seconds, warmup, most) => {
      const grid = gridOf(columnOf(warmup * 1000, (warmup + seconds.length) * 1000), most);
      expect(grid.bins).toBe(Math.min(most, seconds.length));
      const lines = new TimeLines(grid, 1);
      const groups = Array.from({ length: grid.bins }, () => [] as (typeof seconds)[number][]);
      const warm = Array.from({ length: warmup }, () => ({ offered: 7, failed: 7, p99: 1e6 }));
      [...warm, ...seconds].forEach(({ offered, failed, p99 }, i) => {
        const tMs = i * 1000;
        const all = { tMs, subject: 'all' };
        lines.take({ ...all, metric: 'offered', value: offered });
        lines.take({ ...all, metric: 'failed', value: Math.min(failed, offered) });
        lines.take({ tMs, subject: 'a-1', metric: 'failed', value: 3 });
        if (p99 !== null) lines.take({ ...all, metric: 'latency_p99_ms', value: p99 });
        if (i >= warmup) groups[Math.floor(((i - warmup) * grid.bins) / seconds.length)].push(seconds[i - warmup]);
      });
      expect(groups.every((group) => group.length > 0)).toBe(true);
      const sums = groups.map((group) => ({
        offered: group.reduce((sum, one) => sum + one.offered, 0),
        ok: group.reduce((sum, one) => sum + Math.max(one.offered - one.failed, 0), 0),
        p99: Math.max(...group.map(({ p99 }) => p99 ?? -1)),
      }));
      lines.successShares().forEach((share, i) => {
        if (sums[i].offered === 0) expect(share).toBeNaN();
        else expect(share).toBeCloseTo(sums[i].ok / sums[i].offered, 9);
      });
      expect([...lines.p99Ms].map((p99) => (Number.isNaN(p99) ? -1 : p99))).toEqual(sums.map(({ p99 }) => p99));
    },
  );
});

it('a second of a hundred is a hundredth of the grid, none left out by rounding', () => {
  const grid = gridOf(columnOf(20_000, 120_000), 100);
  const seconds = Array.from({ length: 100 }, (_, i) => i);
  expect(seconds.map((second) => binOf(grid, 20_000 + second * 1000))).toEqual(seconds);
});

describe('fault marks', () => {
  const grid: Grid = { fromMs: 2000, toMs: 12_000, bins: 10 };
  const calm = { failovers: [], impact: [] } as unknown as CellResult;
  const slow = (when: FaultConfig['when']): FaultConfig => ({
    action: { kind: 'slow', factor: 2 },
    target: { kind: 'count', count: 1 },
    when,
  });
  const marks = (when: FaultConfig['when'], on = grid) => faultMarks(on, columnOf(2000, 12_000, [slow(when)]), calm);

  test.prop([
    fc.integer({ min: 0, max: 15_000 }),
    fc.oneof(fc.integer({ min: 1, max: 15_000 }), fc.constant(Infinity)),
    fc.integer({ min: 1, max: 120 }),
  ])('stand under every part in which a fault acts, and no other', (atMs, forMs, bins) => {
    const drawn = marks({ kind: 'at', atMs, forMs }, { ...grid, bins });
    expect(drawn).toHaveLength(bins);
    const length = 10_000 / bins;
    [...drawn].forEach((mark, bin) => {
      const from = 2000 + bin * length;
      const overlap = Math.min(atMs + forMs, from + length) - Math.max(atMs, from);
      if (Math.abs(overlap) > 1e-6) expect(mark).toBe(overlap > 0 ? '▔' : ' ');
    });
  });

  it.each([
    ['scheduled', { kind: 'at', atMs: 4000, forMs: 2000 }, '  ▔▔      '],
    ['flapping', { kind: 'repeated', atMs: 3000, forMs: 500, everyMs: 3000, times: Infinity }, ' ▔  ▔  ▔  '],
    ['flapping twice', { kind: 'repeated', atMs: 3000, forMs: 1500, everyMs: 3000, times: 2 }, ' ▔▔ ▔▔    '],
  ] as const)('of what is %s', (_, when, expected) => {
    expect(marks(when)).toBe(expected);
  });

  it('of what was drawn: outages as they were, and the start of what took nobody down', () => {
    const cell = {
      failovers: [
        { startMs: 2500, endMs: 4000 },
        { startMs: 11_500, endMs: null },
      ],
      impact: [{ startMs: 7300 }],
    } as unknown as CellResult;
    expect(faultMarks(grid, columnOf(2000, 12_000), cell)).toBe('▔▔   ▔   ▔');
    expect(binOf(grid, 1999)).toBe(-1);
  });
});

describe('shares', () => {
  const instance = (id: string, share: number | null, expectedShare: number | null) => ({ id, share, expectedShare });

  it('are a block an instance, the middle one as expected', () => {
    const some = [instance('a', 0.1, 0.1), instance('b', 0, 0.1), instance('c', 0.5, 0.1), instance('d', null, null)];
    expect(shareBars(some, 20)).toBe('▄▁█ ');
    expect(shareExtremes(some)).toBe('b 0x to c 5x');
    const unexpected = [...some, instance('e', 0.2, 0)];
    expect(shareBars(unexpected, 20)).toBe('▄▁█  ');
    expect(shareExtremes(unexpected)).toBe('b 0x to c 5x');
    expect(shareExtremes(some.slice(0, 1))).toBe('all 1x');
    expect(shareExtremes([])).toBe('');
  });

  test.prop([
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 300 }),
    fc.integer({ min: 1, max: 100 }),
  ])('fit the room there is', (shares, room) => {
    const blocks = shareBars(
      shares.map((share, i) => instance(String(i), share, 0.5)),
      room,
    );
    expect(blocks.length).toBeLessThanOrEqual(room);
    expect(blocks.length).toBeGreaterThan(Math.min(shares.length, room) / 2 - 1);
  });
});
