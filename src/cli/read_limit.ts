import { metrics } from '../run/lists.ts';
import { parseAmount } from '../scenario/threshold.ts';
import { isUnreadable } from '../scenario/units.ts';

/** What the expression of a threshold in result.json means; null of one that this version cannot read. */
export function readLimit(expression: string): { metric: string; operator: string; limit: number } | null {
  const [, name = '', operator = '', value = ''] = /^(\S+) (<|<=|>|>=) (.+)$/.exec(expression) ?? [];
  const metric = metrics.find((one) => one.name === name);
  if (metric === undefined) return null;
  const limit = parseAmount(metric, value);
  return isUnreadable(limit) ? null : { metric: name, operator, limit };
}
