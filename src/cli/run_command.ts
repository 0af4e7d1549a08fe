import { join } from 'node:path';
import picocolors from 'picocolors';
import type { OverviewPart } from '../report/html/overview.ts';
import { incompleteLine } from '../report/incomplete_lines.ts';
import { labelText } from '../report/label.ts';
import { createPicture, type Picture } from '../report/picture/picture.ts';
import { precisionLines } from '../report/precision_lines.ts';
import { resultJson } from '../report/result_json.ts';
import { filesLine, renderSummary, thresholdSection } from '../report/terminal.ts';
import { type Output, openOutput } from '../report/write.ts';
import { labelOf } from '../run/cells.ts';
import { type PageSeriesOptions, recordForPage } from '../run/page_series.ts';
import { type CellPool, createPool } from '../run/pool.ts';
import { findReference, type Reference, referenceNames } from '../run/reference.ts';
import { runStudy, type Study } from '../run/study.ts';
import { visible } from '../scenario/diagnostics.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { suggestion } from '../scenario/suggest.ts';
import { quote } from '../scenario/written.ts';
import { dryRun } from './dry_run.ts';
import { ExitCode } from './exit_code.ts';
import { failureLines } from './failure_lines.ts';
import { tellGitHubOfProblems, tellGitHubOfStudy } from './github.ts';
import { type Interruption, listenForInterruption } from './interruption.ts';
import { processOwner } from './process_owner.ts';
import { startProgress } from './progress.ts';
import { readLimit } from './read_limit.ts';
import { nameOf, type Overrides, readScenarios, type ScenarioFile } from './read_scenarios.ts';
import { savedFolder } from './saved_results.ts';
import { lineWidth, pictureWidth, say, wantsColor, writeOut } from './streams.ts';
import { openTrace, type TraceOptions, type TraceToBe } from './trace_option.ts';
import { UsageError } from './usage_error.ts';

export interface RunOptions extends Overrides, TraceOptions {
  readonly jobs: number;
  readonly out: string;
  /** Under this name results are kept for `compare`; undefined: where the next run writes too. */
  readonly save?: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Also write report.html. */
  readonly html?: boolean;
  /** Only say what would be run. */
  readonly dryRun: boolean;
  /** The variant or strategy that others are compared with. */
  readonly reference?: string;
  /** A threshold that is inconclusive counts as failed. */
  readonly strict: boolean;
}

type Valid = Extract<ScenarioFile, { scenario: Scenario }>;

/** Runs scenario files, one after the other. Nothing is run, and nothing written, unless all of them are valid. */
export async function runCommand(files: readonly string[], options: RunOptions): Promise<ExitCode> {
  const read = readScenarios(files, options);
  const invalid = read.filter((one) => 'problems' in one);
  for (const { file, problems, diagnostics } of invalid) {
    say(problems);
    tellGitHubOfProblems(file, diagnostics);
  }
  if (invalid.length > 0) return ExitCode.invalidScenario;
  const valid = read.filter((one) => 'scenario' in one);
  assertDistinctNames(valid);
  const references = valid.map((one) => referenceIn(one, options.reference));
  if (options.dryRun) {
    await dryRun(
      valid.map(({ scenario }) => scenario),
      options,
    );
    return ExitCode.pass;
  }
  const trace = openTrace(
    options,
    valid.map(({ scenario }) => scenario.columns[0].trial),
  );
  const pool = createPool(options.jobs);
  const interruption = listenForInterruption();
  interruption.signal.addEventListener('abort', () => void pool.close());
  try {
    let code: ExitCode = ExitCode.pass;
    const parts: OverviewPart[] = [];
    for (const [i, one] of valid.entries()) {
      const run = { ...one, reference: references[i], trace };
      code = worse(code, await runOne(run, options, pool, interruption, (part) => parts.push(part)));
      if (interruption.signal.aborted) return ExitCode.interrupted;
    }
    if (parts.length > 1) await overview(options, parts);
    return code;
  } finally {
    trace?.discard();
    interruption.release();
    await pool.close();
  }
}

function isFailure(verdict: Study['verdicts'][number]['row']['verdict'], strict: boolean): boolean {
  return verdict === 'fail' || (strict && verdict === 'inconclusive');
}

/** Of several scenarios the gravest tells: what failed in meshtrial before what failed in a scenario. */
function worse(a: ExitCode, b: ExitCode): ExitCode {
  if (a === ExitCode.bug || b === ExitCode.bug) return ExitCode.bug;
  return a === ExitCode.pass ? b : a;
}

