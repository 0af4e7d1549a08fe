import type { CellLabel, ResultDocument } from '../result.ts';

/** What of a saved result says which run a cell was. */
export interface SavedRun {
  readonly digest: string;
  readonly inputDigest: string;
  /** Of meshtrial. */
  readonly version: string;
}

/** Thrown by `savedRunOf`; the message is for people, and begins with what is wrong. */
export class NoSuchRunError extends Error {
  override name = 'NoSuchRunError';
}

/**
 * What a saved result, parsed from JSON, says of that cell. Throws a NoSuchRunError where it is no result of meshtrial,
 * is of another scenario, or has no such cell.
 */
export function savedRunOf(document: unknown, scenario: string, label: CellLabel, seed: number): SavedRun {
  if (!isResult(document))
    throw new NoSuchRunError('it is no result.json of meshtrial: cells with digests are missing');
  if (document.scenario !== scenario) {
    throw new NoSuchRunError(`it is of the scenario '${String(document.scenario)}', not of '${scenario}'`);
  }
  const columns = document.cells.filter((cell) => isSameColumn(cell, label));
  const cell = columns.find((one) => one.seed === seed);
  if (cell !== undefined) {
    return { digest: cell.digest, inputDigest: cell.inputDigest, version: String(document.version) };
  }
  if (columns.length > 0) {
    throw new NoSuchRunError(`it has this column with ${seedsText(columns.map((one) => one.seed))}, not ${seed}`);
  }
  throw new NoSuchRunError(`it has no cell of this column: ${JSON.stringify(label)}`);
}

/** What it means that a digest is another. Digests are over all that can be watched, input digests over what no strategy chooses. */
export function mismatchOf(saved: SavedRun, found: SavedRun): string {
  const isSameInput = saved.inputDigest === found.inputDigest;
  if (!isSameInput) {
    return 'its input differs too (requests, demands, faults): the scenario has changed since, or its load is drawn otherwise';
  }
  if (saved.version !== found.version) return 'its input is the same: the two versions balance or check otherwise';
  return 'its input and version are the same: a setting of callers has changed since, or the code has';
}

function isSameColumn(cell: CellLabel, { strategy, variant, params }: CellLabel): boolean {
  return (
    cell.strategy === strategy && (cell.variant ?? null) === variant && paramsKey(cell.params) === paramsKey(params)
  );
}

/** The order of the axes is not what a column is. */
function paramsKey(params: CellLabel['params'] | undefined): string {
  return JSON.stringify(Object.entries(params ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Those of a study that was interrupted may have gaps. */
function seedsText(seeds: readonly number[]): string {
  const [first, last] = [Math.min(...seeds), Math.max(...seeds)];
  const missing = last - first + 1 - seeds.length;
  if (seeds.length === 1) return `seed ${first}`;
  return `seeds ${first} to ${last}${missing > 0 ? ` but for ${missing} of them` : ''}`;
}

function isResult(document: unknown): document is ResultDocument {
  if (typeof document !== 'object' || document === null || !('cells' in document)) return false;
  const { cells } = document;
  return (
    Array.isArray(cells) &&
    cells.every(
      (cell: unknown) =>
        typeof cell === 'object' &&
        cell !== null &&
        'digest' in cell &&
        typeof cell.digest === 'string' &&
        'inputDigest' in cell &&
        typeof cell.inputDigest === 'string',
    )
  );
}
