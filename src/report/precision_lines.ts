import { metrics } from '../metrics/catalogue.ts';
import type { PrecisionRow, ResultDocument } from '../run/result.ts';
import { labelText } from './label.ts';
import { human, humanPercent } from './units.ts';

/** More than fit a screen are not read. */
const MOST_ROWS = 5;

/**
 * `precision reached after 35 replications`, or `precision not reached after 100 replications: latency.p99 of ring is
 * ±3.1%, ±2% was asked for`. Nothing where the scenario asks for none.
 */
export function precisionLines({ precision, incomplete }: Pick<ResultDocument, 'precision' | 'incomplete'>): string[] {
  if (precision === null) return [];
  const { met, replications, unmet } = precision;
  if (met) return [`precision reached after ${replications} replications`];
  const cut = incomplete?.reason === 'interrupted' || incomplete?.reason === 'threshold' ? ' when it was stopped,' : '';
  const more = unmet.length - MOST_ROWS;
  const rows = unmet.slice(0, MOST_ROWS).map(rowText);
  const [first, ...others] = more > 0 ? [...rows, `and ${more} more`] : rows;
  return [
    `precision not reached${cut} after ${replications} replications: ${first}`,
    ...others.map((row) => `  ${row}`),
  ];
}

function rowText(row: PrecisionRow): string {
  const { metric, halfWidth, wanted, relative } = row;
  const unit = metrics.find(({ name }) => name === metric)?.unit ?? 'ratio';
  const say = (width: number) => `±${relative ? humanPercent(width) : human(width, unit)}`;
  const found = halfWidth === null ? 'has no interval' : `is ${say(halfWidth)}`;
  return `${metric} of ${labelText(row)} ${found}, ${say(wanted)} was asked for`;
}
