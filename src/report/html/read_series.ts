import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import type { CellLabel } from '../../run/result.ts';
import { paramFields } from '../columns.ts';
import { OutputError, outputError } from '../output_error.ts';

/** What a subject's metric was, as written: rising times, and a value at each. */
export interface Points {
  readonly times: number[];
  readonly values: number[];
}

/** The series of one run, or of all replications together: metric by metric, subject by subject, in the order of the file. */
export type Series = ReadonlyMap<string, ReadonlyMap<string, Points>>;

/** What series.csv has of one column. */
export interface ColumnSeries {
  /** The seeds there are series of. */
  readonly seeds: readonly number[];
  /** The run that was asked for, or else the first; null where there is none. */
  readonly run: { readonly seed: number; readonly series: Series } | null;
  /** What is over all replications. */
  readonly overall: Series;
}

type Growing = Map<string, Map<string, Points>>;

/** Columns of series.csv before those of parameters. */
const [STRATEGY, VARIANT, SEED, TIME, METRIC, SUBJECT, VALUE, FIRST_PARAM] = [0, 1, 2, 3, 4, 5, 6, 7];

/**
 * Reads series.csv, of each column the run of `seed` (null: the first there is) and what is over all replications. Rows of
 * other runs pass by unkept. By `columnKey`. Throws an OutputError where the file cannot be read or is no series.csv.
 */
export async function readSeries(path: string, seed: number | null): Promise<ReadonlyMap<string, ColumnSeries>> {
  const columns = new Map<string, { seeds: number[]; chosen: number | null; run: Growing; overall: Growing }>();
  try {
    await pipeline(createReadStream(path), parse({ from_line: 2 }), async (rows: AsyncIterable<string[]>) => {
      for await (const row of rows) {
        const key = keyOf(row[STRATEGY], row[VARIANT], row.slice(FIRST_PARAM));
        let column = columns.get(key);
        if (column === undefined) {
          column = { seeds: [], chosen: null, run: new Map(), overall: new Map() };
          columns.set(key, column);
        }
        if (row[SEED] === '') add(column.overall, row);
        else {
          const own = Number(row[SEED]);
          if (!column.seeds.includes(own)) column.seeds.push(own);
          column.chosen ??= seed ?? own;
          if (own === column.chosen) add(column.run, row);
        }
      }
    });
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('CSV_')) {
      throw new OutputError(`${path} is not a series.csv of meshtrial: ${thrown.message}`);
    }
    throw outputError(path, thrown, 'read');
  }
  return new Map(
    [...columns].map(([key, { seeds, chosen, run, overall }]) => [
      key,
      { seeds, overall, run: run.size === 0 || chosen === null ? null : { seed: chosen, series: run } },
    ]),
  );
}

/** Which column, by what its rows of series.csv say of it. `params`: the names of all parameters, in the order of its columns. */
export function columnKey(label: CellLabel, params: readonly string[]): string {
  return keyOf(
    label.strategy,
    label.variant ?? '',
    paramFields(params, label).map((field) => String(field ?? '')),
  );
}

function keyOf(strategy: string, variant: string, params: readonly string[]): string {
  return JSON.stringify([strategy, variant, ...params]);
}

function add(series: Growing, row: readonly string[]): void {
  let subjects = series.get(row[METRIC]);
  if (subjects === undefined) {
    subjects = new Map();
    series.set(row[METRIC], subjects);
  }
  let points = subjects.get(row[SUBJECT]);
  if (points === undefined) {
    points = { times: [], values: [] };
    subjects.set(row[SUBJECT], points);
  }
  points.times.push(Number(row[TIME]));
  points.values.push(Number(row[VALUE]));
}
