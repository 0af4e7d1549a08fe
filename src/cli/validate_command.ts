import { ExitCode } from './exit_code.ts';
import { readScenarios } from './read_scenarios.ts';
import { say, writeOut } from './streams.ts';

/** Says of each file whether it could be run. */
export async function validateCommand(files: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = ExitCode.pass;
  for (const read of readScenarios(files, {})) {
    if ('problems' in read) {
      say(read.problems);
      code = ExitCode.invalidScenario;
    } else {
      const { columns, replications } = read.scenario;
      const size = `${columns.length} x ${replications} ${columns.length * replications === 1 ? 'run' : 'runs'}`;
      await writeOut([`${read.file}: valid, ${size}\n`]);
    }
  }
  return code;
}
