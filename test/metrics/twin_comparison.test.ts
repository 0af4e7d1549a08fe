import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Outcome } from '../../src/core/outcome.ts';
import { RequestTimes, TwinComparison } from '../../src/metrics/twin_comparison.ts';

/** What became of a request in the twin and here: a time, or null where it failed. */
interface Pair {
  readonly there: number | null;
  readonly here: number | null | 'unanswered';
  /** The instance of its last attempt here; null: none was sent. */
  readonly on: number | null;
}

/** One request a millisecond, number 3 the first measured; fault: on instance 0 in [10, 20). */
function compare(pairs: readonly Pair[], slowMs: number | null) {
  const times = new RequestTimes();
  for (const [i, { there }] of pairs.entries()) if (there !== null) times.succeeded(i + 3, there);
  const comparison = new TwinComparison(2, times, slowMs);
  comparison.send(0, 1, 0);
  comparison.done(1, Outcome.refused, 1);
  pairs.forEach(({ on, here }, i) => {
    if (i === 10) comparison.faultStart(0);
    if (i === 20) comparison.faultEnd(20, 0);
    comparison.arrive(i + 3);
    if (on !== null) comparison.send(i, i + 3, on);
    if (here === 'unanswered') return;
    comparison.done(i + 3, here === null ? Outcome.timedOut : Outcome.ok, here ?? 0);
  });
  return comparison.finish();
}

describe('a run against its twin', () => {
  it('by hand', () => {
    const fine = (n: number): Pair[] => Array(n).fill({ there: 5, here: 5, on: 1 });
    expect(compare([...fine(30)], 100)).toEqual({ failures: 0, delayedRequests: 0, extraSeconds: 0, collateral: 0 });
    const pairs: Pair[] = [
      ...fine(10),
      { there: 5, here: null, on: 0 }, // lost on the target of the fault
      { there: 5, here: null, on: 1 }, // lost on another: collateral
      { there: 5, here: null, on: null }, // no host: collateral
      { there: 5, here: 'unanswered', on: 0 }, // lost on the target
      { there: 5, here: 'unanswered', on: 1 }, // collateral
      { there: null, here: null, on: 0 }, // would have been lost anyway
      { there: null, here: 7, on: 1 }, // saved
      { there: 5, here: 1005, on: 1 }, // delayed, a second
      { there: 205, here: 5, on: 1 }, // was slow, and is not
      { there: 5, here: 305, on: 1 }, // delayed
      { there: 5, here: null, on: 0 }, // after the fault: collateral
    ];
    expect(compare(pairs, 100)).toEqual({ failures: 5, delayedRequests: 1, extraSeconds: 1.1, collateral: 3 });
  });

  it('on the target is what was sent as the fault acted, or in flight when it began', () => {
    const times = new RequestTimes();
    for (const request of [0, 1, 2]) times.succeeded(request, 1);
    const comparison = new TwinComparison(1, times, 1);
    for (const request of [0, 1, 2]) comparison.arrive(request);
    comparison.send(5, 0, 0);
    comparison.faultStart(0);
    comparison.send(15, 1, 0);
    comparison.faultStart(0);
    comparison.faultEnd(20, 0);
    comparison.faultEnd(20, 0);
    comparison.send(20, 2, 0);
    for (const request of [0, 1, 2]) comparison.done(request, Outcome.timedOut, 100);
    expect(comparison.finish()).toMatchObject({ failures: 3, collateral: 1 });
  });

  const fate = fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null, freq: 4 });
  const pair: fc.Arbitrary<Pair> = fc.record({
    there: fate,
    here: fc.oneof(fate, fc.constant('unanswered' as const)),
    on: fc.option(fc.nat(1), { nil: null }),
  });

  test.prop([fc.array(pair, { minLength: 1, maxLength: 3000 }), fc.nat(1000)])(
    'comes to differences of totals, whatever happens',
    (pairs, slowMs) => {
      const found = compare(pairs, slowMs);
      const lost = (fate: Pair['here']) => typeof fate !== 'number';
      const both = pairs.filter(({ here, there }) => !lost(here) && !lost(there));
      const count = (test: (pair: Pair) => boolean) => pairs.filter(test).length;
      expect(found.failures).toBe(count(({ here }) => lost(here)) - count(({ there }) => lost(there)));
      const onTarget = (pair: Pair, i: number) => pair.on === 0 && i >= 10 && i < 20;
      const direct = pairs.filter((one, i) => lost(one.here) && !lost(one.there) && (onTarget(one, i) || late(one, i)));
      // What has no answer is judged at the end: sent before the fault, it was in flight when that began.
      function late({ on, here }: Pair, i: number): boolean {
        return on === 0 && here === 'unanswered' && i < 10 && pairs.length > 10;
      }
      expect(found.failures - found.collateral).toBe(direct.length);
      const total = (side: 'here' | 'there') => both.reduce((sum, one) => sum + (one[side] as number), 0);
      expect(found.extraSeconds).toBeCloseTo((total('here') - total('there')) / 1000, 9);
      const slow = (side: 'here' | 'there') => both.filter((one) => (one[side] as number) > slowMs).length;
      expect(found.delayedRequests).toBe(slow('here') - slow('there'));
    },
  );

  test.prop([fc.array(fate, { minLength: 1, maxLength: 50 })])('is exactly 0 against itself', (fates) => {
    const pairs = fates.map((one): Pair => ({ there: one, here: one, on: 0 }));
    expect(compare(pairs, 10)).toEqual({ failures: 0, delayedRequests: 0, extraSeconds: 0, collateral: 0 });
  });
});
