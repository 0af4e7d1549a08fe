import { figureLines, figuresOf } from '../report/replay/figure_lines.ts';
import { replayText } from '../report/replay/replay_text.ts';
import type { Cast } from '../report/replay/words.ts';
import { labelOf } from '../run/cells.ts';
import { mismatchOf, NoSuchRunError, type SavedRun, savedRunOf } from '../run/replay/check_digest.ts';
import type { Selection } from '../run/replay/event_log.ts';
import { type Replay, replayTrial } from '../run/replay/replay.ts';
import { version } from '../run/version.ts';
import { visible } from '../scenario/diagnostics.ts';
import type { ParamOverride } from '../scenario/param_overrides.ts';
import type { Column, Scenario } from '../scenario/scenario.ts';
import { suggestion } from '../scenario/suggest.ts';
import { DEFAULT_EVENTS } from './choices.ts';
import { ExitCode } from './exit_code.ts';
import { readResult } from './read_result.ts';
import { chooseColumn } from './replay_column.ts';
import { lineWidth, say, writeOut } from './streams.ts';
import { openTrace, type TraceOptions, type TraceToBe } from './trace_option.ts';
import { UsageError } from './usage_error.ts';

export interface ReplayCommandOptions extends TraceOptions {
  readonly strategy?: string;
  readonly variant?: string;
  readonly param?: readonly ParamOverride[];
  readonly seed?: number;
  readonly result?: string;
  readonly events?: number;
  /** Milliseconds. */
  readonly around?: number;
  readonly request?: readonly number[];
  readonly instance?: readonly string[];
  readonly json: boolean;
}

/**
 * Runs one cell of a scenario as `run` does and prints its event log. With a saved result the digest is checked; where it
 * differs the log is printed even so, and the exit code says it.
 */
export async function replayCommand(file: string, options: ReplayCommandOptions): Promise<ExitCode> {
  const chosen = chooseColumn(file, options);
  if ('problems' in chosen) {
    say(chosen.problems);
    return ExitCode.invalidScenario;
  }
  const { scenario, column, note } = chosen;
  const seed = options.seed ?? scenario.seed;
  const saved = options.result === undefined ? null : savedRun(options.result, scenario, column, seed);
  const { trial } = column;
  const { request: requests = [], around: aroundMs = null } = options;
  const instances = (options.instance ?? []).map((id) => indexOf(id, trial));
  const onlyRequests = requests.length > 0 && instances.length === 0;
  const events = options.events ?? (onlyRequests && aroundMs === null ? Infinity : DEFAULT_EVENTS);
  if (aroundMs !== null && aroundMs > trial.durationMs) {
    throw new UsageError(`--around: the run lasts ${trial.durationMs / 1000} s; write a time of it, such as 1s`);
  }
  if (note !== null) say(`meshtrial: ${visible(note)}`);
  const trace = openTrace(options, [trial]);
  try {
    return await replayed({ scenario, column, seed, saved }, { requests, instances, events, aroundMs }, options, trace);
  } finally {
    trace?.discard();
  }
}

interface Asked {
  readonly scenario: Scenario;
  readonly column: Column;
  readonly seed: number;
  readonly saved: SavedRun | null;
}

async function replayed(
  { scenario, column, seed, saved }: Asked,
  { requests, ...selection }: Selection,
  { json, result }: ReplayCommandOptions,
  trace: TraceToBe | null,
): Promise<ExitCode> {
  const { trial } = column;
  const replay = replayTrial(trial, seed, { requests, ...selection });
  const unknown = requests.find((request) => request >= replay.arrivals);
  if (unknown !== undefined) {
    const there = `requests 0 to ${replay.arrivals - 1} arrive in this run`;
    throw new UsageError(`--request ${unknown}: ${replay.arrivals === 0 ? 'no request arrives in this run' : there}`);
  }
  const cell = { ...labelOf(column), seed };
  await print(replay, { scenario, cell, trial, lookOut: requests.length === 0, json });
  trace?.write(scenario, column, seed, replay.measures);
  return saved === null ? ExitCode.pass : checked(saved, replay, String(result));
}

interface Printed {
  readonly scenario: Scenario;
  readonly cell: ReturnType<typeof labelOf> & { readonly seed: number };
  readonly trial: Column['trial'];
  readonly lookOut: boolean;
  readonly json: boolean;
}

/** JSON: a line that says which cell it is and what its figures are, and one for each event. */
async function print(replay: Replay, { scenario, cell, trial, lookOut, json }: Printed): Promise<void> {
  const { measures } = replay;
  const { digest, inputDigest } = measures;
  const judged = scenario.thresholds.map(({ metric }) => metric);
  if (json) {
    const figures = figuresOf(measures, judged);
    const head = { kind: 'cell', scenario: scenario.name, version, ...cell, digest, inputDigest, figures };
    await writeOut(jsonLines(replay, head));
    return;
  }
  const column = [...(cell.variant === null ? [] : [`variant ${cell.variant}`]), cell.strategy];
  const params = Object.entries(cell.params).map(([path, value]) => `${path}=${String(value)}`);
  const title = `${scenario.name}: ${[...column, ...params, `seed ${cell.seed}`].join(', ')}`;
  // Who asks for a request by its number has come for its story alone.
  const head = [visible(title), `digest ${digest}`, ...(lookOut ? figureLines(measures, judged) : [])];
  await writeOut(replayText(replay, { head, cast: castOf(trial), width: lineWidth(), lookOut }));
}

function* jsonLines(replay: Replay, cell: object): Generator<string> {
  for (const line of [cell, ...replay.events]) yield `${JSON.stringify(line)}\n`;
}

/** Says whether the run is the one that was saved. */
function checked(saved: SavedRun, { measures }: Replay, path: string): ExitCode {
  const { digest, inputDigest } = measures;
  if (digest === saved.digest) {
    say(`the same run as in ${path}: digest ${digest}`);
    return ExitCode.pass;
  }
  const found = { digest, inputDigest, version };
  say(
    [
      `meshtrial: not the run in ${path}`,
      `  expected digest ${saved.digest}, written by version ${saved.version}`,
      `  found    digest ${digest}, by this version, ${version}`,
      `  ${mismatchOf(saved, found)}`,
    ].join('\n'),
  );
  return ExitCode.notTheSameRun;
}

function savedRun(path: string, scenario: Scenario, column: Column, seed: number): SavedRun {
  try {
    return savedRunOf(readResult(path), scenario.name, labelOf(column), seed);
  } catch (thrown) {
    if (thrown instanceof NoSuchRunError) throw new UsageError(`--result ${path}: ${visible(thrown.message)}`);
    throw thrown;
  }
}

function indexOf(id: string, { instances }: Column['trial']): number {
  const index = instances.findIndex((instance) => instance.id === id);
  if (index >= 0) return index;
  const known = instances.map((instance) => instance.id);
  const more = known.length > 20 ? ', ...' : '';
  throw new UsageError(`--instance ${id}: there is no such instance; ${suggestion(id, known.slice(0, 20))}${more}`);
}

function castOf({ callers, instances }: Column['trial']): Cast {
  return {
    callers: callers.length,
    instances: instances.length,
    zones: new Set(instances.map(({ zone }) => zone)).size,
  };
}
