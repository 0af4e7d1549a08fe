import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { createPausableClock } from '../../../src/sim/registries/pausable_clock.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';

type Step =
  | { readonly kind: 'schedule'; readonly ms: number; readonly lane: boolean }
  | { readonly kind: 'cancel'; readonly which: number }
  | { readonly kind: 'pause' | 'resume' }
  | { readonly kind: 'advance'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('schedule' as const), ms: fc.integer({ min: 0, max: 9 }), lane: fc.boolean() }),
  fc.record({ kind: fc.constant('cancel' as const), which: fc.nat(20) }),
  fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const) }),
  fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 7 }) }),
);

test.prop([fc.array(step, { maxLength: 80 })])('its timers run as on a clock that stands still meanwhile', (steps) => {
  const clock = new ManualClock();
  const pausable = createPausableClock(clock);
  // The twin: a clock of its own, that is only moved on while there is no pause.
  const inside = new ManualClock();
  let paused = false;
  const ran: number[] = [];
  const wanted: number[] = [];
  const ids: { readonly real: number; readonly twin: number }[] = [];
  for (const one of steps) {
    if (one.kind === 'schedule') {
      const name = ids.length;
      const run = (): void => void ran.push(name);
      const real = one.lane ? pausable.lane(one.ms).schedule(run, 0) : pausable.schedule(one.ms, run, 0);
      ids.push({ real, twin: inside.schedule(one.ms, () => wanted.push(name), 0) });
    } else if (one.kind === 'cancel') {
      const id = ids[one.which];
      if (id === undefined) continue;
      pausable.cancel(id.real);
      inside.cancel(id.twin);
    } else if (one.kind === 'advance') {
      clock.advance(one.ms);
      if (!paused) inside.advance(one.ms);
    } else {
      paused = one.kind === 'pause';
      if (paused) pausable.pause();
      else pausable.resume();
    }
    expect(pausable.now()).toBe(clock.now());
    if (!paused) expect(ran).toEqual(wanted);
  }
});
