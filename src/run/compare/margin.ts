import { type Metric, metrics } from '../../metrics/catalogue.ts';
import { nearest } from '../../scenario/suggest.ts';
import { isUnreadable, parseDuration, parseNumber } from '../../scenario/units.ts';

/** How much worse a metric may become: `latency.p99:+5%`. */
export interface Margin {
  /** As written. */
  readonly expression: string;
  readonly metric: Metric;
  /** Which way is worse. */
  readonly worse: 'higher' | 'lower';
  /** Not negative. A share of the baseline where `relative`, else in the metric's inside unit. */
  readonly size: number;
  readonly relative: boolean;
}

const EXAMPLE = 'latency.p99:+5%';

/**
 * METRIC:CHANGE. The sign says which way is worse; where it is left out the metric says. CHANGE is in percent of the
 * baseline, or in the metric's unit: `latency.p99:+20ms`, `fairness.jain:-0.01`, `requests.failed:+10`. Or a string:
 * what is wrong with it.
 */
export function parseMargin(text: string): Margin | string {
  const [, name = '', sign = '', amount = ''] = /^\s*([^:\s]+)\s*:\s*([+-]?)\s*(\S.*?)\s*$/.exec(text) ?? [];
  if (name === '') return `It must be METRIC:CHANGE, such as ${EXAMPLE}.`;
  const metric = metrics.find((one) => one.name === name);
  if (metric === undefined) {
    const near = nearest(
      name,
      metrics.map((one) => one.name),
    );
    return `There is no metric '${name}'. ${near === null ? "See 'meshtrial list metrics'." : `Did you mean '${near}'?`}`;
  }
  const direction = readDirection(metric, sign, amount);
  if (typeof direction === 'string' && direction !== 'higher' && direction !== 'lower') return direction;
  const size = readSize(metric, amount);
  if (typeof size === 'string') return size;
  return { expression: `${name}:${sign}${amount}`, metric, worse: direction as Margin['worse'], ...size };
}

function readDirection({ name, better }: Metric, sign: string, amount: string): string {
  if (sign === '') {
    if (better !== 'neither') return better === 'lower' ? 'higher' : 'lower';
    return `Of ${name} neither more nor less is better: write ${name}:+${amount} to fail on more, or with - on less.`;
  }
  const worse = sign === '+' ? 'higher' : 'lower';
  if (better !== worse) return worse;
  return `Of ${name} ${worse === 'higher' ? 'more' : 'less'} is better: write ${name}:${sign === '+' ? '-' : '+'}${amount}.`;
}

function readSize({ name, unit }: Metric, amount: string): { size: number; relative: boolean } | string {
  if (amount.endsWith('%')) {
    // More than all of it is a change too, so that parseShare's limits do not hold.
    const percent = parseNumber(amount.slice(0, -1).trim());
    if (isUnreadable(percent) || percent < 0) return `Expected a percentage after ${name}:, found '${amount}'.`;
    return { size: percent / 100, relative: true };
  }
  const isTime = unit === 'ms' || unit === 'seconds';
  const size = isTime ? parseDuration(amount) : parseNumber(amount);
  if (isUnreadable(size) || size < 0) {
    const expected = isTime ? 'a duration such as 20ms' : `a number${unit === 'share' ? ', 0.01 for one point' : ''}`;
    return `Expected ${expected}, or a percentage of the baseline, after ${name}:, found '${amount}'.`;
  }
  return { size: unit === 'seconds' ? size / 1000 : size, relative: false };
}
