import type { FairnessMeter } from './fairness.ts';
import type { InstanceResult } from './measures.ts';

interface InstanceFigures {
  readonly instances: readonly Pick<InstanceResult, 'id' | 'zone' | 'weight'>[];
  readonly fairness: FairnessMeter;
  readonly failures: ArrayLike<number>;
  /** Milliseconds up, of those measured. */
  readonly upMs: ArrayLike<number>;
  readonly utilization: readonly (number | null)[];
  readonly probes: ArrayLike<number>;
  readonly measuredMs: number;
}

/** What each instance got and did. */
export function instanceRows(figures: InstanceFigures): InstanceResult[] {
  const { instances, fairness, failures, upMs, utilization, probes, measuredMs } = figures;
  const attempts = fairness.attempts.map((count, i) => count + fairness.beyond[i]);
  const expected = fairness.expected();
  const total = attempts.reduce((sum, count) => sum + count, 0);
  const due = expected.reduce((sum, count) => sum + count, 0);
  return instances.map(({ id, zone, weight }, i) => ({
    id,
    zone,
    weight,
    requests: attempts[i],
    failures: failures[i],
    share: total === 0 ? null : attempts[i] / total,
    expectedShare: due === 0 ? null : expected[i] / due,
    availability: upMs[i] / measuredMs,
    utilization: utilization[i],
    probes: probes[i],
    probesPerSecond: (probes[i] * 1000) / measuredMs,
  }));
}
