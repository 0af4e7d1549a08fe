import type { Instance } from '../core/instance.ts';
import { columnOptions } from '../report/replay_line.ts';
import { type PickResult, pick } from '../run/pick.ts';
import { unreadOptionsText } from '../run/unread_options_check.ts';
import { visible } from '../scenario/diagnostics.ts';
import { nextAddress } from '../scenario/instances.ts';
import type { ParamOverride } from '../scenario/param_overrides.ts';
import type { Column, Scenario } from '../scenario/scenario.ts';
import { suggestion } from '../scenario/suggest.ts';
import { DEFAULT_PICKS } from './choices.ts';
import { noteOnOthers } from './choose_columns.ts';
import { ExitCode } from './exit_code.ts';
import { pickText } from './pick_text.ts';
import { readKeys } from './read_keys.ts';
import { nameOf, type Overrides, parseScenario, readText } from './read_scenarios.ts';
import { lineWidth, say, writeOut } from './streams.ts';
import { UsageError } from './usage_error.ts';

export interface PickCommandOptions {
  /** As results name it, options included. */
  readonly strategy?: string;
  readonly variant?: string;
  readonly param?: readonly ParamOverride[];
  readonly seed?: number;
  readonly count?: number;
  readonly keys?: string;
  readonly json: boolean;
  readonly without?: readonly string[];
  readonly with?: readonly NewWeight[];
}

/** An instance and what it is to weigh. */
export interface NewWeight {
  readonly id: string;
  readonly weight: number;
}

/** Prints which instance a scenario's load balancer picks, pick by pick or key by key. */
export async function pickCommand(file: string, options: PickCommandOptions): Promise<ExitCode> {
  const { json, keys } = options;
  if (file === '-' && keys === '-') throw new UsageError("'-', standard input, can be read only once");
  const text = readText(file);
  const read = parseScenario(file, text, overridesOf(options));
  if ('problems' in read) {
    say(read.problems);
    return ExitCode.invalidScenario;
  }
  const { scenario } = read;
  const { trial } = scenario.columns[0];
  const picks = keys === undefined ? (options.count ?? DEFAULT_PICKS) : readKeys(keys);
  const after = changed(trial.instances, options);
  const result = pick({ trial, seed: scenario.seed, picks, after });
  const notes = [
    ...notesOn(file, text, scenario, options),
    ...optionNotes(trial),
    ...keyNotes(result, scenario.columns[0], keys),
  ];
  for (const note of notes) say(`meshtrial: ${note}`);
  await writeOut(json ? [asJson(result)] : pickText(result, { title: titleOf(scenario, options), width: lineWidth() }));
  return ExitCode.pass;
}

function overridesOf({ strategy, variant, param, seed }: PickCommandOptions): Overrides {
  return { strategy: strategy === undefined ? undefined : [strategy], variant, param, seed };
}

/** What else may have been meant: another of the file's strategies of that name, another of several columns. */
function notesOn(file: string, text: Uint8Array, { columns }: Scenario, options: PickCommandOptions): string[] {
  const name = nameOf(file);
  const { strategy } = options;
  const own =
    strategy === undefined ? null : parseScenario(file, text, { ...overridesOf(options), strategy: undefined });
  const others = own !== null && 'scenario' in own ? noteOnOthers(name, own.scenario, strategy ?? '') : null;
  return [...(others === null ? [] : [others]), ...(columns.length > 1 ? [firstOf(name, columns)] : [])];
}

function optionNotes({ strategy }: Column['trial']): string[] {
  const unread = unreadOptionsText({ strategy, failureAccrual: null });
  return unread === null ? [] : [`${unread}; they change nothing`];
}

/** Keys that nobody looks at, or somebody would. */
function keyNotes({ keys }: PickResult, { strategy }: Column, file: string | undefined): string[] {
  if (keys.count && !keys.given) {
    return ['these picks have no keys to go by; --keys FILE, or load.keys in the scenario, gives them some'];
  }
  return keys.count || file === undefined
    ? []
    : [`${visible(strategy)} does not look at keys: these are picks in turn`];
}

