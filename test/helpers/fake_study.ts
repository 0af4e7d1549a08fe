import type { SeriesSink } from '../../src/run/replications.ts';
import type { Study } from '../../src/run/study.ts';
import { runStudy } from '../../src/run/study.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { type FakeFigures, fakeReport } from './fake_report.ts';

/** A study whose cells are what `figures` says of (strategy, seed), with no simulator behind. */
export function fakeStudy(
  scenario: Scenario,
  figures: (strategy: string, seed: number) => FakeFigures,
  series: SeriesSink | null = null,
): Promise<Study> {
  return runStudy(scenario, {
    jobs: 2,
    series,
    runCell: async ({ column, seed, recordSeries }) =>
      fakeReport(figures(scenario.columns[column].strategy, seed), recordSeries),
  });
}
