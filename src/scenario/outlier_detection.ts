import { OUTLIER_DETECTION as defaults, type OutlierDetectionSettings } from '../health/outlier/settings.ts';
import { block, optional } from './blocks.ts';
import type { Field, Form } from './form.ts';
import { limits } from './limits.ts';
import { choice, duration, integer, share, trueOrFalse } from './scalars.ts';
import { formatDuration } from './units.ts';
import { describe } from './written.ts';

/** `outlierDetection`: a block of nothing is Envoy's with all its defaults. */
export function outlierDetectionForm(): Form<OutlierDetectionSettings> {
  return block(
    'a block of outlier detection',
    { ...timeFields(), ...capFields(), ...consecutiveFields(), ...successRateFields(), ...failurePercentageFields() },
    {
      check: ({ system, baseEjectionTime, maxEjectionTime = null, maxEjectionTimeJitter = 0 }, site) => {
        if (!Number.isInteger(maxEjectionTimeJitter)) {
          const message = `expected whole milliseconds, found ${formatDuration(maxEjectionTimeJitter)}`;
          site.report('maxEjectionTimeJitter', message, `write ${formatDuration(Math.ceil(maxEjectionTimeJitter))}`);
        }
        if (system === 'grpc') {
          for (const key of envoyOnly.filter((key) => site.has(key))) {
            site.reportKey(key, `expected '${key}' beside system: envoy only: gRPC has no such thing`, 'leave it out');
          }
        }
        if (system !== 'envoy' || baseEjectionTime === undefined || maxEjectionTime === null) return;
        if (maxEjectionTime >= baseEjectionTime) return;
        const base = formatDuration(baseEjectionTime);
        const message = `expected maxEjectionTime to be at least baseEjectionTime, ${base}, found ${formatDuration(maxEjectionTime)}`;
        site.report('maxEjectionTime', message, `write ${base} or more: Envoy refuses less`);
      },
      make: ({ interval, baseEjectionTime, maxEjectionTime, maxEjectionTimeJitter, ...settings }) => ({
        ...settings,
        intervalMs: interval,
        baseEjectionTimeMs: baseEjectionTime,
        maxEjectionTimeMs: maxEjectionTime ?? Math.max(defaults.maxEjectionTimeMs, baseEjectionTime),
        maxEjectionTimeJitterMs: maxEjectionTimeJitter,
      }),
    },
  );
}

/** What gRFC A50 does not have. */
const envoyOnly = [
  'maxEjectionTimeJitter',
  'successfulActiveHealthCheckUnejectHost',
  'alwaysEjectOneHost',
  'consecutive5xx',
  'enforcingConsecutive5xx',
  'consecutiveGatewayFailure',
  'enforcingConsecutiveGatewayFailure',
  'splitExternalLocalOriginErrors',
  'consecutiveLocalOriginFailure',
  'enforcingConsecutiveLocalOriginFailure',
  'enforcingLocalOriginSuccessRate',
  'enforcingFailurePercentageLocalOrigin',
] as const;

function timeFields() {
  return {
    system: optional(
      choice(['envoy', 'grpc']),
      defaults.system,
      "Whose: gRPC's (gRFC A50) has success rate and failure percentage only, over each priority.",
    ),
    interval: time(
      'interval',
      'From one look at all hosts to the next: rates are judged, and ejections end, then only.',
      1,
    ),
    baseEjectionTime: time('baseEjectionTime', 'How long a first ejection lasts; further ones last longer.', 1),
    maxEjectionTime: optional(
      duration({ min: 1 }, '300s'),
      null,
      'No ejection lasts longer, jitter aside.',
      '300s, or baseEjectionTime if that is longer',
    ),
    maxEjectionTimeJitter: optional(
      duration({}, '5s'),
      defaults.maxEjectionTimeJitterMs,
      'Up to this much is added to each ejection.',
      '0s',
    ),
    successfulActiveHealthCheckUnejectHost: optional(
      trueOrFalse(),
      defaults.successfulActiveHealthCheckUnejectHost,
      'Whether an active check that passes ends an ejection.',
    ),
  };
}

