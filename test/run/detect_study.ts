import type { DurationStats } from '../../src/metrics/measures.ts';
import type { SeriesSink } from '../../src/run/replications.ts';
import type { Study } from '../../src/run/study.ts';
import { runStudy } from '../../src/run/study.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { fakeFailover, fakeReport } from '../helpers/fake_report.ts';

/** How long detection took in a run: a time, `never` where pairs were at risk and too few of them got there, null where none was. */
export type Detection = number | 'never' | null;

/** A study of which detection is all that matters: of each strategy, one for each seed from 7 on. */
export function detectStudy(
  scenario: Scenario,
  detections: Readonly<Record<string, readonly Detection[]>>,
  series: SeriesSink | null = null,
): Promise<Study> {
  return runStudy(scenario, {
    jobs: 1,
    series,
    runCell: async ({ column, seed, recordSeries }) => {
      const report = fakeReport({ failovers: [fakeFailover(null)] }, recordSeries);
      const detectMs = durations(detections[scenario.columns[column].strategy][seed - scenario.seed]);
      const failover = { ...report.measures.failover, detectMs };
      return { ...report, measures: { ...report.measures, failover } };
    },
  });
}

function durations(detection: Detection): DurationStats {
  if (detection === null) return { count: 0, mean: null, p50: null, p90: null, p99: null, max: null };
  // Three of ten pairs notice, the rest do not within 20 s.
  if (detection === 'never') return { count: 3, mean: 14_600, p50: null, p90: null, p99: null, max: 2000 };
  return { count: 10, mean: detection, p50: detection, p90: detection, p99: detection, max: detection };
}
