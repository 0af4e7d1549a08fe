/**
 * OUT/<name>/report.html: one file that shows a study, made of the files of OUT/<name> alone, so that it can be made again
 * from an archive, and that nothing is fetched to look at it.
 *
 * 1. `read_result.ts` and `read_series.ts` read result.json and series.csv. Of each column one run's course is kept: that
 *    of `seed`, or else the first that was recorded.
 * 2. `assemble.ts` makes `ReportData` of them (`report_data.ts`): plain JSON with everything the page shows. It is bounded:
 *    lines are thinned by LTTB (`lttb.ts`) to a budget shared by all columns, instances and callers beyond a number are
 *    counted and left out, other runs are rows of figures. 20 strategies x 20 seeds stay below 2 MB, the code included.
 * 3. `html_file.ts` puts it into the page: JSON in a script element with every `<` escaped, styles and code inline, and a
 *    content security policy that forbids every request.
 * 4. `page/` is the code that runs in the browser: TypeScript with a tsconfig of its own for the DOM, bundled with echarts
 *    by esbuild in `npm run build` into dist/report/html/page.js. It makes elements and sets their text; it never parses
 *    HTML. It shares with this side only modules that are plain functions (units, labels, replay lines).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OutputError, outputError } from '../output_error.ts';
import { seriesFile } from '../series_csv.ts';
import { type Owner, openStaging } from '../staging.ts';
import { assemble, type ReadLimit } from './assemble.ts';
import { builtAssets, htmlFile } from './html_file.ts';
import { readResult } from './read_result.ts';
import { type ColumnSeries, readSeries } from './read_series.ts';

export const reportFile = 'report.html';

export interface ReportOptions {
  /** The run whose course is shown; null: the first that series.csv has of each column. */
  readonly seed: number | null;
  readonly readLimit: ReadLimit;
}

/** The report of the study in `directory`, in pieces. Throws an OutputError where its files cannot be read, or lack the seed. */
export async function renderReport(directory: string, { seed, readLimit }: ReportOptions): Promise<string[]> {
  const document = readResult(join(directory, 'result.json'));
  const path = join(directory, seriesFile);
  const series = await readSeries(path, seed);
  assertRecorded(path, series, seed);
  return htmlFile(assemble(document, series, readLimit), builtAssets());
}

/** Writes it beside those files, whole or not at all. Returns its path. */
export async function writeReport(directory: string, options: ReportOptions, owner: Owner): Promise<string> {
  const html = await renderReport(directory, options);
  try {
    const staging = openStaging(directory, owner);
    try {
      writeFileSync(staging.path(reportFile), html.join(''));
      staging.publish([reportFile]);
    } catch (thrown) {
      staging.discard();
      throw thrown;
    }
  } catch (thrown) {
    throw outputError(join(directory, reportFile), thrown);
  }
  return join(directory, reportFile);
}

function assertRecorded(path: string, series: ReadonlyMap<string, ColumnSeries>, seed: number | null): void {
  if (seed === null) return;
  const columns = [...series.values()];
  if (columns.some(({ run }) => run !== null)) return;
  const recorded = [...new Set(columns.flatMap(({ seeds }) => seeds))];
  throw new OutputError(
    `${path} has no series of seed ${seed}, only of ${recorded.join(', ')}: run it with --seed ${seed} to have them`,
  );
}
