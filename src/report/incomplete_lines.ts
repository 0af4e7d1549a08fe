import type { Incomplete, ResultDocument } from '../run/result.ts';
import { labelText } from './label.ts';

/** `interrupted: 37 of 100 cells are done and written`: what is missing and why, in one sentence; null where nothing is. */
export function incompleteLine({ incomplete }: Pick<ResultDocument, 'incomplete'>): string | null {
  if (incomplete === null) return null;
  const { done, of } = incomplete;
  const cells = of === 1 ? 'cell' : 'cells';
  const written =
    done === 0
      ? `none of ${of} ${cells} is done, so nothing is written`
      : `${done} of ${of} ${cells} are done and written`;
  return `${why(incomplete)}: ${written}`;
}

function why({ reason, threshold, failed }: Incomplete): string {
  if (reason === 'interrupted') return 'interrupted';
  if (reason === 'threshold' && threshold !== null) {
    return `stopped by ${threshold.expression}, which ${labelText(threshold)} fails`;
  }
  return failed.length === 1 ? 'a cell failed' : `${failed.length} cells failed`;
}
