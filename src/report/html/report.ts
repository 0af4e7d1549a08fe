/**
 * OUT/<name>/report.html: one file that shows a study, made of the files of OUT/<name> alone, so that it can be made again
 * from an archive, and that nothing is fetched to look at it.
 *
 * 1. `read_series.ts` reads series.csv; result.json comes read. Of each column one run's course is shown: that of `seed`, or
 *    else its median by drain, which `run --html` records, or else the first that was recorded (`chosen_runs.ts`).
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
import { dirname, join } from 'node:path';
import { medianRun } from '../../metrics/median_run.ts';
import type { CellLabel, ResultDocument } from '../../run/result.ts';
import { paramNames } from '../columns.ts';
import { someColumns } from '../label.ts';
import { OutputError, outputError } from '../output_error.ts';
import { quoted } from '../replay_line.ts';
import { seriesFile } from '../series_csv.ts';
import { type Owner, openStaging } from '../staging.ts';
import { assemble, columnsOf, type PageOptions } from './assemble.ts';
import { builtAssets, htmlFile } from './html_file.ts';
import { assembleOverview, type OverviewPart } from './overview.ts';
import { type ColumnSeries, columnKey, readSeries } from './read_series.ts';

export const reportFile = 'report.html';

/** The page over several studies, each of which has its own beside it in its folder. Returns its path. */
export function writeOverview(
  directory: string,
  parts: readonly OverviewPart[],
  options: Pick<PageOptions, 'readLimit'>,
  owner: Owner,
): string {
  return writePage(directory, htmlFile(assembleOverview(parts, options), builtAssets()), owner);
}

/** The report of the study in `directory`, in pieces. Throws an OutputError where series.csv cannot be read, or lacks the seed. */
export async function renderReport(
  directory: string,
  document: ResultDocument,
  options: PageOptions,
): Promise<string[]> {
  const { seed } = options;
  if (document.cells.length === 0) throw new OutputError(`${join(directory, 'result.json')} has no cells to show`);
  const path = join(directory, seriesFile);
  const params = paramNames(document.cells);
  const columns = columnsOf(document);
  const medians = new Map(columns.map(({ label, cells }) => [columnKey(label, params), medianRun(cells)?.seed]));
  const series = await readSeries(path, (key, own, isFirst) =>
    seed === null ? isFirst || own === medians.get(key) : own === seed,
  );
  if (seed !== null && ![...series.values()].some(({ runs }) => runs.has(seed))) {
    const seeds = columns.map(({ label }) => ({ label, seeds: series.get(columnKey(label, params))?.seeds ?? [] }));
    throw new OutputError(
      `${path} has no series of seed ${seed}${recordedText(seeds)}: ${wayTo(seed, directory, options, document.scenario)}`,
    );
  }
  return htmlFile(assemble(document, series, options), builtAssets());
}

/** Writes it beside those files, whole or not at all. Returns its path. */
export async function writeReport(
  directory: string,
  document: ResultDocument,
  options: PageOptions,
  owner: Owner,
): Promise<string> {
  return writePage(directory, await renderReport(directory, document, options), owner);
}

function writePage(directory: string, html: readonly string[], owner: Owner): string {
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

/** `, only of 42, and of 44 (ring)` */
function recordedText(columns: readonly { label: CellLabel; seeds: ColumnSeries['seeds'] }[]): string {
  const all = [...new Set(columns.flatMap(({ seeds }) => seeds))].toSorted((a, b) => a - b);
  if (all.length === 0) return ', nor of any other';
  const texts = all.map((seed) => {
    const own = columns.filter(({ seeds }) => seeds.includes(seed));
    return own.length === columns.length ? `${seed}` : `${seed} (${someColumns(own.map(({ label }) => label))})`;
  });
  return `, only of ${texts.join(', ')}`;
}

/** What to type to have them. */
function wayTo(seed: number, directory: string, { file }: PageOptions, scenario: string): string {
  const name = file ?? `${scenario}.yaml`;
  const out = join(dirname(directory), `seed-${seed}`);
  return `'meshtrial run ${quoted(name)} --seed ${seed} --replications 1 --html --out ${quoted(out)}' makes a report of it`;
}
