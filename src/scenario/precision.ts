import type { Form } from './form.ts';
import type { Precision } from './scenario.ts';
import { type MetricUnit, parseAmount, readMetric } from './threshold.ts';
import { isUnreadable, parseShare } from './units.ts';
import { describe, isNothing } from './written.ts';

const EXAMPLE = '{ latency.p99: 2% }';

/**
 * `{ latency.p99: 2%, failover.detect.p99: 50ms }`: for each metric half the width its interval may have. Percent are of
 * the metric's value, whatever its unit: of a metric that is a share itself an absolute half-width is written 0.001.
 */
export function precisionForm(metrics: readonly MetricUnit[]): Form<readonly Precision[]> {
  const byName = new Map(metrics.map((metric) => [metric.name, metric]));
  return {
    schema: {
      type: 'object',
      propertyNames: { enum: metrics.map(({ name }) => name) },
      additionalProperties: { type: ['string', 'number'] },
      minProperties: 1,
    },
    type: '{ METRIC: share of its value, or amount in its unit, ... }',
    example: EXAMPLE,
    read(written, reading) {
      if (written.kind !== 'map' || written.entries.size === 0) {
        const message = `expected a block of metrics and how precise they must be, found ${describe(written)}`;
        return reading.report(written.offset, message, `write ${EXAMPLE}`);
      }
      const precision: Precision[] = [];
      for (const [name, { keyOffset, value }] of written.entries) {
        if (reading.isFull()) break;
        const metric = readMetric(name, byName, keyOffset, reading);
        if (metric === undefined) continue;
        const halfWidth = parseHalfWidth(metric, value.kind === 'scalar' && !isNothing(value) ? value.text : '');
        if (!isUnreadable(halfWidth)) precision.push({ metric: name, ...halfWidth });
        else {
          const { expected, fix } = halfWidth;
          reading.report(value.offset, `expected ${expected} for ${name}, found ${describe(value)}`, fix);
        }
      }
      return precision.length === written.entries.size ? precision : undefined;
    },
  };
}

function parseHalfWidth(metric: MetricUnit, text: string) {
  const isRelative = text.includes('%');
  const amount = isRelative ? parseShare(text) : parseAmount(metric, text);
  if (isUnreadable(amount)) {
    const { expected, fix } = amount;
    return isRelative ? amount : { expected: `a share such as 2%, or ${expected}`, fix: `${fix}, or 2%` };
  }
  if (amount <= 0) return { expected: 'more than 0', fix: 'write how wide half of the interval may be, such as 2%' };
  return isRelative ? { relative: amount, absolute: null } : { relative: null, absolute: amount };
}
