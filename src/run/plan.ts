import type { Column, Scenario } from '../scenario/scenario.ts';
import { labelOf } from './cells.ts';
import { type Pace, paceOf, type Stopwatch } from './pace.ts';
import type { CellLabel } from './result.ts';

/** What a scenario would run, and about how long that would take. */
export interface Plan {
  readonly scenario: string;
  readonly columns: readonly PlannedColumn[];
  /** Of all columns; `maxRuns` is above `runs` only where a precision is asked for. */
  readonly runs: number;
  readonly maxRuns: number;
  /** Runs at a time. */
  readonly jobs: number;
  /** About how long, where each run that is going has a core to itself: half to twice as long, for all shipped scenarios. */
  readonly seconds: number;
  readonly maxSeconds: number;
}

export interface PlannedColumn extends CellLabel {
  readonly firstSeed: number;
  readonly replications: number;
  readonly maxReplications: number;
  /** Expected in one run. */
  readonly requests: number;
  /** Of one run, its twin included, about. */
  readonly secondsPerRun: number;
}

/** Columns that are tried; what the others take follows from their requests. */
const MOST_TRIED = 5;
/**
 * What no slice tells, measured over the shipped scenarios on a machine of 2026: starting, compiling everything anew in
 * a worker and drawing conclusions, and writing a row of series.
 */
const FIXED_SECONDS = 1.5;
const SECONDS_PER_ROW = 8e-6;

/** Tries slices of some columns to tell how long all will take with `jobs` runs at a time, none waiting for a core. */
export function planOf(scenario: Scenario, jobs: number, stopwatch: Stopwatch): Plan {
  const { columns, seed, replications, maxReplications } = scenario;
  const paces = pacesOf(columns, stopwatch);
  const planned = columns.map((column, i): PlannedColumn => {
    const twins = scenario.impact === 'twin' && column.trial.faults.length > 0 ? 2 : 1;
    return {
      ...labelOf(column),
      ...{ firstSeed: seed, replications, maxReplications },
      requests: Math.round(requestsOf(column)),
      secondsPerRun: (paces[i].costMs * twins) / 1000,
    };
  });
  const once = planned.reduce((sum, { secondsPerRun }) => sum + secondsPerRun, 0);
  const longest = Math.max(...planned.map(({ secondsPerRun }) => secondsPerRun));
  const beside = FIXED_SECONDS + SECONDS_PER_ROW * paces.reduce((sum, { seriesRows }) => sum + seriesRows, 0);
  const secondsOf = (runs: number) => beside + Math.max(longest, (once * runs) / Math.min(jobs, runs * columns.length));
  return {
    scenario: scenario.name,
    columns: planned,
    ...{ runs: columns.length * replications, maxRuns: columns.length * maxReplications, jobs },
    ...{ seconds: secondsOf(replications), maxSeconds: secondsOf(maxReplications) },
  };
}

function pacesOf(columns: readonly Column[], stopwatch: Stopwatch): Pace[] {
  const tried = new Map(spread(columns.length).map((i) => [i, paceOf(columns[i].trial, stopwatch)]));
  const requests = [...tried.keys()].reduce((sum, i) => sum + requestsOf(columns[i]), 0);
  const perRequest = (read: (pace: Pace) => number) =>
    [...tried.values()].reduce((sum, pace) => sum + read(pace), 0) / requests;
  const [costMs, seriesRows] = [perRequest((pace) => pace.costMs), perRequest((pace) => pace.seriesRows)];
  return columns.map(
    (column, i) => tried.get(i) ?? { costMs: costMs * requestsOf(column), seriesRows: seriesRows * requestsOf(column) },
  );
}

/** Places from 0 to `count` - 1, the first and the last among them. */
function spread(count: number): number[] {
  const tried = Math.min(count, MOST_TRIED);
  return Array.from({ length: tried }, (_, i) => (tried === 1 ? 0 : Math.round((i * (count - 1)) / (tried - 1))));
}

function requestsOf({ trial }: Column): number {
  return trial.load.ratePerMs * trial.durationMs;
}
