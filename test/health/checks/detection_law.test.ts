import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import { HealthChecker } from '../../../src/health/checks/checker.ts';
import type { EnvoyCheckSettings } from '../../../src/health/checks/settings.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { estimate, expectAgreement } from '../../theory/theory.ts';
import { fakeHost, instance, settings } from './fake_host.ts';

/** How long after a failure at `failAtMs` the checker finds out; probes then are `refused` or meet `silence`. */
function detectionMs(seed: string, over: EnvoyCheckSettings, failAtMs: number, failure: 'refused' | 'silence'): number {
  const clock = new ManualClock();
  const host = fakeHost(clock, () => (clock.now() < failAtMs ? 'pass' : failure));
  const checker = new HealthChecker({ clock, random: randomStream(seed), probe: host.probe, settings: over });
  let detectedAtMs = -1;
  checker.start(instance('a'), (healthy) => {
    if (healthy) return;
    detectedAtMs = clock.now();
  });
  while (detectedAtMs < 0) clock.step();
  return detectedAtMs - failAtMs;
}

/** Mean of X^m for X = I + U(0, J). */
function moment(m: 1 | 2, { intervalMs: i, intervalJitterMs: j = 0 }: EnvoyCheckSettings): number {
  return m === 1 ? i + j / 2 : i * i + i * j + (j * j) / 3;
}

const anySettings = fc
  .record({
    intervalMs: fc.double({ min: 1, max: 1e4, noNaN: true }),
    timeoutMs: fc.double({ min: 0.1, max: 2e4, noNaN: true }),
    unhealthyThreshold: fc.integer({ min: 1, max: 6 }),
  })
  .map(settings);
const share = fc.double({ min: 0, max: 1, noNaN: true });

test.prop([anySettings, share, fc.constantFrom('refused' as const, 'silence' as const), fc.nat()], { numRuns: 1000 })(
  'theory.md, Detection: fixed delay, k failures: refused in [(k-1)I, kI], no answer in [(k-1)(I+T)+T, (k-1)(I+T)+T+I]',
  (settings, when, failure, seed) => {
    const { intervalMs: i, timeoutMs: t, unhealthyThreshold: k } = settings;
    const failAtMs = i * (1 + 3 * when);
    const low = failure === 'refused' ? (k - 1) * i : (k - 1) * (i + t) + t;
    const found = detectionMs(`${seed}`, settings, failAtMs, failure);
    const rounding = 1e-9 * (failAtMs + found);
    expect(found).toBeGreaterThanOrEqual(low - rounding);
    expect(found).toBeLessThanOrEqual(low + i + rounding);
  },
);

it.each(['refused', 'silence'] as const)('%s: detection is uniform on that interval', (failure) => {
  const n = 4000;
  const over = settings();
  const { intervalMs: i, timeoutMs: t, unhealthyThreshold: k } = over;
  const low = failure === 'refused' ? (k - 1) * i : (k - 1) * (i + t) + t;
  const shares = Array.from({ length: n }, (_, run) => (detectionMs(`run/${run}`, over, 2000, failure) - low) / i);
  shares.sort((a, b) => a - b);
  const distance = Math.max(...shares.map((u, rank) => Math.max(u - rank / n, (rank + 1) / n - u)));
  // Dvoretzky, Kiefer, Wolfowitz and Massart, at one in a million.
  expect(distance).toBeLessThan(Math.sqrt(Math.log(2e6) / (2 * n)));
});

/**
 * Failures of one host, one after another, of which the checker finds each: of the gap between two sends in which the host
 * failed, and of detection after a failure anywhere in it, the integral over that gap.
 */
function failuresFound(over: EnvoyCheckSettings, failure: 'refused' | 'silence', count: number) {
  const clock = new ManualClock();
  let failing = false;
  let lastPassAtMs = 0;
  let firstFailAtMs = -1;
  const host = fakeHost(clock, () => {
    if (!failing) lastPassAtMs = clock.now();
    else if (firstFailAtMs < 0) firstFailAtMs = clock.now();
    return failing ? failure : 'pass';
  });
  const gaps: number[] = [];
  const integrals: number[] = [];
  const random = randomStream(`law/${failure}`);
  new HealthChecker({ clock, random, probe: host.probe, settings: over }).start(instance('a'), (healthy) => {
    if (!healthy) {
      const gap = firstFailAtMs - lastPassAtMs;
      gaps.push(gap);
      integrals.push(gap * (clock.now() - lastPassAtMs) - gap ** 2 / 2);
    }
    failing = healthy;
    firstFailAtMs = -1;
  });
  while (gaps.length < count) clock.step();
  return { gaps, integrals };
}

it.each([
  ['refused', 1, 0],
  ['refused', 3, 1000],
  ['silence', 1, 1000],
  ['silence', 3, 2500],
] as const)('%s, k = %d, jitter %d: the mean is E[X^2]/(2E[X]) + (k-1)(E[X]+T) + T', (failure, k, jitter) => {
  const over = settings({ unhealthyThreshold: k, intervalJitterMs: jitter });
  const t = failure === 'silence' ? over.timeoutMs : 0;
  const expected = moment(2, over) / (2 * moment(1, over)) + (k - 1) * (moment(1, over) + t) + t;
  // A failure at a moment as likely as any other falls into a gap in proportion to its length: the mean over gaps of the
  // integral of detection, by that of the gaps.
  const { gaps, integrals } = failuresFound(over, failure, 30_000);
  const { mean: gap } = estimate(gaps);
  const ratio = estimate(integrals).mean / gap;
  // The usual linear bound of a ratio; what it leaves out is about its square, and rounding where nothing is drawn.
  const { bound } = estimate(integrals.map((integral, i) => (integral - ratio * gaps[i]) / gap));
  expectAgreement({ mean: ratio, bound: bound + 1e-6 * expected }, expected, 0.005);
});
