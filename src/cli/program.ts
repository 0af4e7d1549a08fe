import { availableParallelism } from 'node:os';
import { Argument, Command, Option } from 'commander';
import { version } from '../run/version.ts';
import { limits } from '../scenario/limits.ts';
import {
  collected,
  duration,
  filePath,
  folder,
  newMargins,
  newParams,
  newWeights,
  requestNumbers,
  saveName,
  strategyLabel,
  strategyLabels,
  wholeNumber,
} from './arguments.ts';
import {
  DEFAULT_EVENTS,
  DEFAULT_PICKS,
  DEFAULT_TRACE_EVENTS,
  type Listed,
  listed,
  MOST_TRACE_EVENTS,
  type Schema,
  schemas,
  type Template,
  templates,
} from './choices.ts';
import type { CompareOptions } from './compare_command.ts';
import { ExitCode, exitCodeHelp } from './exit_code.ts';
import type { InitOptions } from './init_command.ts';
import type { PickCommandOptions } from './pick_command.ts';
import type { ReplayCommandOptions } from './replay_command.ts';
import type { ReportCommandOptions } from './report_command.ts';
import type { RunOptions } from './run_command.ts';

const formatHelp = "What a scenario file may say, field by field: 'meshtrial list fields'.";

const traceHelp = `A trace is of one cell, of run the first: the first column of the file under its first seed, or what
--strategy and --seed make of that. It is run once more for it, which changes no result. It has requests and
their attempts, health checks, faults, what callers believe, and how busy instances are; what is still open
at its end is closed there. Without --trace-from it begins a second before the first fault.`;

/** Which part of a cell goes to a trace, and where that goes. */
function withTrace(command: Command): Command {
  return command
    .option('--trace <file>', 'write a trace of one cell, to be looked at in Perfetto or Chrome', filePath)
    .option('--trace-from <time>', 'begin it at this time of the run, such as 60s', duration)
    .option('--trace-for <time>', 'end it so much later (default: where it is full)', duration)
    .option(
      '--trace-events <number>',
      `end it where it has so many events (default: ${DEFAULT_TRACE_EVENTS})`,
      wholeNumber(1, MOST_TRACE_EVENTS),
    );
}

/** What the command line tells whoever runs it. */
interface Listener {
  /** Help, or the version. */
  print(text: string): void;
  readonly finish: Finish;
}

/** Hears how the command ended. */
type Finish = (code: ExitCode) => void;

/** Each command is loaded when it is asked for, since loading all of them takes longer than most of what is asked for. */
export function createProgram({ print, finish }: Listener): Command {
  const program = new Command('meshtrial')
    .description('Puts a service mesh on trial before production does.')
    .version(version)
    .exitOverride()
    .configureHelp({ helpWidth: 100 })
    .configureOutput({ writeOut: print })
    .addHelpText('after', `\n${formatHelp}\n\n${exitCodeHelp}`);

  addRun(program, finish);
  addInit(program, finish);
  addValidate(program, finish);
  addPick(program, finish);
  addReplay(program, finish);
  addCompare(program, finish);
  addReport(program, finish);
  addList(program, finish);
  addSchema(program, finish);
  return program;
}

