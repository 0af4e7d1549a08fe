import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeReport } from '../report/html/report.ts';
import { messageOf } from '../run/failure.ts';
import { ExitCode } from './exit_code.ts';
import { processOwner } from './process_owner.ts';
import { readLimit } from './read_limit.ts';
import { say, writeOut } from './streams.ts';
import { UsageError } from './usage_error.ts';

export interface ReportCommandOptions {
  readonly open: boolean;
  /** Of the runs whose course is shown. */
  readonly seed?: number;
}

/** Writes report.html beside the results in a folder, or in each of its folders that has any; prints where. */
export async function reportCommand(out: string, { open, seed = undefined }: ReportCommandOptions): Promise<ExitCode> {
  const paths: string[] = [];
  for (const directory of resultFolders(out)) {
    paths.push(await writeReport(directory, { seed: seed ?? null, readLimit }, processOwner));
    await writeOut([`${paths[paths.length - 1]}\n`]);
  }
  if (open) for (const path of paths) openInBrowser(path);
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
  return statSync(join(folder, 'result.json'), { throwIfNoEntry: false })?.isFile() === true;
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
