import { Balancer } from '../balancer/balancer.ts';
import type { Host } from '../balancer/host.ts';
import { strategyNamed } from '../balancer/strategies/index.ts';
import type { LoadProbe, StrategyFactory } from '../balancer/strategy.ts';
import type { Instance } from '../core/instance.ts';
import { type Key, type KeyText, NO_KEY, numberedKeys } from '../core/key.ts';
import { Outcome } from '../core/outcome.ts';
import { randomStream } from '../core/random.ts';
import type { TrialConfig } from '../sim/config.ts';
import { keySampler } from '../sim/keys.ts';
import { placesOf } from '../sim/world.ts';
import { dueShares } from './due_shares.ts';

export interface PickOptions {
  readonly trial: TrialConfig;
  readonly seed: number;
  /** A pick for each of these keys, equal texts being one key; or so many picks, with the keys of `load.keys` if there are any. */
  readonly picks: readonly string[] | number;
  /** Other instances to ask about afterwards; null: no more questions. */
  readonly after: readonly Instance[] | null;
}

export interface Pick {
  /** Id of the instance; null: nobody may be picked. */
  readonly instance: string | null;
  /** Absent where the pick had none. */
  readonly key?: string;
}

/** What an instance got, beside what it was due. */
export interface InstanceShare {
  readonly id: string;
  readonly weight: number;
  readonly picks: number;
  /** Its share of the picks in the long run; null: it is not plain to see. */
  readonly due: number | null;
}

/** One question, and its answer. */
export interface PickRound {
  readonly picks: readonly Pick[];
  /** In the order of the instances. */
  readonly shares: readonly InstanceShare[];
}

export interface PickResult {
  readonly before: PickRound;
  /** Null where nothing was asked about afterwards. */
  readonly after: PickRound | null;
  /** Picks that went to another instance the second time, by both, most picks first. Empty without a second time. */
  readonly moves: readonly { readonly from: string | null; readonly to: string | null; readonly picks: number }[];
  /** Whether the balancer looks at keys, and whether there are any. */
  readonly keys: { readonly count: boolean; readonly given: boolean };
}

/** Each pick ends before the next: no time passes. */
const LATENCY_MS = 0;

const stillClock = { now: () => 0 };

/** An instance has nothing to do but what this caller sent. */
const probeLoad: LoadProbe = (host, done) => done(host, host.inFlight, LATENCY_MS);

const nobody = { onAdded: ignore, onRemoved: ignore, onPickable: ignore, onPanic: ignore };

function ignore(): void {}

/**
 * Which instance each pick goes to: the production balancer, as the scenario's first caller has it, with that caller's
 * stream in a run, all hosts healthy. Nothing is simulated: the clock stands still, and each pick is answered with
 * success at once, before the next.
 *
 * `after`: where keys have homes (a policy that hashes, or session affinity), the same balancer is told of the change and
 * asked again, as it happens in life. Without homes there is nothing to move: another balancer begins anew, with the same
 * random numbers, and its picks are compared one by one.
 */
export function pick({ trial, seed, picks, after }: PickOptions): PickResult {
  const strategy = strategyNamed(trial.strategy.name).withOptions(trial.strategy.options);
  const keys = keysOf(trial, seed, picks);
  const begin = (): Balancer => createBalancer(trial, seed, strategy, keys.text);
  const ask = (balancer: Balancer, instances: readonly Instance[]): PickRound => {
    balancer.update(instances);
    return askAll(balancer, keys, instances, dueShares(balancer, trial, strategy.traits));
  };
  const balancer = begin();
  const before = ask(balancer, trial.instances);
  const haveHomes = strategy.traits.affinity !== 'none' || trial.loadBalancer.sessionAffinity !== null;
  const asked = { count: haveHomes, given: keys.named };
  if (after === null) return { before, after, moves: [], keys: asked };
  const second = ask(haveHomes && keys.named ? balancer : begin(), after);
  return { before, after: second, moves: movesBetween(before.picks, second.picks), keys: asked };
}

interface Keys {
  readonly list: readonly Key[];
  readonly text: KeyText;
  /** Whether picks have keys. */
  readonly named: boolean;
}

/** Numbered in the order of their first coming, or drawn as the requests of a run draw them. */
function keysOf({ load }: TrialConfig, seed: number, picks: readonly string[] | number): Keys {
  if (typeof picks === 'number') {
    const draw = keySampler(load.keys, randomStream(String(seed)).fork('keys'));
    return { list: Array.from({ length: picks }, draw), text: numberedKeys, named: load.keys !== null };
  }
  const texts = [...new Set(picks)];
  const keyOf = new Map(texts.map((text, key) => [text, key]));
  const list = picks.map((text) => keyOf.get(text) ?? NO_KEY);
  return { list, text: (key) => texts[key], named: true };
}

function createBalancer(trial: TrialConfig, seed: number, strategy: StrategyFactory, keyText: KeyText): Balancer {
  const random = randomStream(String(seed));
  const { id, workers } = trial.callers[0];
  return new Balancer({
    ...{ strategy, workers, keyText, probeLoad },
    loadBalancer: trial.loadBalancer,
    place: placesOf(trial)(0),
    clock: stillClock,
    // As the world of a run names its streams.
    random: random.fork(id).fork('strategy'),
    common: random.fork('callers-in-common'),
    initiallyHealthy: true,
    observer: nobody,
  });
}

function askAll(
  balancer: Balancer,
  keys: Keys,
  instances: readonly Instance[],
  due: ReadonlyMap<string, number> | null,
): PickRound {
  const countOf = new Map<string, number>();
  const picks = keys.list.map((key): Pick => {
    const host = pickOne(balancer, key);
    const instance = host?.instance.id ?? null;
    if (instance !== null) countOf.set(instance, (countOf.get(instance) ?? 0) + 1);
    return key === NO_KEY ? { instance } : { instance, key: keys.text(key) };
  });
  const shares = instances.map(({ id, weight }) => ({
    ...{ id, weight },
    picks: countOf.get(id) ?? 0,
    due: due === null ? null : (due.get(id) ?? 0),
  }));
  return { picks, shares };
}

function pickOne(balancer: Balancer, key: Key): Host | null {
  const host = balancer.pick(key, 0);
  if (host === null) return null;
  balancer.acquire(host);
  balancer.release(host, LATENCY_MS, Outcome.ok);
  balancer.answered(key, host);
  return host;
}

function movesBetween(before: readonly Pick[], after: readonly Pick[]): PickResult['moves'] {
  const moves = new Map<string, { from: string | null; to: string | null; picks: number }>();
  for (const [i, { instance: from }] of before.entries()) {
    const to = after[i].instance;
    if (from === to) continue;
    const identity = JSON.stringify([from, to]);
    const move = moves.get(identity) ?? { from, to, picks: 0 };
    move.picks++;
    moves.set(identity, move);
  }
  return [...moves.values()].sort((a, b) => b.picks - a.picks);
}
