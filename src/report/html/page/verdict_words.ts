import type { ReportData, ThresholdData } from '../report_data.ts';

/** `all 18 thresholds hold` */
export function verdictWords({ thresholds }: ReportData): { readonly verdict: string; readonly text: string } | null {
  if (thresholds.length === 0) return null;
  const failed = thresholds.filter(({ verdict }) => verdict === 'fail').length;
  const open = thresholds.filter(({ verdict }) => verdict !== 'fail' && verdict !== 'pass').length;
  const all = thresholds.length;
  const more = open > 0 ? `, ${open} open` : '';
  if (failed > 0) return { verdict: 'fail', text: `✗ ${failed} of ${all} verdicts fail${more}` };
  if (open > 0) return { verdict: 'inconclusive', text: `? ${open} of ${all} verdicts are open` };
  return { verdict: 'pass', text: all === 1 ? '✓ the threshold holds' : `✓ all ${all} verdicts pass` };
}

/** What fails, then what is open, then what passes; of each by its room, and what failed without any first of all. */
export function worstFirst(a: ThresholdData, b: ThresholdData): number {
  const rank = ({ verdict }: ThresholdData) => (verdict === 'fail' ? 0 : verdict === 'pass' ? 2 : 1);
  const room = ({ margin, verdict }: ThresholdData) =>
    margin ?? (verdict === 'pass' ? Number.MAX_VALUE : -Number.MAX_VALUE);
  return rank(a) - rank(b) || room(a) - room(b);
}

/** `1 of 6 fails, 2 open; worst `: what cannot be decided yet is not said to pass. */
export function countText(rows: readonly ThresholdData[]): string {
  if (rows.length === 1) return '';
  const fail = rows.filter(({ verdict }) => verdict === 'fail').length;
  const pass = rows.filter(({ verdict }) => verdict === 'pass').length;
  const open = rows.length - fail - pass;
  if (pass === rows.length) return `all ${pass} pass; tightest `;
  const parts = [[fail, fail === 1 ? 'fails' : 'fail'] as const, [open, open === 1 ? 'is open' : 'are open'] as const]
    .filter(([count]) => count > 0)
    .map(([count, word], i) => (i === 0 ? `${count} of ${rows.length} ${word}` : `${count} ${word}`));
  return `${parts.join(', ')}; ${fail > 0 ? 'worst ' : ''}`;
}
