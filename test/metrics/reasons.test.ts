import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { BeliefCause } from '../../src/core/belief_cause.ts';
import { Reasons } from '../../src/metrics/reasons.ts';

type Told = readonly [atMs: number, cause: BeliefCause, holds: boolean];

/** What a pair is out for as it is told, beside what turned its belief. */
function watch() {
  const told: Told[] = [];
  const reasons = new Reasons((atMs, pair, cause, holds) => {
    expect(pair).toBe(7);
    told.push([atMs, cause, holds]);
  });
  return { told, reasons };
}

describe('reasons', () => {
  it('follow each other while a pair stays out: failed check, ejected, gone, in view and unproven', () => {
    const { told, reasons } = watch();
    reasons.belief(0, 7, true, 'registry');
    reasons.verdict(10, 7, 'activeCheck', false);
    reasons.belief(10, 7, false, 'activeCheck');
    reasons.verdict(12, 7, 'ejection', false);
    reasons.verdict(20, 7, 'ejection', true);
    reasons.verdict(25, 7, 'registry', false);
    reasons.verdict(40, 7, 'registry', true);
    reasons.verdict(42, 7, 'activeCheck', true);
    reasons.belief(42, 7, true, 'activeCheck');
    reasons.finish();
    expect(told).toEqual([
      [12, 'ejection', true],
      [20, 'activeCheck', true],
      [25, 'registry', true],
      [40, 'registry', false],
    ]);
  });

  it('are not told of a pair that comes back, or leaves, at that very moment', () => {
    const { told, reasons } = watch();
    reasons.belief(0, 7, true, 'registry');
    reasons.verdict(5, 7, 'registry', false);
    reasons.belief(5, 7, false, 'registry');
    reasons.verdict(9, 7, 'registry', true);
    reasons.verdict(9, 7, 'activeCheck', true);
    reasons.belief(9, 7, true, 'registry');
    reasons.finish();
    expect(told).toEqual([]);
  });

  const sources = ['activeCheck', 'ejection', 'registry', 'gossip'] as const;
  const steps = fc.array(
    fc.record({ atMs: fc.nat({ max: 20 }), source: fc.constantFrom(...sources), good: fc.boolean() }),
  );
  test.prop([steps])('are the last of those that stand, at the end of every moment', (all) => {
    const { told, reasons } = watch();
    const against = new Map<BeliefCause, number>();
    const expected: { atMs: number; out: boolean; cause: BeliefCause | null }[] = [];
    const turned: { atMs: number; cause: BeliefCause | null }[] = [];
    reasons.belief(0, 7, true, 'registry');
    for (const [i, { atMs, source, good }] of all.toSorted((a, b) => a.atMs - b.atMs).entries()) {
      // Whoever is not in view is judged by nobody else.
      if (against.has(source) !== good || (against.has('registry') && source !== 'registry')) continue;
      const before = against.size;
      if (!good && source === 'registry') against.clear();
      if (good) against.delete(source);
      else against.set(source, i);
      reasons.verdict(atMs, 7, source, good);
      if ((before === 0) !== (against.size === 0)) {
        reasons.belief(atMs, 7, against.size === 0, source);
        turned.push({ atMs, cause: against.size === 0 ? null : source });
      }
      const [last = null] = [...against].toSorted((a, b) => b[1] - a[1]).map(([cause]) => cause);
      expected.push({ atMs, out: against.size > 0, cause: last });
    }
    reasons.finish();
    for (let atMs = 0; atMs <= 20; atMs++) {
      const state = expected.findLast((one) => one.atMs <= atMs);
      if (state?.out !== true) continue;
      const begun = turned.findLast((one) => one.atMs <= atMs);
      const since = told.findLast(([at]) => at <= atMs && at >= (begun?.atMs ?? 0));
      // Of the moment itself, what turned the belief is what is told.
      const shown = since === undefined ? begun?.cause : since[1];
      if (begun?.atMs !== atMs) expect(shown).toBe(state.cause);
    }
    expect(told.every(([atMs], i) => i === 0 || atMs >= told[i - 1][0])).toBe(true);
  });
});
