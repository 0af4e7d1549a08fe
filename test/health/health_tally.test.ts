import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { HealthTally } from '../../src/health/health_tally.ts';
import type { ProbeVerdict } from '../../src/health/probe.ts';

/** Health after each verdict, from a string of p(ass), r(efused), t(imeout), b(ad answer): + healthy, - unhealthy. */
function health(verdicts: string, unhealthyThreshold: number, healthyThreshold: number): string {
  const names: Record<string, ProbeVerdict> = { p: 'pass', r: 'refused', t: 'timeout', b: 'badAnswer' };
  const tally = new HealthTally(unhealthyThreshold, healthyThreshold);
  return [...verdicts]
    .map((letter) => {
      tally.record(names[letter] as ProbeVerdict);
      return tally.healthy ? '+' : '-';
    })
    .join('');
}

describe('HealthTally', () => {
  it.each([
    ['the first pass is enough', 'p', '+'],
    ['also after failures', 'rtbp', '---+'],
    ['three network failures in a row, of either kind, are needed', 'prtr', '+++-'],
    ['a pass between them starts the count anew', 'prtprtpttt', '+++++++++-'],
    ['a bad answer is enough', 'pb', '+-'],
    ['a bad answer among network failures too', 'prb', '++-'],
    ['two passes in a row bring it back', 'pbpp', '+--+'],
    ['a failure between them starts the count anew', 'pbprpbptpp', '+--------+'],
    ['failures counted while unhealthy do not count against it later', 'pbrrppr', '+----++'],
  ])('%s: %s gives %s', (_, verdicts, wanted) => {
    expect(health(verdicts, 3, 2)).toBe(wanted);
  });

  it('says whether it has changed', () => {
    const tally = new HealthTally(1, 2);
    expect([tally.record('refused'), tally.record('pass'), tally.record('pass'), tally.record('timeout')]).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });
});

/** Whether the host is healthy after this history, told by looking back over all of it. */
function naive(history: readonly ProbeVerdict[], unhealthyThreshold: number, healthyThreshold: number): boolean {
  const last = history.at(-1);
  if (last === undefined) return false;
  const before = history.slice(0, -1);
  const wasHealthy = naive(before, unhealthyThreshold, healthyThreshold);
  const ends = (n: number, is: (v: ProbeVerdict) => boolean) => history.length >= n && history.slice(-n).every(is);
  if (wasHealthy) {
    if (last === 'badAnswer') return false;
    return !ends(unhealthyThreshold, (v) => v === 'refused' || v === 'timeout');
  }
  if (last === 'pass' && !before.includes('pass')) return true;
  return ends(healthyThreshold, (v) => v === 'pass');
}

const verdict = fc.constantFrom<ProbeVerdict>('pass', 'pass', 'badAnswer', 'refused', 'timeout');
const threshold = fc.integer({ min: 1, max: 4 });

test.prop([fc.array(verdict, { maxLength: 40 }), threshold, threshold], { numRuns: 1000 })(
  'agrees with a look back over the whole history',
  (history, unhealthyThreshold, healthyThreshold) => {
    const tally = new HealthTally(unhealthyThreshold, healthyThreshold);
    history.forEach((verdict, i) => {
      const before = tally.healthy;
      const changed = tally.record(verdict);
      expect(tally.healthy).toBe(naive(history.slice(0, i + 1), unhealthyThreshold, healthyThreshold));
      expect(changed).toBe(tally.healthy !== before);
    });
  },
);