function addRun(program: Command, finish: Finish): void {
  withTrace(program.command('run'))
    .description('Run scenario files and report what came of them.')
    .argument('<FILE...>', "scenario files; '-' is standard input")
    .option(
      '--strategy <names>',
      "run these strategies, separated by commas, instead of those in the file: 'ring,ring-hash(system=grpc)'",
      strategyLabels,
    )
    .option('--variant <name>', 'run this variant of the file alone')
    .option(
      '--param <path=value>',
      'run at this value of the matrix, or with this other value; may be repeated',
      newParams,
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
    .option('--reference <name>', 'the variant or strategy that others are compared with (default: the first)')
    .option('--dry-run', 'only print what would be run, and about how long it would take', false)
    .option('--save <name>', 'write to <folder>/@<name>/<name of the scenario>, for compare', saveName)
    .option('--watch', 'run again whenever a file is saved, or one that it names; Ctrl-C ends it', false)
    .option('--html', 'also write report.html, a page to look at', false)
    .option('--json', 'print result.json instead of the summary, one line a file', false)
    .option('--strict', 'also exit with 99 where a threshold is inconclusive', false)
    .option('--quiet', 'print errors only, and JSON where asked for', false)
    .addHelpText('after', `\n${traceHelp}\n\n${formatHelp}\n\n${exitCodeHelp}`)
    .action(async (files: string[], options: Omit<RunOptions, 'jobs'> & { jobs?: number; watch: boolean }) => {
      const command = options.watch
        ? (await import('./watch_command.ts')).watchCommand
        : (await import('./run_command.ts')).runCommand;
      finish(await command(files, { ...options, jobs: options.jobs ?? availableParallelism() }));
    });
}

const templateHelp = Object.entries(templates)
  .map(([name, doc]) => `${name}: ${doc}`)
  .join('; ');

function addInit(program: Command, finish: Finish): void {
  program
    .command('init')
    .description('Write a commented scenario to begin with.')
    .addArgument(new Argument('[template]', templateHelp).choices(Object.keys(templates)).default('minimal'))
    .option('--out <file>', "write there instead of to TEMPLATE.yaml; '-' is standard output")
    .option('--force', 'overwrite a file of that name', false)
    .addHelpText('after', `\n${formatHelp}`)
    .action(async (template: Template, options: InitOptions) => {
      const { initCommand } = await import('./init_command.ts');
      await initCommand(template, options);
      finish(ExitCode.pass);
    });
}

function addValidate(program: Command, finish: Finish): void {
  program
    .command('validate')
    .description('Check scenario files without running them.')
    .argument('<FILE...>', "scenario files; '-' is standard input")
    .addHelpText('after', `\n${formatHelp}`)
    .action(async (files: string[]) => {
      const { validateCommand } = await import('./validate_command.ts');
      finish(await validateCommand(files));
    });
}

const pickHelp = `Picks are those of the first caller in a run with the seed of the file, by its first worker, all
instances healthy. Each is answered with success at once, with a latency of 0 and no report of load,
before the next; the clock stands still. Without --keys picks have the keys of load.keys as a run
draws them, or none.

What moves: with keys that have homes (a policy that hashes, session affinity) the same balancer is
told of the change and asked again. Otherwise one begins anew over the changed instances, and the two
are compared pick by pick. A new instance is like the last in the file but for its address, the next
that is free, and hash_key and guid, which it has none of.`;

function addPick(program: Command, finish: Finish): void {
  program
    .command('pick')
    .description(
      "Print which instance each pick, or each key, of a scenario's load balancer goes to. Nothing is simulated.",
    )
    .argument('<FILE>', "a scenario file; '-' is standard input. Of several columns the first is taken")
    .option(
      '--strategy <name>',
      "pick by this strategy instead of that in the file: ring, 'ring-hash(system=grpc)'",
      strategyLabel,
    )
    .option('--variant <name>', 'of this variant of the file')
    .option('--param <path=value>', 'at this value of the matrix, or with this other value; may be repeated', newParams)
    .option('--seed <number>', "instead of the file's", wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .addOption(
      new Option('--count <number>', `how many picks (default: ${DEFAULT_PICKS})`)
        .argParser(wholeNumber(1, limits.picks))
        .conflicts('keys'),
    )
    .option('--keys <file>', "a pick for each line of this file that is not blank; '-' is standard input", filePath)
    .option('--without <id>', 'also say what moves when this instance leaves; may be repeated', collected)
    .option(
      '--with <id:weight>',
      'also say what moves when this instance has that weight, or joins with it; may be repeated',
      newWeights,
    )
    .option('--json', 'print { picks: [{ instance, key? }], moved? }', false)
    .addHelpText('after', `\n${pickHelp}\n\n${formatHelp}\n\n${exitCodeHelp}`)
    .action(async (file: string, options: PickCommandOptions) => {
      const { pickCommand } = await import('./pick_command.ts');
      finish(await pickCommand(file, options));
    });
}

const replayHelp = `Requests and instances add up: with both, the log is of all of them; with neither, of everything. Then
--around and --events cut a stretch out. What is usual is counted, not listed: of an instance, attempts
that succeeded, or failed within a second of another; of anybody, health checks that ended as the one before.

--param names a matrix value as the file has it, or sets any other parameter by its path, as a matrix
would. --strategy takes a column as results name it, options included, or any strategy, as run does.`;

function addReplay(program: Command, finish: Finish): void {
  withTrace(program.command('replay'))
    .description('Run one cell of a scenario again, exactly as run does, and print what happened in it.')
    .argument('<FILE>', "a scenario file; '-' is standard input")
    .option('--strategy <name>', 'of which column; may be left out where there is one', strategyLabel)
    .option('--variant <name>', 'of which variant; may be left out where there is one')
    .option(
      '--param <path=value>',
      'at which value of the matrix, or with which other value; may be repeated',
      newParams,
    )
    .option(
      '--seed <number>',
      "of which replication (default: the file's seed)",
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--result <path>', 'check the digest against this result.json, or that of this folder')
    .option(
      '--events <number>',
      `list so many events at most (default: ${DEFAULT_EVENTS}; all of a --request)`,
      wholeNumber(1),
    )
    .option(
      '--around <time>',
      'half of them from before this time of the run, such as 60s, the rest from then on',
      duration,
    )
    .option(
      '--request <number>',
      'tell what became of this request, attempt by attempt, and why; may be repeated',
      requestNumbers,
    )
    .option('--instance <id>', 'tell what happened to this instance; may be repeated', collected)
    .option('--json', 'print one line of JSON an event, after one that says which cell it is', false)
    .addHelpText('after', `\n${replayHelp}\n\n${traceHelp}\n\n${formatHelp}\n\n${exitCodeHelp}`)
    .action(async (file: string, options: ReplayCommandOptions) => {
      const { replayCommand } = await import('./replay_command.ts');
      finish(await replayCommand(file, options));
    });
}

const marginHelp = 'latency.p99:+5%, latency.p99:+20ms, fairness.jain:-0.01';

const compareHelp = `Columns are compared that have the same strategy, variant and parameters: seed by seed where each seed met
the same requests in both, otherwise by the means of all seeds (Welch). A margin fails only where the whole
95% interval of the change lies beyond it, and is inconclusive where it lies within; then it is said how many
seeds would decide. Percent are of the baseline, of shares too: one point of a share is 0.01.`;

function addCompare(program: Command, finish: Finish): void {
  program
    .command('compare')
    .description('Say what changed between two results of the same scenarios, metric by metric, beyond noise.')
    .argument('<BASELINE>', 'a name given to run --save, a folder of results, or a result.json')
    .argument('<OTHER>', 'the same: what is to be compared with it')
    .option(
      '--fail-on <metric:change>',
      `fail where a metric became worse by more; may be repeated: ${marginHelp}`,
      newMargins,
      [],
    )
    .option('--out <folder>', 'where names are looked up', folder, 'results')
    .option('--json', 'print JSON, a line a scenario', false)
    .addHelpText('after', `\n${compareHelp}\n\n${exitCodeHelp}`)
    .action(async (baseline: string, other: string, options: CompareOptions) => {
      const { compareCommand } = await import('./compare_command.ts');
      finish(await compareCommand(baseline, other, options));
    });
}

const reportHelp = `The course of one run of each column is shown: its median by drain, which run --html records beside the first,
or else the first. Any other seed is recorded by 'meshtrial run FILE --seed N --replications 1 --html --out FOLDER'.`;

function addReport(program: Command, finish: Finish): void {
  program
    .command('report')
    .description('Write report.html beside results: one page that needs no network, made of their files alone.')
    .argument('[FOLDER]', 'a folder of results, or one of such folders', folder, 'results')
    .option('--open', 'open it in the browser', false)
    .option(
      '--seed <number>',
      'show the course of this run, of those in series.csv, instead of the median of each column',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .option(
      '--scenario <file>',
      'the file that replay lines name (default: NAME.yaml here or in scenarios/, where it is)',
      filePath,
    )
    .addHelpText('after', `\n${reportHelp}\n\n${exitCodeHelp}`)
    .action(async (out: string, options: ReportCommandOptions) => {
      const { reportCommand } = await import('./report_command.ts');
      finish(await reportCommand(out, options));
    });
}

function addList(program: Command, finish: Finish): void {
  program
    .command('list')
    .description('List what a scenario may say, and what there is for it to name.')
    .addArgument(new Argument(`<${listed.join('|')}>`).choices(listed))
    .option('--json', 'print JSON', false)
    .action(async (what: Listed, options: { json: boolean }) => {
      const { listCommand } = await import('./list_command.ts');
      await listCommand(what, options);
      finish(ExitCode.pass);
    });
}

function addSchema(program: Command, finish: Finish): void {
  program
    .command('schema')
    .description('Print the JSON Schema (draft-07) of scenario files, for editors, or of result.json.')
    .addArgument(new Argument(`<${schemas.join('|')}>`).choices(schemas))
    .action(async (which: Schema) => {
      const { schemaCommand } = await import('./schema_command.ts');
      await schemaCommand(which);
      finish(ExitCode.pass);
    });
}
