import type { CellLabel } from '../run/result.ts';

/** More of them are counted, not named. */
const MOST_COLUMNS = 4;

/** A column in few words: `ring rate=2000/s`. The last part of a parameter's path will do where it is the only one. */
export function labelText({ strategy, params }: CellLabel): string {
  const paths = Object.keys(params);
  const short = paths.map((path) => path.slice(path.lastIndexOf('.') + 1));
  const names = new Set(short).size === paths.length ? short : paths;
  const values = Object.values(params).map((value, i) => `${names[i]}=${String(value)}`);
  return values.length === 0 ? strategy : `${strategy} ${values.join(', ')}`;
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
