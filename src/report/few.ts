import type { SummaryRow } from '../run/result.ts';

/** `3 events`, where too few is all that is known and there is no interval for it; otherwise empty. */
export function fewText({ note }: Pick<SummaryRow, 'note'>): string {
  return /^only (.+?):/.exec(note ?? '')?.[1] ?? '';
}
