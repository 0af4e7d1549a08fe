import type { CellLabel, CellResult, ResultDocument } from '../result.ts';

/** A column of two results, and what is compared of it. */
export interface MatchedColumn {
  readonly label: CellLabel;
  /** Of the baseline and of the other, in the order of seeds; of equal length and seeds where `paired`. */
  readonly before: readonly CellResult[];
  readonly after: readonly CellResult[];
  /** Whether each seed met the same requests in both. */
  readonly paired: boolean;
}

export interface MatchedColumns {
  readonly columns: readonly MatchedColumn[];
  /** What the other has no counterpart of. */
  readonly onlyBefore: readonly CellLabel[];
  readonly onlyAfter: readonly CellLabel[];
}

/** Puts columns of equal strategy, variant and parameters side by side, in the order of the baseline. */
export function matchColumns(before: ResultDocument, after: ResultDocument): MatchedColumns {
  const ours = columnsOf(before);
  const theirs = columnsOf(after);
  const both = [...ours].flatMap(([key, cells]) => {
    const other = theirs.get(key);
    return other === undefined ? [] : [matchCells(cells, other)];
  });
  const missingIn = (others: ReadonlyMap<string, unknown>, columns: ReadonlyMap<string, readonly CellResult[]>) =>
    [...columns].filter(([key]) => !others.has(key)).map(([, [cell]]) => labelIn(cell));
  return { columns: both, onlyBefore: missingIn(theirs, ours), onlyAfter: missingIn(ours, theirs) };
}

function columnsOf({ cells }: ResultDocument): Map<string, CellResult[]> {
  const columns = new Map<string, CellResult[]>();
  for (const cell of cells) {
    const { strategy, variant, params } = cell;
    // The order of the axes is not what a column is.
    const key = JSON.stringify([strategy, variant, Object.entries(params).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
    columns.set(key, [...(columns.get(key) ?? []), cell]);
  }
  return columns;
}

/** By seed where the same seeds met the same requests; a lone common seed tells less than all replications that are not. */
function matchCells(before: readonly CellResult[], after: readonly CellResult[]): MatchedColumn {
  const label = labelIn(before[0]);
  const bySeed = new Map(after.map((cell) => [cell.seed, cell]));
  const pairs = before.flatMap((cell) => {
    const other = bySeed.get(cell.seed);
    return other === undefined ? [] : [[cell, other] as const];
  });
  const sameInput = pairs.length > 0 && pairs.every(([own, other]) => own.inputDigest === other.inputDigest);
  const paired = sameInput && (pairs.length > 1 || Math.min(before.length, after.length) < 2);
  if (!paired) return { label, before, after, paired };
  return { label, before: pairs.map(([own]) => own), after: pairs.map(([, other]) => other), paired };
}

function labelIn({ strategy, variant, params }: CellLabel): CellLabel {
  return { strategy, variant, params };
}
