import type { Form } from './form.ts';
import type { Reading } from './reading.ts';
import type { Threshold } from './scenario.ts';
import { nearest } from './suggest.ts';
import {
  durationExpected,
  isUnreadable,
  parseDuration,
  parseNumber,
  parseRate,
  parseShare,
  type Unreadable,
} from './units.ts';
import { describe, quote, type WrittenScalar } from './written.ts';

/** What can be measured, and its inside unit: `ms`, `seconds`, `share`, `ratio`, `count`, `perSecond` */
export interface MetricUnit {
  readonly name: string;
  readonly unit: string;
}

export const thresholdExample = 'latency.p99 < 500ms';
const MAX_LENGTH = 200;

/** What must hold, whatever of. */
export type Expression = Pick<Threshold, 'expression' | 'metric' | 'operator' | 'limit'>;

/** `latency.p99 < 500ms`: METRIC OP VALUE, the value in a unit that suits the metric. */
export function expressionForm(metrics: readonly MetricUnit[]): Form<Expression> {
  const byName = new Map(metrics.map((metric) => [metric.name, metric]));
  return {
    schema: { type: 'string', pattern: '^\\s*[^\\s<>=]+\\s*(<|<=|>|>=)\\s*[^\\s<>=].*$' },
    type: 'threshold',
    example: thresholdExample,
    read(written, reading) {
      if (written.kind !== 'scalar' || written.text.trim() === '' || written.text.length > MAX_LENGTH) {
        const found = describe(written);
        return reading.report(
          written.offset,
          `expected a threshold such as ${thresholdExample}, found ${found}`,
          `write ${thresholdExample}`,
        );
      }
      const parts = /^(\s*)([^\s<>=!]+)(\s*)([<>=!]+)?(\s*)(.*?)\s*$/s.exec(written.text)?.slice(1);
      const [before = '', name = '', gap = '', operator = '', gapAfter = '', value = ''] = parts ?? [];
      const start = startOf(written) + before.length;
      const operatorAt = start + name.length + gap.length;
      const metric = readMetric(name, byName, start, reading);
      const sign = readOperator(operator, operatorAt, reading);
      if (metric === undefined || sign === undefined) return undefined;
      const limit = parseAmount(metric, value);
      if (!isUnreadable(limit)) return { expression: `${name} ${sign} ${value}`, metric: name, operator: sign, limit };
      const message = `expected ${limit.expected} for ${name}, found ${value === '' ? 'nothing' : quote(value)}`;
      return reading.report(operatorAt + operator.length + gapAfter.length, message, limit.fix);
    },
  };
}

/** Where the text itself begins. Escapes and folded lines may shift what follows, but not out of the line. */
function startOf(written: WrittenScalar): number {
  return written.offset + (written.quoted ? 1 : 0);
}

/** The metric of that name, or undefined after reporting that there is none. */
export function readMetric(name: string, known: ReadonlyMap<string, MetricUnit>, offset: number, reading: Reading) {
  const metric = known.get(name);
  if (metric !== undefined) return metric;
  const near = nearest(name, [...known.keys()]);
  const all = 'meshtrial list metrics';
  const fix = near === null ? `see all with: ${all}` : `did you mean ${quote(near)}? all: ${all}`;
  return reading.report(offset, `expected a known metric, found ${quote(name)}`, fix);
}

function readOperator(operator: string, offset: number, reading: Reading): Threshold['operator'] | undefined {
  if (operator === '<' || operator === '<=' || operator === '>' || operator === '>=') return operator;
  const found = operator === '' ? 'nothing' : quote(operator);
  return reading.report(offset, `expected <, <=, > or >=, found ${found}`, `write it like ${thresholdExample}`);
}

/** In the metric's inside unit. Times need a unit; shares may be `1%` or 0.01; all else are bare numbers. */
export function parseAmount({ unit }: MetricUnit, text: string): number | Unreadable {
  if (unit === 'ms') return parseDuration(text);
  if (unit === 'seconds') {
    const ms = parseDuration(text);
    return isUnreadable(ms) ? ms : ms / 1000;
  }
  if (text.includes('/')) {
    const perMs = /^per/i.test(unit) ? parseRate(text) : parseNumber(text);
    return isUnreadable(perMs) ? perMs : perMs * 1000;
  }
  if (text.includes('%') && /^(?:share|ratio)$/.test(unit)) return parseShare(text);
  const number = parseNumber(text);
  if (!isUnreadable(number) || isUnreadable(parseDuration(text))) return number;
  return { expected: 'a plain number', fix: `it does not take ${durationExpected}: write the number alone` };
}