function capFields() {
  return {
    maxEjectionPercent: percent('maxEjectionPercent', 'Share of all hosts that may be ejected at a time.'),
    alwaysEjectOneHost: optional(
      trueOrFalse(),
      defaults.alwaysEjectOneHost,
      'Whether one host may be ejected even where the cap allows none.',
    ),
  };
}

function consecutiveFields() {
  return {
    consecutive5xx: count('consecutive5xx', 'Failed requests in a row that eject a host; 0: never.'),
    enforcingConsecutive5xx: enforcing('enforcingConsecutive5xx'),
    consecutiveGatewayFailure: count(
      'consecutiveGatewayFailure',
      'The same of those that got no answer or a rejection, as 502 to 504 are.',
    ),
    enforcingConsecutiveGatewayFailure: enforcing('enforcingConsecutiveGatewayFailure'),
    splitExternalLocalOriginErrors: optional(
      trueOrFalse(),
      defaults.splitExternalLocalOriginErrors,
      'Whether refused, reset and timed-out requests are judged apart from what hosts answer.',
    ),
    consecutiveLocalOriginFailure: count('consecutiveLocalOriginFailure', 'Of those in a row; only where split off.'),
    enforcingConsecutiveLocalOriginFailure: enforcing('enforcingConsecutiveLocalOriginFailure'),
  };
}

function successRateFields() {
  return {
    successRateMinimumHosts: count('successRateMinimumHosts', 'Hosts with that volume it takes to compare them.'),
    successRateRequestVolume: count('successRateRequestVolume', 'Requests in an interval it takes to judge a host.'),
    successRateStdevFactor: count(
      'successRateStdevFactor',
      'How many thousandths of a standard deviation below the mean is an outlier.',
    ),
    enforcingSuccessRate: enforcing('enforcingSuccessRate'),
    enforcingLocalOriginSuccessRate: enforcing('enforcingLocalOriginSuccessRate'),
  };
}

function failurePercentageFields() {
  return {
    failurePercentageThreshold: percent('failurePercentageThreshold', 'Share of failed requests that ejects a host.'),
    failurePercentageMinimumHosts: count('failurePercentageMinimumHosts', 'Hosts with that volume it takes.'),
    failurePercentageRequestVolume: count(
      'failurePercentageRequestVolume',
      'Requests in an interval it takes to judge a host.',
    ),
    enforcingFailurePercentage: enforcing('enforcingFailurePercentage'),
    enforcingFailurePercentageLocalOrigin: enforcing('enforcingFailurePercentageLocalOrigin'),
  };
}

type Times = 'interval' | 'baseEjectionTime';
type Numbers = {
  [K in keyof OutlierDetectionSettings]: OutlierDetectionSettings[K] extends number ? K : never;
}[keyof OutlierDetectionSettings];

function time(name: Times, doc: string, min: number): Field<number> {
  const text = formatDuration(defaults[`${name}Ms`]);
  return optional(duration({ min }, text), defaults[`${name}Ms`], doc, text);
}

function count(name: Numbers, doc: string): Field<number> {
  const text = `${defaults[name]}`;
  return optional(integer({ min: 0, max: limits.count }, text), defaults[name], doc, text);
}

function enforcing(name: Numbers): Field<number> {
  return percent(name, 'How likely a host so found is ejected.');
}

function percent(name: Numbers, doc: string): Field<number> {
  const text = `${defaults[name]}%`;
  return optional(wholePercent(text), defaults[name], doc, text);
}

/** Whole percents, as all of Envoy's are: `10%`, or `10`. */
function wholePercent(example: string): Form<number> {
  const plain = share({}, true, example);
  return {
    ...plain,
    read(written, reading) {
      const value = plain.read(written, reading);
      if (value === undefined) return undefined;
      const whole = Math.round(value * 100);
      if (Math.abs(whole - value * 100) < 1e-9) return whole;
      const message = `expected a whole number of percent, found ${describe(written)}`;
      return reading.report(written.offset, message, `write ${whole}%`);
    },
  };
}
