import type { CellLabel } from './result.ts';

/** A cell that could not be run to its end: a bug of ours, or a worker that died. */
export interface CellFailure {
  readonly label: CellLabel;
  readonly seed: number;
  /** Why, in words. */
  readonly message: string;
}

/** The words of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
