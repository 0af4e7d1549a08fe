import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WrittenOptions } from '../../../src/core/options.ts';
import type { Outcome } from '../../../src/core/outcome.ts';
import { type Random, randomStream } from '../../../src/core/random.ts';
import { accrualNamed } from '../../../src/health/accrual/index.ts';
import { happenings } from './happenings.ts';
import { type Naive, naiveBreaker, naiveFinagle, naiveLinkerd, naiveNginx } from './naive.ts';
import { Watched } from './watched.ts';

/** Times of 250 ms, so that what slices and seconds begin with is hit, and sums are exact. */
const quarters = (max: number) => fc.integer({ min: 1, max: max * 4 }).map((n) => n * 250);

const models: Record<
  string,
  { options: fc.Arbitrary<WrittenOptions>; naive: (o: WrittenOptions, r: Random) => Naive }
> = {
  'nginx-max-fails': {
    options: fc.record({
      maxFails: fc.integer({ min: 0, max: 3 }),
      failTimeout: fc.integer({ min: 0, max: 5 }).map((s) => s * 1000),
      serverErrors: fc.boolean(),
    }),
    naive: naiveNginx,
  },
  finagle: {
    options: fc.record({
      consecutiveFailures: fc.integer({ min: 0, max: 4 }),
      successRate: fc.constantFrom(0, 0.3, 0.5, 0.8, 1),
      window: fc.constantFrom(1250, 2500, 5000),
      minRequests: fc.integer({ min: 0, max: 6 }),
      backoffStart: quarters(2),
      backoffMax: fc.constantFrom(2000, 8000, 30_000),
    }),
    naive: naiveFinagle,
  },
  linkerd: {
    options: fc.record({
      mode: fc.constantFrom('unified', 'consecutive'),
      maxFailures: fc.integer({ min: 0, max: 4 }),
      successRate: fc.constantFrom(0, 0.3, 0.5, 0.8, 1),
      window: fc.constantFrom(2500, 5000, 10_000),
      minRequests: fc.integer({ min: 0, max: 6 }),
      minPenalty: quarters(2),
      maxPenalty: fc.constantFrom(2000, 8000, 30_000),
      jitter: fc.constantFrom(0, 0.5, 2),
      rejection: fc.constantFrom('server-error', 'rate-limit'),
    }),
    naive: naiveLinkerd,
  },
  breaker: {
    options: fc.record({
      consecutiveFailures: fc.integer({ min: 0, max: 4 }),
      failureRate: fc.constantFrom(0, 0.3, 0.5, 0.8, 1),
      window: fc.constantFrom(2500, 5000, 10_000),
      minRequests: fc.integer({ min: 1, max: 6 }),
      openTime: quarters(4),
      trials: fc.integer({ min: 1, max: 3 }),
    }),
    naive: naiveBreaker,
  },
};

describe.each(Object.entries(models))('%s', (name, { options, naive }) => {
  test('says at every moment what a naive model says', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(options, happenings, (written, history) => {
        const watched = new Watched(accrualNamed(name), written, { random: randomStream('jitter') });
        const model = naive(written, randomStream('jitter'));
        const check = () => {
          const now = watched.clock.now();
          model.pass(now);
          if (watched.standing() !== model.standing(now)) {
            expect.fail(`at ${now}: ${watched.standing()}, to the model ${model.standing(now)}`);
          }
          seen.add(watched.standing());
        };
        let underWay = 0;
        for (const { kind, ms, outcome } of history) {
          if (kind === 'wait') {
            const end = watched.clock.now() + ms;
            while (watched.clock.step(end)) check();
            watched.clock.advanceTo(end);
          } else if (kind === 'start') {
            underWay++;
            watched.health.started(0);
            model.started(watched.clock.now());
          } else if (underWay > 0) {
            underWay--;
            watched.health.ended(0, outcome as Outcome);
            model.ended(outcome as Outcome, watched.clock.now());
          }
          check();
        }
      }),
      { numRuns: 2000 },
    );
    expect(seen.size).toBe(3);
  });
});
