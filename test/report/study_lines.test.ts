import { describe, expect, it } from 'vitest';
import { failureLines } from '../../src/cli/failure_lines.ts';
import { incompleteLine } from '../../src/report/incomplete_lines.ts';
import { precisionLines } from '../../src/report/precision_lines.ts';
import type { Incomplete, PrecisionRow } from '../../src/run/result.ts';
import { fakeScenario } from '../helpers/fake_report.ts';

const ring = { strategy: 'ring', variant: null, params: {} };

describe('what is missing', () => {
  const line = (changes: Partial<Incomplete>) =>
    incompleteLine({
      incomplete: { reason: 'interrupted', done: 37, of: 100, threshold: null, failed: [], ...changes },
    });
  const threshold = { ...ring, expression: 'latency.p99 < 5ms' };

  it('is said in one sentence', () => {
    expect(incompleteLine({ incomplete: null })).toBeNull();
    expect(line({})).toBe('interrupted: 37 of 100 cells are done and written');
    expect(line({ done: 0 })).toBe('interrupted: none of 100 cells is done, so nothing is written');
    expect(line({ done: 0, of: 1 })).toBe('interrupted: none of 1 cell is done, so nothing is written');
    expect(line({ reason: 'threshold', threshold })).toBe(
      'stopped by latency.p99 < 5ms, which ring fails: 37 of 100 cells are done and written',
    );
    const failed = { ...ring, seed: 3 };
    expect(line({ reason: 'failed', failed: [failed] })).toMatch(/^a cell failed: 37 of 100/);
    expect(line({ reason: 'failed', failed: [failed, failed] })).toMatch(/^2 cells failed: 37 of 100/);
  });

  it('has for each cell that failed its reason and how to see it again, of many for some', () => {
    const failures = Array.from({ length: 13 }, (_, seed) => ({ label: ring, seed, message: 'expected 3, found 4' }));
    const lines = failureLines({ failures, scenario: fakeScenario([ring]) }, 'a.yaml');
    expect(lines.slice(0, 2)).toEqual([
      'fake: ring, seed 0: expected 3, found 4',
      '  to see it again: meshtrial replay a.yaml --strategy ring --seed 0',
    ]);
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('and 3 more');
  });
});

describe('precision', () => {
  const row: PrecisionRow = { metric: 'latency.p99', ...ring, halfWidth: 0.0312, wanted: 0.02, relative: true };
  const lines = (unmet: readonly PrecisionRow[], incomplete: Incomplete | null = null) =>
    precisionLines({ precision: { met: unmet.length === 0, replications: 35, unmet }, incomplete, summary: [] });

  it('says whether it was reached, and after how many', () => {
    expect(precisionLines({ precision: null, incomplete: null, summary: [] })).toEqual([]);
    expect(lines([])).toEqual(['precision reached after 35 replications']);
    expect(lines([row, { ...row, halfWidth: null }, { ...row, halfWidth: 70, wanted: 50, relative: false }])).toEqual([
      'precision not reached after 35 replications: latency.p99 of ring is ±3.1%, ±2% was asked for',
      '  latency.p99 of ring has no interval, ±2% was asked for',
      '  latency.p99 of ring is ±70 ms, ±50 ms was asked for',
    ]);
    expect(lines(Array(9).fill(row))).toHaveLength(6);
  });

  it('does not blame the scenario where somebody stopped it', () => {
    const incomplete: Incomplete = { reason: 'interrupted', done: 1, of: 2, threshold: null, failed: [] };
    expect(lines([row], incomplete)[0]).toMatch(/^precision not reached when it was stopped, after 35/);
  });
});
