import type { Curve } from '../sim/faults/curve.ts';
import { block, list, optional, required } from './blocks.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { duration } from './scalars.ts';
import { describe } from './written.ts';

type Point = readonly [atMs: number, value: number];

/** `[[0s, 0.1], [1h, 2]]`: straight lines between points, level before the first and after the last. */
export function pointsForm(value: Form<number>): Form<Curve> {
  const points = list('a list of points', pointForm(value), { min: 1, max: limits.curvePoints });
  return {
    ...points,
    example: `[[0s, ${value.example}], [10m, ${value.example}]]`,
    read(written, reading) {
      const read = points.read(written, reading);
      if (read === undefined) return undefined;
      const back = read.findIndex(([atMs], i) => i > 0 && atMs < (read[i - 1]?.[0] ?? 0));
      if (back < 0) return { kind: 'points', points: read };
      const offset = written.kind === 'list' ? (written.items[back]?.offset ?? written.offset) : written.offset;
      return reading.report(offset, 'expected points in order of time, found an earlier one', 'sort them by time');
    },
  };
}

function pointForm(value: Form<number>): Form<Point> {
  const time = duration({}, '10m');
  const example = `[10m, ${value.example}]`;
  return {
    schema: { type: 'array', items: [time.schema, value.schema], minItems: 2, maxItems: 2 },
    type: `[${time.type}, ${value.type}]`,
    example,
    read(written, reading) {
      if (written.kind !== 'list' || written.items.length !== 2) {
        const found = written.kind === 'list' ? `a list of ${written.items.length}` : describe(written);
        return reading.report(written.offset, `expected a point [time, value], found ${found}`, `write ${example}`);
      }
      const [at, what] = written.items;
      if (at === undefined || what === undefined) return undefined;
      const atMs = time.read(at, reading);
      const height = value.read(what, reading);
      return atMs === undefined || height === undefined ? undefined : [atMs, height];
    },
  };
}

/** `{ mean, amplitude, period, phase }`: mean + amplitude sin(2 pi (t + phase) / period), never below 0. */
export function sineForm(value: Form<number>, greatest = Number.POSITIVE_INFINITY): Form<Curve> {
  const fields = {
    mean: required(value, 'What it swings about.'),
    amplitude: required(value, 'How far it swings; at most the mean.'),
    period: required(duration({ above: 0 }, '24h'), 'How long one swing takes.'),
    phase: optional(duration({}, '6h'), 0, 'How far into its period it is at time 0.', '0s'),
  };
  return block('a sine', fields, {
    check: ({ mean, amplitude }, site) => {
      if (mean === undefined || amplitude === undefined) return;
      if (amplitude > mean) {
        site.report(
          'amplitude',
          'expected amplitude to be at most the mean, found it above',
          'lower it, or raise mean',
        );
      } else if (mean + amplitude > greatest) {
        site.report('amplitude', 'expected mean + amplitude to be at most 100%, found more', 'lower one of the two');
      }
    },
    make: ({ mean, amplitude, period, phase }) => ({
      kind: 'sine',
      ...{ mean, amplitude, periodMs: period, phaseMs: phase },
    }),
  });
}
