import { type Metric, metrics } from './catalogue.ts';
import type { CellMeasures } from './measures.ts';

/** A replication: its seed, and what was measured under it. */
type Run = CellMeasures & { readonly seed: number };

/** The replication whose course stands for all of a column's. */
export interface MedianRun {
  readonly seed: number;
  /** The metric that it is the median of; null where no such metric tells the replications apart: then it is the first. */
  readonly by: string | null;
}

/**
 * What replications are ranked by: the first of these that has values and is not the same in all. How long they went on
 * sending to what was down says how a failover went; the mean moves with every pair, where quantiles are often equal.
 * Without a failover it is what faults cost, and without faults how slow it was.
 */
const ranking = ['failover.drain.mean', 'impact.outageSeconds', 'latency.p99'];

/**
 * The median of the replications of one column: of an even number the lower of the two in the middle, of equals the one
 * of the lower seed. Those without a value have no rank; what is not reached is longer than all that is. null without runs.
 */
export function medianRun(runs: readonly Run[]): MedianRun | null {
  const bySeed = runs.toSorted((a, b) => a.seed - b.seed);
  if (bySeed.length === 0) return null;
  for (const name of ranking) {
    const { read } = metrics.find((metric) => metric.name === name) as Metric;
    const values = bySeed.map((run) => ({ seed: run.seed, value: read(run) }));
    if (new Set(values.map(({ value }) => value)).size < 2) continue;
    const ranked = values.flatMap(({ value }) => value ?? []).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const middle = ranked[Math.floor((ranked.length - 1) / 2)];
    return { seed: (values.find(({ value }) => value === middle) as { seed: number }).seed, by: name };
  }
  return { seed: bySeed[0].seed, by: null };
}
