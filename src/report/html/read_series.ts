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
  /** The seeds there are series of, in the order of the file. */
  readonly seeds: readonly number[];
  /** By seed, the runs that were to be kept. */
  readonly runs: ReadonlyMap<number, Series>;
  /** What is over all replications. */
  readonly overall: Series;
}

/** Whether to keep the run of a column; `isFirst`: of its runs in the file. */
export type Keeps = (key: string, seed: number, isFirst: boolean) => boolean;

type Growing = Map<string, Map<string, Points>>;

/** Columns of series.csv before those of parameters. */
const columnNames = ['strategy', 'variant', 'seed', 't_ms', 'metric', 'subject', 'value'];
const [STRATEGY, VARIANT, SEED, TIME, METRIC, SUBJECT, VALUE, FIRST_PARAM] = [0, 1, 2, 3, 4, 5, 6, 7];
/** The longest that a run may last (src/scenario/limits.ts), and a second: lines are on a grid of seconds, so that a time makes them long. */
const LONGEST_MS = 31 * 86_400_000 + 1000;

/**
 * Reads series.csv, of each column the runs that `keeps` names and what is over all replications. Rows of other runs pass
 * by unkept. By `columnKey`. Throws an OutputError where the file cannot be read or is no series.csv.
 */
export async function readSeries(path: string, keeps: Keeps): Promise<ReadonlyMap<string, ColumnSeries>> {
  const columns = new Map<string, { seeds: number[]; runs: Map<number, Growing>; overall: Growing }>();
  const take = (row: readonly string[], record: number) => {
    const key = keyOf(row[STRATEGY], row[VARIANT], row.slice(FIRST_PARAM));
    let column = columns.get(key);
    if (column === undefined) {
      column = { seeds: [], runs: new Map(), overall: new Map() };
      columns.set(key, column);
    }
    if (row[SEED] === '') return add(column.overall, row, record);
    const seed = numberIn(row, SEED, record, Number.MAX_SAFE_INTEGER);
    if (!column.seeds.includes(seed)) {
      column.seeds.push(seed);
      if (keeps(key, seed, column.seeds.length === 1)) column.runs.set(seed, new Map());
    }
    const run = column.runs.get(seed);
    if (run !== undefined) add(run, row, record);
  };
  // What is thrown inside a pipeline may come out of it as mere abortion.
  let inside: unknown;
  try {
    await pipeline(createReadStream(path), parse(), async (rows: AsyncIterable<string[]>) => {
      try {
        await takeRows(rows, take);
      } catch (thrown) {
        inside = thrown;
        throw thrown;
      }
    });
  } catch (outside) {
    const thrown = inside ?? outside;
    const isNone = thrown instanceof NoSeries || (thrown instanceof Error && 'code' in thrown && isOfCsv(thrown.code));
    if (isNone) throw new OutputError(`${path} is no series.csv of meshtrial: ${thrown.message}`);
    const isSystems = (one: unknown) => one instanceof Error && 'syscall' in one;
    throw outputError(path, [outside, inside].find(isSystems) ?? thrown, 'read');
  }
  return columns;
}

async function takeRows(
  rows: AsyncIterable<readonly string[]>,
  take: (row: readonly string[], record: number) => void,
): Promise<void> {
  let record = 0;
  for await (const row of rows) {
    if (record++ === 0) assertHeader(row);
    else take(row, record);
  }
  if (record === 0) throw new NoSeries('it is empty');
}

/** What is wrong with it, in words. */
class NoSeries extends Error {}

function isOfCsv(code: unknown): boolean {
  return String(code).startsWith('CSV_');
}

function assertHeader(row: readonly string[]): void {
  if (columnNames.every((name, i) => row[i] === name)) return;
  throw new NoSeries(`expected columns ${columnNames.join(', ')}, found ${shortened(row.join(', '))}`);
}

/** A number of that field, from 0 to `most`. */
function numberIn(row: readonly string[], field: number, record: number, most: number): number {
  const value = Number(row[field]);
  if (row[field] !== '' && value >= 0 && value <= most) return value;
  const what = `${columnNames[field]} of record ${record}`;
  throw new NoSeries(`${what}: expected a number from 0 to ${most}, found '${shortened(row[field])}'`);
}

/** What a file says that is none of ours, fit for a message. */
function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}..` : text;
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

function add(series: Growing, row: readonly string[], record: number): void {
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
  points.times.push(numberIn(row, TIME, record, LONGEST_MS));
  points.values.push(numberIn(row, VALUE, record, Number.MAX_VALUE));
}
