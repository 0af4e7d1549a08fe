/** A cell that could not be run to its end: a bug of ours, or a worker that died. */
export class CellError extends Error {
  override name = 'CellError';
  /** Which cell, in words. */
  readonly cell: string;
  readonly seed: number;
  /** The policy alone, to reproduce with; null where it was written with options. */
  readonly policy: string | null;

  constructor(message: string, at: { cell: string; seed: number; policy: string | null }) {
    super(message);
    this.cell = at.cell;
    this.seed = at.seed;
    this.policy = at.policy;
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
