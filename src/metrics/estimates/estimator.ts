import type { Metric } from '../catalogue.ts';
import { type Estimate, studentEstimate } from './estimate.ts';
import { eventsEstimate } from './events.ts';
import { jainEstimate } from './jain.ts';
import { shareEstimate } from './logit.ts';
import { mergedEstimate } from './merged.ts';
import type { Pool } from './pool.ts';
import { survivalEstimate } from './survival.ts';

/** A metric over the replications of a column, by the rule that the catalogue names for it. */
export function estimate({ estimation, read }: Metric, pool: Pool): Estimate {
  const values = pool.cells.map(({ result }) => read(result));
  switch (estimation.by) {
    case 'mean':
      return studentEstimate(values);
    case 'events':
      return eventsEstimate(values);
    case 'share':
      return shareEstimate(values);
    case 'jain':
      return jainEstimate(values);
    case 'merged': {
      const merged = pool.histogram(estimation.of);
      return merged === null ? studentEstimate(values) : mergedEstimate(merged, estimation.q, values);
    }
    case 'survival': {
      const curve = pool.curve(estimation.of);
      if (curve === null) return studentEstimate(values);
      return survivalEstimate(curve, estimation.figure, pool.independentEvents, values);
    }
  }
}
