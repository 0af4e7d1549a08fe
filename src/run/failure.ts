import type { Column } from '../scenario/scenario.ts';

/** A cell that could not be run to its end: a bug of ours, or a worker that died. */
export class CellError extends Error {
  override name = 'CellError';
  /** Which cell, in words. */
  readonly cell: string;
  readonly seed: number;
  /** To reproduce it with. */
  readonly column: Column;

  constructor(message: string, at: { cell: string; seed: number; column: Column }) {
    super(message);
    this.cell = at.cell;
    this.seed = at.seed;
    this.column = at.column;
  }
}

/** The study was told to stop before its end. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
}

/** The words of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
