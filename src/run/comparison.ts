import { invariant } from '../core/assert.ts';
import { type Metric, metrics } from '../metrics/catalogue.ts';
import { pairedDifference } from '../metrics/intervals.ts';
import { labelOf, paramsKey } from './cells.ts';
import { type ColumnRun, resultsOf } from './column_run.ts';
import type { CellResult, ComparisonRow } from './result.ts';

/** What is compared: every metric of which less or more is better. */
const compared = metrics.filter(({ better }) => better !== 'neither');

/** Each column against the first one with the same parameters, paired by seed: the same requests met both strategies. */
export function compare(runs: readonly ColumnRun[]): ComparisonRow[] {
  const references = new Map<string, ColumnRun>();
  return runs.flatMap((run) => {
    const key = paramsKey(run.column.params);
    const reference = references.get(key);
    if (reference === undefined) {
      references.set(key, run);
      return [];
    }
    const [ours, theirs] = bothHave(resultsOf(run), resultsOf(reference));
    assertSameInput(ours, theirs);
    const name = reference.column.strategy;
    return compared.map((metric) => compareMetric(metric, ours, theirs, labelOf(run.column), name));
  });
}

/** The cells of the seeds that both columns have. */
function bothHave(ours: readonly CellResult[], theirs: readonly CellResult[]): [CellResult[], CellResult[]] {
  const among = (others: readonly CellResult[]) => {
    const seeds = new Set(others.map(({ seed }) => seed));
    return ({ seed }: CellResult) => seeds.has(seed);
  };
  return [ours.filter(among(theirs)), theirs.filter(among(ours))];
}

function compareMetric(
  { name, read }: Metric,
  ours: readonly CellResult[],
  theirs: readonly CellResult[],
  label: ReturnType<typeof labelOf>,
  reference: string,
): ComparisonRow {
  const own = ours.map((cell) => read(cell));
  const other = theirs.map((cell) => read(cell));
  const { mean, low, high, n } = pairedDifference(own, other);
  const same = n > 0 && own.every((value, i) => value === other[i]);
  const verdict = same ? 'same' : verdictOf(low, high);
  return { metric: name, reference, ...label, difference: mean, low, high, n, verdict };
}

/** On which side of 0 the whole interval lies. */
function verdictOf(low: number | null, high: number | null): ComparisonRow['verdict'] {
  if (low === null || high === null) return 'unclear';
  if (high < 0) return 'lower';
  return low > 0 ? 'higher' : 'unclear';
}

/** Pairing is sound only where both strategies met the same requests; that they do is a promise of the simulator. */
function assertSameInput(ours: readonly CellResult[], theirs: readonly CellResult[]): void {
  for (const [i, cell] of ours.entries()) {
    const other = theirs[i];
    invariant(
      cell.seed === other.seed && cell.inputDigest === other.inputDigest,
      () =>
        `${cell.strategy} and ${other.strategy} met different requests under seed ${cell.seed}: ` +
        `inputDigest ${cell.inputDigest} and ${other.inputDigest}`,
    );
  }
}
