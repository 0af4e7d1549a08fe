import { replayLine as lineOf } from '../report/replay_line.ts';
import type { CellLabel } from '../run/result.ts';
import { visible } from '../scenario/diagnostics.ts';

/** What to type to run this very cell again, fit for a terminal. */
export function replayLine(file: string, column: CellLabel, seed: number): string {
  return visible(lineOf(file, column, seed));
}
