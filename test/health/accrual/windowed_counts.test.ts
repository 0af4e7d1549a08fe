import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WindowedCounts } from '../../../src/health/accrual/windowed_counts.ts';

/** Successes and results after these results. */
function counted(results: readonly [boolean, number][], aligned = true): [number, number] {
  const counts = new WindowedCounts(10_000, 10, aligned, 0);
  for (const [success, atMs] of results) counts.record(success, atMs);
  return [counts.size - counts.failures, counts.size];
}

describe("Linkerd's own tests (success_rate.rs)", () => {
  test('samples_age_out_after_window, large_gap_clears_entire_window', () => {
    const failures = Array.from({ length: 5 }, (): [boolean, number] => [false, 0]);
    expect(counted(failures)).toEqual([0, 5]);
    expect(counted([...failures, [true, 11_000]])).toEqual([1, 1]);
    expect(counted([...failures, [true, 1_000_000]])).toEqual([1, 1]);
  });

  test('buckets_roll_and_expire_in_order', () => {
    expect(
      counted([
        [false, 0],
        [true, 5000],
      ]),
    ).toEqual([1, 2]);
    expect(
      counted([
        [false, 0],
        [true, 5000],
        [true, 10_500],
      ]),
    ).toEqual([2, 2]);
  });

  test('idle_gap_beyond_u32_steps_does_not_wedge_window', () => {
    const counts = new WindowedCounts(10, 10, true, 0);
    const far = 60 * 86_400_000;
    counts.record(false, 0);
    counts.record(true, far);
    counts.record(false, far + 1);
    counts.record(true, far + 2);
    expect([counts.size - counts.failures, counts.size]).toEqual([2, 3]);
  });
});

test.each([
  ['aligned', true],
  ['from the first result on', false],
])('slices, %s: what is counted is in the last of them', (_, aligned) => {
  const result = fc.record({ success: fc.boolean(), waitMs: fc.integer({ min: 0, max: 1500 }), reset: fc.nat(30) });
  fc.assert(
    fc.property(fc.array(result, { maxLength: 60 }), fc.integer({ min: 2, max: 6 }), (results, slices) => {
      const counts = new WindowedCounts(slices * 100, slices, aligned, 0);
      let beganMs = 0;
      let slice = 0;
      let kept: { success: boolean; slice: number }[] = [];
      let now = 0;
      for (const { success, waitMs, reset } of results) {
        now += waitMs;
        if (reset === 0) {
          counts.reset(now);
          kept = [];
          beganMs = now;
        }
        const due = Math.floor((now - beganMs) / 100);
        slice += due;
        if (due > 0) beganMs = aligned ? beganMs + due * 100 : now;
        counts.record(success, now);
        kept.push({ success, slice });
        const live = kept.filter((each) => each.slice > slice - slices);
        expect(counts.size).toBe(live.length);
        expect(counts.failures).toBe(live.filter((each) => !each.success).length);
      }
    }),
  );
});
