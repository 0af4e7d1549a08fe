import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import { staggered } from '../../../src/health/checks/haproxy_rules.ts';
import { HAPROXY_CHECK } from '../../../src/health/checks/settings.ts';
import { checksOf } from '../../helpers/checks.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { callers, instances, traceOf, trialOf } from '../../helpers/trial.ts';

/** The phases of the checks of one process, in the order in which they start; `laterMs` before the last of them. */
function phases(seed: number, count: number, together: number, laterMs = 0): number[] {
  const clock = new ManualClock();
  const phaseOf = staggered(randomStream(`process/${seed}`), clock, () => together);
  return Array.from({ length: count }, (_, i) => {
    if (i === count - 1) clock.advance(laterMs);
    return phaseOf(randomStream(`${seed}/${i}`));
  });
}

describe("the start of HAProxy's checks (check.c, start_checks)", () => {
  test.prop([fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 2, max: 50 })])(
    'is an interval / n apart, in order, from a phase of the process',
    (seed, n) => {
      const [first, ...rest] = phases(seed, n, n);
      expect(first).toBe(randomStream(`process/${seed}`).unit());
      for (const [i, phase] of rest.entries()) expect(phase).toBeCloseTo((first + (i + 1) / n) % 1, 9);
    },
  );

  it('is drawn for those who come later, or beyond those expected, or alone', () => {
    const drawn = (i: number) => randomStream(`7/${i}`).unit();
    expect(phases(7, 3, 3, 1)[2]).toBe(drawn(2));
    expect(phases(7, 3, 2)[2]).toBe(drawn(2));
    expect(phases(7, 3, 1)).toEqual([0, 1, 2].map(drawn));
    expect(phases(7, 3, 0)).toEqual([0, 1, 2].map(drawn));
  });

  it("spreads what each caller asks of all its instances, in the registry's order", () => {
    const { probes } = traceOf(
      trialOf({
        instances: instances(5),
        callers: callers(3),
        healthCheck: checksOf({ ...HAPROXY_CHECK, interMs: 1000, initState: 'fully-up' }),
      }),
    );
    const firsts = [0, 1, 2].map((caller) =>
      [0, 1, 2, 3, 4].map((i) => probes.find((probe) => probe.caller === caller && probe.instance === i)?.atMs ?? -1),
    );
    for (const [first, ...rest] of firsts) {
      for (const [i, atMs] of rest.entries()) expect(atMs).toBeCloseTo((first + (i + 1) * 200) % 1000, 6);
    }
    expect(new Set(firsts.map(([first]) => first)).size).toBe(3);
  });
});
