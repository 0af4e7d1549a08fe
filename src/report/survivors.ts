import type { CellLabel, ResultDocument } from '../run/result.ts';
import { paramsText } from './label.ts';

/** Shares of success that differ by more than this make latencies of successes two different things. */
const ONE_POINT = 0.01;

/**
 * Latency is that of successes. Where strategies fail unequally often, the one that fails more sheds its slowest
 * requests and looks quick: their latencies are then not compared. Says of each set of parameters whether they may be.
 */
export function latencyComparable({ summary }: ResultDocument): (label: Pick<CellLabel, 'params'>) => boolean {
  const shares = new Map<string, number[]>();
  for (const row of summary) {
    if (row.metric !== 'requests.successShare' || row.mean === null) continue;
    const key = paramsText(row);
    shares.set(key, [...(shares.get(key) ?? []), row.mean]);
  }
  return (label) => {
    const group = shares.get(paramsText(label)) ?? [];
    return group.length === 0 || Math.max(...group) - Math.min(...group) <= ONE_POINT;
  };
}