/** Which column is taken of several, and how another would be. */
function firstOf(file: string, columns: Scenario['columns']): string {
  const [first, second] = columns;
  const params = Object.entries(first.params).map(([path, value]) => `${path}=${String(value)}`);
  const variant = first.variant === null ? [] : [`variant ${first.variant}`];
  const taken = visible([...variant, first.strategy, ...params].join(', '));
  const other = second === undefined ? '' : `; for another, write such as: ${visible(columnOptions(second))}`;
  return `${visible(file)} has ${columns.length} columns; this is the first: ${taken}${other}`;
}

interface Title {
  readonly before: string;
  readonly after: string;
}

function titleOf({ columns, seed }: Scenario, options: PickCommandOptions): Title {
  const [{ strategy, trial }] = columns;
  const without = (options.without ?? []).map((id) => `without ${id}`);
  const like = areAlike(trial.instances) ? '' : `, like ${trial.instances[trial.instances.length - 1].id}`;
  const isNew = (id: string) => trial.instances.every((instance) => instance.id !== id);
  const reweighted = (options.with ?? []).map(({ id, weight }) => {
    return `with ${id} of weight ${weight}${isNew(id) ? like : ''}`;
  });
  return {
    before: `${strategy}, ${trial.callers[0].id}, seed ${seed}`,
    after: [...without, ...reweighted].join(', '),
  };
}

/** Whether it is all the same which of them another is like. */
function areAlike(instances: readonly Instance[]): boolean {
  const traits = new Set(instances.map(({ id: _, address: __, weight: ___, ...others }) => JSON.stringify(others)));
  return traits.size === 1;
}

/** The instances to ask about afterwards; null where no others are asked about. */
function changed(instances: readonly Instance[], options: PickCommandOptions): readonly Instance[] | null {
  const { without = [], with: reweighted = [] } = options;
  if (without.length === 0 && reweighted.length === 0) return null;
  const known = instances.map(({ id }) => id);
  for (const id of without) {
    if (known.includes(id)) continue;
    const several = id.includes(',') ? '; write --without once for each' : '';
    throw new UsageError(`--without ${visible(id)}: there is no such instance; ${near(id, known)}${several}`);
  }
  const named = [...without, ...reweighted.map(({ id }) => id)];
  const twice = named.find((id, i) => named.indexOf(id) !== i);
  if (twice !== undefined) throw new UsageError(`--without and --with: '${twice}' is there twice; name it once`);
  const weightOf = new Map(reweighted.map(({ id, weight }) => [id, weight]));
  const kept = instances
    .filter(({ id }) => !without.includes(id))
    .map((instance) => ({ ...instance, weight: weightOf.get(instance.id) ?? instance.weight }));
  const taken = new Set(instances.map(({ address }) => address));
  const last = instances[instances.length - 1];
  // Its address, its hash_key and its guid are its own.
  const { hash_key: _key, guid: _guid, ...metadata } = last.metadata ?? {};
  const like = last.metadata === undefined ? last : { ...last, metadata };
  for (const { id, weight } of reweighted) {
    if (known.includes(id)) continue;
    const address = nextAddress(taken);
    taken.add(address);
    kept.push({ ...like, id, address, weight });
  }
  return kept;
}

/** Of a large fleet only some are named. */
function near(id: string, known: readonly string[]): string {
  return suggestion(id, known.slice(0, 20)) + (known.length > 20 ? ', ...' : '');
}

/** Part of the interface: scripts depend on it. */
function asJson({ before, after, moves }: PickResult): string {
  const moved = after === null ? {} : { moved: moves.reduce((sum, { picks }) => sum + picks, 0) };
  return `${JSON.stringify({ picks: before.picks, ...moved })}\n`;
}
