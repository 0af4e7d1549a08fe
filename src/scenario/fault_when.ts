import type { Distribution } from '../sim/config.ts';
import type { Curve } from '../sim/faults/curve.ts';
import type { FaultWhen, Repair } from '../sim/faults/when.ts';
import { block, optional, required, type Site, type Values } from './blocks.ts';
import { pointsForm, sineForm } from './curve.ts';
import { type DistributionForm, isAlwaysZero } from './distribution.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { repairForm } from './repair.ts';
import { choice, duration, integer, number, share, trueOrFalse } from './scalars.ts';
import { type TraceSpec, traceForm } from './trace.ts';
import { variant } from './variant.ts';

/** As written: the instances of a trace are not looked up yet. */
export type WhenSpec = Exclude<FaultWhen, { kind: 'trace' }> | (TraceSpec & { readonly kind: 'recorded' });

/** When a fault strikes and for how long: the keys beside its kind. One of them says when, the others go with it. */
export function whenFields(distribution: DistributionForm, readText: (path: string) => string) {
  return {
    at: optional(duration({}, '60s'), null, 'When it begins, from time 0.'),
    for: optional(duration({ above: 0 }, '20s'), null, 'With at: how long it lasts.', 'to the end'),
    every: optional(
      duration({ above: 0 }, '1m'),
      null,
      'With at and for: begins again and again, so long after it began.',
    ),
    times: optional(integer({ min: 1, max: limits.count }, '5'), null, 'With every: how often in all.', 'to the end'),
    lifetime: optional(distribution, null, 'How long each target stays up, drawn anew each time.'),
    start: optional(
      choice(['up', 'stationary']),
      'up',
      'With lifetime: all new at time 0, or as found after a very long time: some down, the others of any age.',
      'up',
    ),
    probability: optional(probabilityForm(), null, 'In each tick, the probability that a target fails.'),
    hazard: optional(hazardForm(), null, 'How likely a target fails at each time of the run, whatever its age.'),
    overload: optional(overloadForm(), null, 'A crash whenever too many requests wait.'),
    trace: optional(traceForm(readText), null, 'Outages as recorded. Targets that it does not name stay up.'),
    repair: optional(
      repairForm(distribution),
      null,
      'With lifetime, probability, hazard or overload: how long a target stays down, drawn anew each time.',
      'for good',
    ),
    together: optional(
      trueOrFalse(),
      false,
      'With lifetime, probability or hazard: a common cause. All targets fail and come back together.',
      'false',
    ),
  };
}

const perHour = number({ min: 0, max: limits.count }, '0.5');

/** Hazards are written per hour and kept per millisecond. */
function hazardForm(): Form<Curve> {
  const constant = {
    ...perHour,
    read: (...given: Parameters<typeof perHour.read>) => constantOf(perHour.read(...given)),
  };
  return variant<Curve>({
    what: 'hazard',
    cases: () => ({ perHour: constant, points: pointsForm(perHour), sine: sineForm(perHour) }),
    docs: {
      perHour: 'The same at all times: so many failures an hour.',
      points:
        'Failures an hour at points of time: straight lines between them, level before and after. Two points at one time are a jump.',
      sine: 'Failures an hour that swing about a mean.',
    },
    example: '{ perHour: 0.5 }',
  });
}

function constantOf(value: number | undefined): Curve | undefined {
  return value === undefined ? undefined : { kind: 'constant', value };
}

function probabilityForm() {
  const chance = share({ max: 1 }, false, '1%');
  const fields = {
    every: required(duration({ min: 1 }, '1m'), 'Length of a tick; the first begins at time 0.'),
    value: optional(chance, null, 'The same in all ticks.'),
    points: optional(
      pointsForm(chance),
      null,
      'At points of time: straight lines between them, level before and after. A tick has the value at its start.',
    ),
    sine: optional(sineForm(chance, 1), null, 'Swinging about a mean. A tick has the value at its start.'),
  };
  return block('a probability', fields, {
    check: (_values, site) => {
      const keys = (['value', 'points', 'sine'] as const).filter((key) => site.has(key));
      if (keys.length === 0 && !['value', 'points', 'sine'].some((key) => site.misspelt(key as 'value'))) {
        site.report(null, "expected how likely ('value', 'points' or 'sine'), found nothing", 'add value: 1%');
      }
      for (const key of keys.slice(1)) {
        site.reportKey(key, `expected one probability, found '${key}' beside '${keys[0]}'`, 'keep one of the two');
      }
    },
    make: ({ every, value, points, sine }) => {
      const curve = points ?? sine ?? constantOf(value ?? undefined);
      return curve === undefined ? undefined : { everyMs: every, share: curve };
    },
  });
}

function overloadForm() {
  const queueAbove = integer({ min: 0, max: limits.count }, '50');
  return block('an overload', { queueAbove: required(queueAbove, 'It dies when more requests than this wait.') });
}

type Fields = ReturnType<typeof whenFields>;
type WhenSite = Pick<Site, 'has' | 'misspelt' | 'report' | 'reportKey'>;

/** What may be written beside each way to say when. */
const companions = {
  at: ['for', 'every', 'times'],
  lifetime: ['start', 'repair', 'together'],
  probability: ['repair', 'together'],
  hazard: ['repair', 'together'],
  overload: ['repair'],
  trace: [],
} as const satisfies Record<string, readonly (keyof Fields)[]>;

type Moment = keyof typeof companions;

