import { medianRun } from '../../metrics/median_run.ts';
import type { CellResult } from '../../run/result.ts';
import { type Budget, durationOf } from './course.ts';
import type { ColumnSeries } from './read_series.ts';
import type { ColumnData } from './report_data.ts';

/** Over all courses: values of charts and stretches of truth and belief, which are most of the file. */
const MOST_VALUES = 100_000;
const MOST_SPANS = 16_000;

/** What there is of one column. */
interface Recorded {
  readonly cells: readonly CellResult[];
  readonly series: ColumnSeries | undefined;
}

/** Of which of its runs the page shows the course. */
export interface ChosenRuns extends Recorded {
  readonly median: ColumnData['median'];
  /** null where the run is not recorded. */
  readonly seed: number | null;
  readonly commonSeed: number | null;
}

export interface RunChoice {
  readonly of: readonly ChosenRuns[];
  /** The seed of which every column has its course beside that of its own; null where they all have the same. */
  readonly common: number | null;
  /** Of the longest. */
  readonly durationMs: number;
  /** Of each course. */
  readonly budget: Budget;
}

/**
 * Of each column the run of `seed`, or (null) its median where it is recorded, and else the first there is. Medians are
 * of one seed in one column and of another in the next, and met other requests: then a seed that is recorded of every
 * column is kept beside them, to compare columns by.
 */
export function chooseRuns(columns: readonly Recorded[], seed: number | null): RunChoice {
  const own = columns.map((column) => {
    const median = medianRun(column.cells) ?? { seed: column.cells[0].seed, by: null };
    const seeds = [...(column.series?.runs.keys() ?? [])];
    const shown = seeds.find((one) => one === (seed ?? median.seed)) ?? (seed === null ? seeds[0] : undefined);
    return { ...column, median, seed: shown ?? null, seeds };
  });
  const recorded = own.filter(({ seeds }) => seeds.length > 0);
  const inAll = recorded[0]?.seeds.find((one) => recorded.every(({ seeds }) => seeds.includes(one))) ?? null;
  const common = recorded.every((column) => column.seed === recorded[0].seed) ? null : inAll;
  const series = columns.flatMap((column) => [...(column.series?.runs.values() ?? [])]);
  const courses = Math.max(1, own.length + own.filter((column) => common !== null && column.seed !== common).length);
  return {
    of: own.map(({ seeds: _, ...column }) => ({ ...column, commonSeed: common })),
    common,
    durationMs: Math.max(0, ...series.map(durationOf)),
    budget: {
      values: Math.max(1500, Math.floor(MOST_VALUES / courses)),
      spans: Math.max(400, Math.floor(MOST_SPANS / courses)),
    },
  };
}
