import type { CellLabel } from '../run/result.ts';

/** More of them are counted, not named. */
const MOST_COLUMNS = 4;

/** A column in few words: `proposed: ring load.rate=2000/s`. Of a path the last two parts will do where no other ends alike. */
export function labelText({ strategy, variant, params }: CellLabel): string {
  const paths = Object.keys(params);
  const short = paths.map((path) => path.split('.').slice(-2).join('.'));
  const names = new Set(short).size === paths.length ? short : paths;
  const values = Object.values(params).map((value, i) => `${names[i]}=${String(value)}`);
  const who = variant === null ? strategy : `${variant}: ${strategy}`;
  return values.length === 0 ? who : `${who} ${values.join(', ')}`;
}

/** Parameters in full, in the order of the axes; equal for columns that may be compared. */
export function paramsText({ params }: Pick<CellLabel, 'params'>): string {
  return Object.entries(params)
    .map(([path, value]) => `${path}=${String(value)}`)
    .join(', ');
}

/** Which columns, in one breath. */
export function someColumns(labels: readonly CellLabel[]): string {
  const shown = labels.length > MOST_COLUMNS ? labels.slice(0, 1) : labels;
  const names = shown.map(labelText).join('; ');
  return shown.length === labels.length ? names : `${labels.length} columns, such as ${names}`;
}
