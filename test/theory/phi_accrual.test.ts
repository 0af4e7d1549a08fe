import quantile from '@stdlib/stats-base-dists-t-quantile';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import { detectorNamed } from '../../src/health/heartbeat/index.ts';
import { phiOfNormal, standardNormal } from '../../src/health/heartbeat/phi.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { expectAgreement } from './theory.ts';

describe('phi accrual over normal intervals', () => {
  const MEAN_MS = 1000;
  const DEVIATION_MS = 50;
  const WINDOW = 100;

  /**
   * A production detector that has heard a window of intervals with this mean and deviation, the rest of their law being a
   * normal sample's: after how long a silence it suspects.
   */
  function longestSilence(threshold: number, seed: string) {
    const clock = new ManualClock();
    const random = randomStream(seed);
    let suspectedAtMs = Number.NaN;
    const detector = detectorNamed('phi-accrual').create({
      ...{ clock, random, intervalMs: MEAN_MS },
      options: {
        ...{ threshold, maxSampleSize: WINDOW, minStdDeviation: 0.001 },
        ...{ acceptableHeartbeatPause: 0, cdf: 'normal' },
      },
      listener: (_host, suspected) => {
        if (suspected) suspectedAtMs = clock.now();
      },
    });
    const scores = Array.from({ length: WINDOW }, (_, i) => standardNormal(-Math.log10(1 - (i + 0.5) / WINDOW)));
    const spread = Math.sqrt(scores.reduce((sum, each) => sum + each ** 2, 0) / WINDOW);
    return (meanMs: number, deviationMs: number): number => {
      for (let i = WINDOW - 1; i > 0; i--) {
        const j = random.int(i + 1);
        [scores[i], scores[j]] = [scores[j], scores[i]];
      }
      detector.add(0, { id: 'a', address: '', zone: null, weight: 1 });
      suspectedAtMs = Number.NaN;
      detector.heard('a', 0, clock.now());
      scores.forEach((score, i) => {
        clock.advance(meanMs + (deviationMs * score) / spread);
        detector.heard('a', i + 1, clock.now());
      });
      // None was so long that the next would not count.
      expect(suspectedAtMs).toBeNaN();
      const lastAtMs = clock.now();
      while (Number.isNaN(suspectedAtMs)) clock.step();
      detector.remove(0);
      return suspectedAtMs - lastAtMs;
    };
  }

  /**
   * How likely the next interval is longer than that, on average over windows. The mean of n normal values is normal, n
   * times the square of their deviation, by that of the law, is chi-squared with n - 1 degrees of freedom, and the two are
   * independent: an integral over both, by the trapezoidal rule over the whole line. Its steps are at most one deviation
   * of what is integrated, near enough a normal law in the first and in the logarithm of the second, of which the rule
   * misses 2 exp(-2 pi^2) = 5e-9; beyond the ends there is far less.
   */
  function mistakes(threshold: number): number {
    const longest = longestSilence(threshold, `phi ${threshold}`);
    let [sum, weights] = [0, 0];
    for (let z = -10; z <= 10; z++) {
      for (let l = -1.5; l <= 1.2; l += 0.1) {
        const weight = Math.exp(-(z ** 2) / 2 + ((WINDOW - 1) / 2) * (l - Math.exp(l) + 1));
        const variance = (Math.exp(l) * (WINDOW - 1)) / WINDOW;
        const silenceMs = longest(MEAN_MS + (DEVIATION_MS * z) / Math.sqrt(WINDOW), DEVIATION_MS * Math.sqrt(variance));
        weights += weight;
        sum += weight * 10 ** -phiOfNormal((silenceMs - MEAN_MS) / DEVIATION_MS);
      }
    }
    return sum / weights;
  }

  /**
   * The next interval less the mean of n, by their deviation (of the population), is Student's t with n - 1 degrees of
   * freedom times sqrt((n + 1) / (n - 1)).
   */
  function studentTail(threshold: number): number {
    const at = standardNormal(threshold) / Math.sqrt((WINDOW + 1) / (WINDOW - 1));
    let low = 1e-12;
    let high = 0.5;
    for (let i = 0; i < 100; i++) {
      const middle = Math.sqrt(low * high);
      if (quantile(1 - middle, WINDOW - 1) > at) low = middle;
      else high = middle;
    }
    return low;
  }

  it('a known law is passed with probability 10^-phi', () => {
    for (const phi of [1, 3, 8, 12]) expect(phiOfNormal(standardNormal(phi))).toBeCloseTo(phi, 9);
  });

  it.each([
    [3, 1.4],
    [8, 10],
  ])('a law estimated from 100 samples, phi %i: %f times that', (phi, times) => {
    const expected = studentTail(phi);
    // theory.md, Detection.
    expect(expected / 10 ** -phi / times).toBeGreaterThan(0.9);
    expect(expected / 10 ** -phi / times).toBeLessThan(1.2);
    // What the rule misses, and the digits that t quantiles have so far out.
    expectAgreement({ mean: mistakes(phi), bound: 1e-5 * expected }, expected);
  });
});
