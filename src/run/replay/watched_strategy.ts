import type { Host } from '../../balancer/host.ts';
import type { Explain } from '../../balancer/pick_reason.ts';
import type { Strategy, StrategyFactory } from '../../balancer/strategy.ts';
import type { Key } from '../../core/key.ts';
import type { PickNote } from './events.ts';
import { type RecordingRandom, recordingRandom } from './recording_random.ts';

/** Who wants to know about picks. */
export interface PickWatcher {
  /** Whether the next pick is of interest. */
  readonly wanted: boolean;
  note(pick: PickNote): void;
}

/**
 * Strategies that pick as those of `factory` do, number for number, and tell of the picks that are wanted: what they
 * chose among and why. For replays only: it costs time.
 */
export function watchedStrategies(factory: StrategyFactory, doc: string, watcher: PickWatcher): StrategyFactory {
  const { beyond } = factory.traits;
  return {
    traits: factory.traits,
    weigh: (clock) => factory.weigh?.(clock) ?? null,
    create: (ports) => {
      const random = recordingRandom(ports.random);
      return watched(factory.create({ ...ports, random }), random);
    },
  };

  function watched(inner: Strategy, random: RecordingRandom): Strategy {
    let set: HostSet = { members: [], eligible: [] };
    const watchedPick =
      <Found extends Host | null>(choose: Choose<Found>, another: boolean): Choose<Found> =>
      (key, attempt, draw) => {
        const explain = watcher.wanted ? explainerOf(inner, key, attempt, another) : null;
        const before = set;
        random.begin();
        const host = choose(key, attempt, draw);
        if (explain === null || host === null) return host;
        const reason = explain({ host, key, attempt, draw, drawn: [...random.drawn] });
        // A pick may have the subset made anew, and find nobody of this set in it.
        const chosenAmong = set.eligible.includes(host) ? set : before;
        watcher.note({ ...notedOf(chosenAmong), instance: host.instance.id, reason, doc });
        return host;
      };
    const { pickAnother, forBackups } = inner;
    const passedOn: PassedOn = {
      rebuild: (all, some, weightOf, easingIn) => {
        const eligible = beyond === 'after tries in vain' || some.length === 0 ? all : some;
        set = { members: all.slice(), eligible: eligible.slice() };
        inner.rebuild(all, some, weightOf, easingIn);
      },
      pick: watchedPick((key, attempt, draw) => inner.pick(key, attempt, draw), false),
      pickAnother: pickAnother && watchedPick((...asked) => pickAnother.call(inner, ...asked), true),
      forBackups: forBackups && ((sole) => watched(forBackups.call(inner, sole), random)),
      onNews: inner.onNews?.bind(inner),
      onSession: inner.onSession?.bind(inner),
      chooseAhead: inner.chooseAhead?.bind(inner),
      nobody: inner.nobody?.bind(inner),
      onStart: (host) => inner.onStart(host),
      onSent: inner.onSent?.bind(inner),
      onEnd: (...ended) => inner.onEnd(...ended),
      selector: inner.selector?.bind(inner),
      needsKey: inner.needsKey,
      followsWeights: inner.followsWeights,
      prompt: inner.prompt,
    };
    return present(passedOn);
  }
}

/** All of a strategy but its reasons, so that nothing it gains is forgotten here; undefined: this one has no such thing. */
type PassedOn = { readonly [K in Exclude<keyof Strategy, 'explain' | 'explainNext'>]: Strategy[K] | undefined };

function present(all: PassedOn): Strategy {
  return Object.fromEntries(Object.entries(all).filter(([, part]) => part !== undefined)) as unknown as Strategy;
}

interface HostSet {
  readonly members: readonly Host[];
  /** What the strategy chooses among: those that may be picked, or, by its traits, all. */
  readonly eligible: readonly Host[];
}

type Choose<Found> = (key: Key, attempt: number, draw: number) => Found;

/** Asked before a pick, to be called after it. */
function explainerOf(strategy: Strategy, key: Key, attempt: number, another: boolean): Explain {
  return strategy.explainNext?.(key, attempt, another) ?? ((pick) => strategy.explain?.(pick) ?? null);
}

function notedOf({ members, eligible }: HostSet) {
  return {
    eligible: eligible.map(({ instance, inFlight }) => ({ id: instance.id, inFlight })),
    members: members.length,
    unhealthy: eligible.filter(({ healthy }) => !healthy).map(({ instance }) => instance.id),
    priorities: [...new Set(members.map(({ priority }) => priority))].sort((a, b) => a - b),
    zones: [...new Set(members.map(({ instance }) => instance.zone))],
  };
}
