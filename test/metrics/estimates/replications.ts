import { byCause } from '../../../src/core/belief_cause.ts';
import { metrics } from '../../../src/metrics/catalogue.ts';
import type { Estimate } from '../../../src/metrics/estimates/estimate.ts';
import { estimate } from '../../../src/metrics/estimates/estimator.ts';
import { createPool, type Replication } from '../../../src/metrics/estimates/pool.ts';
import { createResampling } from '../../../src/metrics/estimates/resampling.ts';
import { Histogram } from '../../../src/metrics/histogram.ts';
import { durationStats } from '../../../src/metrics/kaplan_meier.ts';
import type { FailoverResult } from '../../../src/metrics/measures.ts';
import { fakeFailover, fakeReport } from '../../helpers/fake_report.ts';

/** Times of pairs, in ms. */
export interface Detections {
  readonly events: readonly number[];
  readonly censored: readonly number[];
}

const { measures, sample } = fakeReport();
/** Used again and again: one is large. */
const histogram = new Histogram();

/** A replication of these latencies: of their figures the mean and the 99th percentile. */
export function latencyReplication(latencies: readonly number[]): Replication {
  histogram.clear();
  for (const latency of latencies) histogram.record(latency);
  const stats = {
    ...{ mean: histogram.mean(), p99: histogram.quantile(0.99) },
    ...{ p50: null, p90: null, p999: null, max: null },
  };
  const packed = histogram.packed();
  return {
    result: { ...measures, latencyMs: { ...stats, all: stats } },
    sample: { ...sample, latency: { successes: packed, all: packed } },
  };
}

/** A replication in which pairs detected `faults` faults after these times. */
export function detectReplication({ events, censored }: Detections, faults = 1): Replication {
  const detect = { events: Float64Array.from(events), censored: Float64Array.from(censored) };
  const detectMs = durationStats(events, censored);
  const failovers: FailoverResult[] = Array.from({ length: faults }, (_, i) => ({ ...fakeFailover(1), startMs: i }));
  return {
    result: { ...measures, failovers, failover: { ...measures.failover, detectMs } },
    sample: { ...sample, failover: { ...sample.failover, detect, detectBy: byCause(() => noPairs) } },
  };
}

const noPairs = { events: new Float64Array(), censored: new Float64Array() };

/** A metric of the catalogue over these replications. */
export function estimateOf(name: string, replications: readonly Replication[], seed = 1): Estimate {
  const metric = metrics.find((one) => one.name === name);
  if (metric === undefined) throw new Error(`no metric ${name}`);
  return estimate(metric, createPool(replications, createResampling(seed)));
}
