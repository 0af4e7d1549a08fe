import { metrics } from '../metrics/catalogue.ts';
import type { PrecisionRow, ResultDocument, SummaryRow } from '../run/result.ts';
import { fewText } from './few.ts';
import { labelText } from './label.ts';
import { human, humanPercent } from './units.ts';

/** More than fit a screen are not read. */
const MOST_ROWS = 5;

/**
 * `precision reached after 35 replications`, or `precision not reached after 100 replications: latency.p99 of ring is
 * ±3.1%, ±2% was asked for`. Nothing where the scenario asks for none.
 */
export function precisionLines({
  precision,
  incomplete,
  summary,
}: Pick<ResultDocument, 'precision' | 'incomplete' | 'summary'>): string[] {
  if (precision === null) return [];
  const { met, replications, unmet } = precision;
  if (met) return [`precision reached after ${replications} replications`];
  const cut = incomplete?.reason === 'interrupted' || incomplete?.reason === 'threshold' ? ' when it was stopped,' : '';
  const more = unmet.length - MOST_ROWS;
  const rows = unmet.slice(0, MOST_ROWS).map((row) => rowText(row, summary));
  const [first, ...others] = more > 0 ? [...rows, `and ${more} more`] : rows;
  return [
    `precision not reached${cut} after ${replications} replications: ${first}`,
    ...others.map((row) => `  ${row}`),
  ];
}

function rowText(row: PrecisionRow, summary: readonly SummaryRow[]): string {
  const { metric, halfWidth, wanted, relative } = row;
  const unit = metrics.find(({ name }) => name === metric)?.unit ?? 'ratio';
  const say = (width: number) => `±${relative ? humanPercent(width) : human(width, unit)}`;
  const own = summary.find((one) => one.metric === metric && labelText(one) === labelText(row));
  const few = own === undefined ? '' : fewText(own);
  const none = few === '' ? 'has no interval' : `has no interval (only ${few})`;
  const found = halfWidth === null ? none : `is ${say(halfWidth)}`;
  return `${metric} of ${labelText(row)} ${found}, ${say(wanted)} was asked for`;
}
