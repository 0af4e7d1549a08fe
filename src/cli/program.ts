import { availableParallelism } from 'node:os';
import { Argument, Command } from 'commander';
import { version } from '../run/version.ts';
import { limits } from '../scenario/limits.ts';
import { folder, strategyNames, wholeNumber } from './arguments.ts';
import { ExitCode, exitCodeHelp } from './exit_code.ts';
import { type Listed, listCommand, listed } from './list_command.ts';
import { type RunOptions, runCommand } from './run_command.ts';
import { validateCommand } from './validate_command.ts';

const formatHelp = "What a scenario file may say, field by field: 'meshtrial list fields'.";

/** What the command line tells whoever runs it. */
interface Listener {
  /** Help, or the version. */
  print(text: string): void;
  /** How the command ended. */
  finish(code: ExitCode): void;
}

export function createProgram({ print, finish }: Listener): Command {
  const program = new Command('meshtrial')
    .description('Puts a service mesh on trial before production does.')
    .version(version)
    .exitOverride()
    .configureHelp({ helpWidth: 100 })
    .configureOutput({ writeOut: print })
    .addHelpText('after', `\n${formatHelp}\n\n${exitCodeHelp}`);

  program
    .command('run')
    .description('Run scenario files and report what came of them.')
    .argument('<FILE...>', "scenario files; '-' is standard input")
    .option(
      '--strategy <names>',
      'run these strategies, separated by commas, instead of those in the file',
      strategyNames,
    )
    .option(
      '--seed <number>',
      "seed of the first replication, instead of the file's",
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .option(
      '--replications <number>',
      "runs of each column, under consecutive seeds, instead of the file's",
      wholeNumber(1, limits.replications),
    )
    .option('--jobs <number>', 'runs at a time; changes no result (default: one a core)', wholeNumber(1))
    .option('--out <folder>', 'write to <folder>/<name of the scenario>', folder, 'results')
    .option('--json', 'print result.json instead of the summary, one line a file', false)
    .option('--quiet', 'print errors only, and JSON where asked for', false)
    .addHelpText('after', `\n${formatHelp}\n\n${exitCodeHelp}`)
    .action(async (files: string[], options: Omit<RunOptions, 'jobs'> & { jobs?: number }) =>
      finish(await runCommand(files, { ...options, jobs: options.jobs ?? availableParallelism() })),
    );

  program
    .command('validate')
    .description('Check scenario files without running them.')
    .argument('<FILE...>', "scenario files; '-' is standard input")
    .addHelpText('after', `\n${formatHelp}`)
    .action(async (files: string[]) => finish(await validateCommand(files)));

  program
    .command('list')
    .description('List what a scenario may say, and what there is for it to name.')
    .addArgument(new Argument(`<${listed.join('|')}>`).choices(listed))
    .option('--json', 'print JSON', false)
    .action(async (what: Listed, options: { json: boolean }) => {
      await listCommand(what, options);
      finish(ExitCode.pass);
    });

  return program;
}
