import fc from 'fast-check';
import { Outcome } from '../../../src/core/outcome.ts';

/** What can happen to a host: time passes, an attempt starts, one of those under way ends. */
export interface Happening {
  readonly kind: 'wait' | 'start' | 'end';
  readonly ms: number;
  readonly outcome: Outcome;
}

const outcome = fc.oneof(
  { weight: 5, arbitrary: fc.constant(Outcome.ok) },
  { weight: 6, arbitrary: fc.constantFrom(Outcome.reset, Outcome.timedOut, Outcome.refused) },
  { weight: 4, arbitrary: fc.constantFrom(Outcome.error, Outcome.rejected) },
  { weight: 1, arbitrary: fc.constant(Outcome.noHost) },
);

const step = fc.oneof(
  fc.record({
    kind: fc.constant('wait' as const),
    ms: fc.oneof(
      fc.constantFrom(0, 250, 500, 1000, 2750),
      fc.integer({ min: 0, max: 40 }).map((n) => n * 250),
    ),
    outcome: fc.constant(Outcome.ok),
  }),
  fc.constant({ kind: 'start' as const, ms: 0, outcome: Outcome.ok as Outcome }),
  fc.record({ kind: fc.constant('end' as const), ms: fc.constant(0), outcome }),
);

export const happenings: fc.Arbitrary<Happening[]> = fc
  .array(
    fc.oneof(
      step.map((one) => [one]),
      outcome.map((end) => [
        { kind: 'start' as const, ms: 0, outcome: Outcome.ok as Outcome },
        { kind: 'end' as const, ms: 0, outcome: end },
      ]),
    ),
    { maxLength: 80 },
  )
  .map((groups) => groups.flat());
