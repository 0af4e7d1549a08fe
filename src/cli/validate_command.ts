import { counted } from '../report/counts.ts';
import { ExitCode } from './exit_code.ts';
import { onGitHub } from './on_github.ts';
import { readScenarios } from './read_scenarios.ts';
import { say, writeOut } from './streams.ts';

/** Says of each file whether it could be run. */
export async function validateCommand(files: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = ExitCode.pass;
  for (const read of readScenarios(files, {})) {
    if ('problems' in read) {
      say(read.problems);
      if (onGitHub()) (await import('./github.ts')).tellGitHubOfProblems(read.file, read.diagnostics);
      code = ExitCode.invalidScenario;
    } else {
      const { columns, replications } = read.scenario;
      const grid = `${counted(columns.length, 'column')} x ${counted(replications, 'seed')}`;
      await writeOut([`${read.file}: valid: ${grid}, ${counted(columns.length * replications, 'run')}\n`]);
    }
  }
  return code;
}
