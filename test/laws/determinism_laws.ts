import fc from 'fast-check';
import { expect } from 'vitest';
import { answeredAtOnce } from '../helpers/balancing.ts';
import { play, scripts } from './churn.ts';
import { type Law, runsOf, type Subject } from './law.ts';
import { rigOf } from './rig.ts';
import { Service } from './service.ts';

/** What picks may depend on: the seed, the history, and nothing else. */
export const determinismLaws: readonly Law[] = [
  {
    name: 'picks alike for equal seeds and equal histories',
    applies: () => true,
    check: (subject) =>
      fc.assert(
        fc.property(scripts, (script) => {
          expect(play(subject, script)).toEqual(play(subject, script));
        }),
        { numRuns: runsOf(subject, 12) },
      ),
  },
  {
    name: 'picks otherwise for another seed',
    applies: (traits) => traits.evenness === 'statistical',
    check: (subject) => {
      const picks = (seed: number): string =>
        answeredAtOnce(rigOf(subject, Array(8).fill(1), { seed }), 64)
          .map((host) => host.instance.id)
          .join('');
      expect(new Set([1, 2, 3, 4, 5].map(picks)).size).toBe(5);
    },
  },
  {
    name: 'does not depend on the unit of time',
    applies: (traits) => traits.fixedTime !== true,
    check: (subject) => {
      // A power of two, so that scaling is exact in floating point.
      expect(picksAtScale(subject, 8)).toEqual(picksAtScale(subject, 1));
    },
  },
];

/** 500 picks with every time, those among the options too, multiplied by `scale`. */
function picksAtScale(subject: Subject, scale: number): string[] {
  const options: Record<string, number | boolean | string> = { ...subject.options };
  for (const [name, descriptor] of Object.entries(subject.definition.options)) {
    const value = options[name] ?? descriptor.default;
    if (descriptor.type === 'duration') options[name] = (value as number) * scale;
  }
  const service = new Service({ ...subject, options }, 1, [1, 1, 1, 1]);
  for (let i = 0; i < 4; i++) service.latencyMs[i] = (i + 1) * 10 * scale;
  return service.run(500, 5 * scale).map((host) => host.instance.id);
}
