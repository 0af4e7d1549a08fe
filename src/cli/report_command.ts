import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { OverviewPart } from '../report/html/overview.ts';
import { reportFile, writeOverview, writeReport } from '../report/html/report.ts';
import { messageOf } from '../run/failure.ts';
import { ExitCode } from './exit_code.ts';
import { processOwner } from './process_owner.ts';
import { readLimit } from './read_limit.ts';
import { readResultFile } from './saved_results.ts';
import { scenarioFileOf } from './scenario_file.ts';
import { statOf } from './stat_of.ts';
import { say, writeOut } from './streams.ts';
import { UsageError } from './usage_error.ts';

export interface ReportCommandOptions {
  readonly open: boolean;
  /** Of the runs whose course is shown. */
  readonly seed?: number;
  /** The scenario's file, for replay lines: results do not say where it was. */
  readonly scenario?: string;
}

/** Writes report.html beside the results in a folder, or in each of its folders that has any and one over all of them; prints where. Opens the first to look at. */
export async function reportCommand(out: string, { open, seed, scenario }: ReportCommandOptions): Promise<ExitCode> {
  const folders = resultFolders(out);
  if (scenario !== undefined && folders.length > 1) {
    throw new UsageError(
      `--scenario is of one result, and ${out} has ${folders.length}: name one, such as ${folders[0]}`,
    );
  }
  if (scenario !== undefined && statOf(scenario)?.isFile() !== true) {
    throw new UsageError(`--scenario names the file of the scenario, and there is none at ${scenario}`);
  }
  const paths: string[] = [];
  const parts: OverviewPart[] = [];
  for (const directory of folders) {
    const document = readResultFile(join(directory, 'result.json'));
    const file = scenario ?? scenarioFileOf(document.scenario);
    const options = { seed: seed ?? null, readLimit, file };
    parts.push({ document, file, page: `${encodeURIComponent(basename(directory))}/${reportFile}` });
    paths.push(await writeReport(directory, document, options, processOwner));
    await writeOut([`${paths[paths.length - 1]}\n`]);
  }
  if (parts.length > 1) {
    paths.unshift(writeOverview(out, parts, { readLimit }, processOwner));
    await writeOut([`${paths[0]}\n`]);
  }
  if (open) openInBrowser(paths[0]);
  return ExitCode.pass;
}

function resultFolders(out: string): string[] {
  if (hasResult(out)) return [out];
  const folders = namesIn(out)
    .toSorted()
    .map((name) => join(out, name))
    .filter(hasResult);
  if (folders.length > 0) return folders;
  throw new UsageError(
    `there are no results in ${out}: expected a result.json in it or in its folders; 'meshtrial run FILE --out ${out}' writes them`,
  );
}

function hasResult(folder: string): boolean {
  return statOf(join(folder, 'result.json'))?.isFile() === true;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    throw new UsageError(`cannot read the folder ${folder}: ${messageOf(thrown)}`);
  }
}

/** Hands the file to whatever the desktop opens such files with. Where there is none, the path that was printed must do. */
function openInBrowser(path: string): void {
  const [command, ...before] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
  const child = spawn(command, [...before, resolve(path)], { detached: true, stdio: 'ignore' });
  child.on('error', () => say(`meshtrial: there is no ${command} here to open it with; open ${path} in a browser`));
  child.unref();
}