const moments = Object.keys(companions) as Moment[];
const moreKeys = ['for', 'every', 'times', 'start', 'repair', 'together'] as const;

/** One way to say when, and beside it only what goes with it. */
export function checkWhen(
  values: Partial<{ readonly [K in keyof Fields]: Values<Fields>[K] | undefined }>,
  site: WhenSite,
): void {
  const written = moments.filter((key) => site.has(key));
  const [moment] = written;
  if (moment === undefined) {
    if (moments.some((key) => site.misspelt(key))) return;
    const message = `expected when the fault strikes (${moments.join(', ')}), found nothing`;
    return void site.report(null, message, 'add at: 60s');
  }
  for (const key of written.slice(1)) {
    site.reportKey(key, `expected one way to say when, found '${key}' beside '${moment}'`, 'write two faults');
  }
  const allowed: readonly string[] = companions[moment];
  for (const key of moreKeys.filter((key) => site.has(key) && !allowed.includes(key))) {
    const hosts = moments.filter((host) => (companions[host] as readonly string[]).includes(key));
    const message = `expected '${key}' beside ${hosts.join(', ')} only, found it beside '${moment}'`;
    site.reportKey(key, message, fixFor(key, moment));
  }
  checkRepeats(values, site);
  checkLifetime(values, site);
  checkKindOfMoment(moment, site);
}

function fixFor(key: string, moment: Moment): string {
  if (key === 'for' && moment !== 'trace') return "write 'repair' to say how long it lasts";
  if (key === 'repair' && moment === 'at') return "write 'for' instead";
  return 'remove it';
}

function checkRepeats(
  { for: forMs, every }: { readonly for?: number | null | undefined; readonly every?: number | null | undefined },
  site: WhenSite,
): void {
  if (!site.has('at')) return;
  if (site.has('every') && !site.has('for')) {
    site.reportKey(
      'every',
      "expected 'for' beside 'every', found none",
      'add for: 20s, to say how long each time lasts',
    );
  }
  if (site.has('times') && !site.has('every')) {
    site.reportKey('times', "expected 'every' beside 'times', found none", 'add every: 1m');
  }
  if (forMs != null && every != null && every <= forMs) {
    site.report('every', "expected 'every' to be longer than 'for', found it no longer", 'raise it, or lower for');
  }
}

function checkLifetime(
  {
    lifetime,
    start,
    repair,
  }: {
    readonly lifetime?: Distribution | null | undefined;
    readonly start?: 'up' | 'stationary' | undefined;
    readonly repair?: Repair | null | undefined;
  },
  site: WhenSite,
): void {
  if (lifetime != null && isAlwaysZero(lifetime)) {
    site.report('lifetime', 'expected a lifetime above 0s, found 0s only', 'write how long a target stays up');
  }
  if (start !== 'stationary' || !site.has('lifetime') || repair === undefined) return;
  if (repair === null) {
    const message = "expected a 'repair' beside start: stationary, found none: in the long run all would be down";
    site.report('start', message, 'add repair: 30s');
  } else if (repair.kind === 'backoff') {
    const message = 'expected a repair that is a distribution beside start: stationary, found a back-off';
    site.report('start', message, 'remove start, or write another repair');
  }
}

/** Not every kind of fault can strike at every kind of moment. */
function checkKindOfMoment(moment: Moment, site: WhenSite): void {
  if (moment === 'overload' && !site.has('crash')) {
    site.reportKey('overload', "expected 'overload' beside a crash, found another kind of fault", 'write crash');
  }
  for (const [kind, name] of [
    ['restart', 'a restart'],
    ['registry', 'an outage of the registry'],
  ] as const) {
    if (!site.has(kind)) continue;
    if (kind === 'restart' && site.has('for')) {
      site.reportKey('for', `expected no 'for' in ${name}, found one`, "remove it: 'down' says how long");
    }
    if (site.has('every')) site.reportKey('every', `expected no 'every' beside ${name}, found one`, 'write two faults');
    if (moment === 'at') continue;
    site.reportKey(moment, `expected ${name} to be scheduled, found '${moment}'`, "write 'at' instead");
  }
}

export function whenOf(values: Values<Fields>): WhenSpec | null {
  const { at, every, times, lifetime, start, probability, hazard, overload, trace, repair, together } = values;
  if (at !== null) {
    const forMs = values.for ?? Number.POSITIVE_INFINITY;
    if (every === null) return { kind: 'at', atMs: at, forMs };
    return { kind: 'repeated', atMs: at, forMs, everyMs: every, times: times ?? Number.POSITIVE_INFINITY };
  }
  if (lifetime !== null) return { kind: 'lifetime', lifetime, start, repair, together };
  if (probability !== null) return { kind: 'probability', ...probability, repair, together };
  if (hazard !== null) return { kind: 'hazard', perMs: perMillisecond(hazard), repair, together };
  if (overload !== null) return { kind: 'overload', queueAbove: overload.queueAbove, repair };
  return trace === null ? null : { kind: 'recorded', ...trace };
}

const HOUR_MS = 3_600_000;

function perMillisecond(curve: Curve): Curve {
  if (curve.kind === 'constant') return { kind: 'constant', value: curve.value / HOUR_MS };
  if (curve.kind === 'sine') return { ...curve, mean: curve.mean / HOUR_MS, amplitude: curve.amplitude / HOUR_MS };
  return { kind: 'points', points: curve.points.map(([atMs, value]) => [atMs, value / HOUR_MS]) };
}