async function runOne(
  { file, scenario, text, reference, trace }: Valid & { reference: Reference | undefined; trace: TraceToBe | null },
  options: RunOptions,
  pool: CellPool,
  { signal, cleanUpWith }: Interruption,
  onPage: (part: OverviewPart) => void,
): Promise<ExitCode> {
  const directory = join(outOf(options), scenario.name);
  const output = await openOutput(directory, scenario.columns.map(labelOf), processOwner);
  const picture = options.json || options.quiet ? null : createPicture(scenario.columns, pictureWidth());
  const progress = startProgress(scenario.name, !options.quiet);
  cleanUpWith(() => {
    progress.stop();
    output.discard();
    trace?.discard();
  });
  try {
    const study = await runStudy(scenario, {
      runCell: pool.runCell,
      jobs: pool.jobs,
      series: (label, seed, rows) => output.series(label, seed, picture?.watch(label, seed, rows) ?? rows),
      onProgress: progress.update,
      signal,
      reference,
    });
    if (study.document.cells.length === 0) output.discard();
    else {
      if (options.html === true) await recordPage(study, output, pool, { signal, onProgress: progress.update });
      await output.write(study.document);
      if (options.html === true) {
        const { renderReport, reportFile } = await import('../report/html/report.ts');
        const page = { seed: null, readLimit, file: file === '-' ? null : nameOf(file) };
        onPage({ document: study.document, file: page.file, page: `${scenario.name}/${reportFile}` });
        await output.add(reportFile, (folder) => renderReport(folder, study.document, page));
      }
      const files = output.publish();
      progress.stop();
      await print(study, options, { directory, files, picture });
      if (!signal.aborted) trace?.writeFirstOf(study);
    }
    progress.stop();
    tellMissing(study, file);
    tellGitHubOfStudy(file, text, study, options.strict);
    if (study.failures.length > 0) return ExitCode.bug;
    const failed = study.verdicts.some(({ row }) => isFailure(row.verdict, options.strict));
    return failed ? ExitCode.thresholdFailed : ExitCode.pass;
  } catch (thrown) {
    progress.stop();
    output.discard();
    throw thrown;
  } finally {
    cleanUpWith(() => {});
  }
}

/** Where the folders of results are. */
function outOf({ out, save }: RunOptions): string {
  return save === undefined ? out : savedFolder(out, save);
}

/** One page over all of them; says where. */
async function overview(options: RunOptions, parts: readonly OverviewPart[]): Promise<void> {
  const { writeOverview } = await import('../report/html/report.ts');
  const path = writeOverview(outOf(options), parts, { readLimit }, processOwner);
  const line = `all of them together: ${path}`;
  if (options.json && !options.quiet) say(line);
  else if (!options.quiet) await writeOut([`${line}\n`]);
}

/** The page shows how the median replication of each column went. Without it the page is of the first. */
async function recordPage(
  study: Study,
  { series }: Output,
  { runCell, jobs }: CellPool,
  { signal, onProgress }: Required<Pick<PageSeriesOptions, 'signal' | 'onProgress'>>,
): Promise<void> {
  const { length } = study.document.cells;
  const failures = await recordForPage(study, {
    ...{ runCell, jobs, signal, series },
    onProgress: (ended, due) => onProgress(length + ended, length + due),
  });
  for (const { label, seed, message } of failures) {
    say(`meshtrial: ${visible(labelText(label))}, seed ${seed}, could not be run again for the page: ${message}`);
  }
}

/** What went wrong is told even where nobody wants to hear more. */
function tellMissing(study: Study, file: string): void {
  const line = incompleteLine(study.document);
  if (line === null || study.document.incomplete?.reason === 'threshold') return;
  say(`meshtrial: ${line}`);
  if (study.failures.length === 0) return;
  say(failureLines(study, nameOf(file)).join('\n'));
  say('this is a bug in meshtrial, unless memory ran out; please report it, with the scenario file');
}

/** The data to standard output, in the form asked for; beside JSON, what a person should see goes to standard error. */
async function print(
  study: Study,
  { json, quiet }: RunOptions,
  written: { directory: string; files: readonly string[]; picture: Picture | null },
): Promise<void> {
  if (json) await writeOut(resultJson(study.document));
  if (quiet) return;
  if (!json) return writeOut([renderSummary(study, { ...written, color: wantsColor(), width: lineWidth() })]);
  const stopped = study.document.incomplete?.reason === 'threshold' ? incompleteLine(study.document) : null;
  say(
    [
      ...(stopped === null ? [] : [stopped]),
      ...precisionLines(study.document),
      ...thresholdSection(study, picocolors.createColors(false)),
      filesLine(written),
    ].join('\n'),
  );
}

/** What `--reference` means in a scenario; undefined where it is not given. */
function referenceIn({ file, scenario }: Valid, name: string | undefined): Reference | undefined {
  if (name === undefined) return undefined;
  const reference = findReference(scenario.columns, name);
  if (reference !== null) return reference;
  const fix = suggestion(name, referenceNames(scenario.columns));
  throw new UsageError(visible(`--reference: ${nameOf(file)} has no variant or strategy ${quote(name)}; ${fix}`));
}

/** Results of equal names would overwrite each other. */
function assertDistinctNames(valid: readonly Valid[]): void {
  for (const [i, { file, scenario }] of valid.entries()) {
    const first = valid.findIndex((other) => other.scenario.name === scenario.name);
    if (first === i) continue;
    const both = first === i ? file : `${valid[first].file} and ${file}`;
    throw new UsageError(`${both} are both named '${scenario.name}', so their results would be one folder`);
  }
}
