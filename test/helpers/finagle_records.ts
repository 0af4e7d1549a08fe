import { expect } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import type { SubsettingChoice } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import type { Random } from '../../src/core/random.ts';
import { balancerWith, instance } from './balancing.ts';
import { ManualClock } from './manual_clock.ts';
import { scriptedRandom } from './scripted_random.ts';

// For records of what Finagle's own classes did, which a whole balancer does again.

const IDS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** What Finagle was given, and what it drew. */
export interface Measured {
  readonly strategy: readonly [string, WrittenOptions];
  /** Absent: none. */
  readonly subsetting?: SubsettingChoice | null;
  readonly caller?: readonly [number, number];
  readonly weights: readonly number[];
  readonly draws: readonly number[];
}

/**
 * The record again, with all that was drawn and no more: `a`, a gets a request and holds it; `-a`, the first one that a
 * holds ends; `!a`, a turns busy; `*a`, it is open again; `=abc`, the members are now these; `^a3`, a weighs 3 from now on;
 * `+5`, 5 ms pass; `?`, nobody can be asked.
 */
export function replayedRecord(
  { strategy: [name, options], subsetting = null, caller = [0, 1], weights, draws }: Measured,
  record: string,
): string {
  const clock = new ManualClock();
  const script = scriptedRandom(draws);
  // Nobody draws from streams of the balancer's own.
  const random: Random = { ...script, fork: () => scriptedRandom([]) };
  const balancer: Balancer = balancerWith({
    strategy: strategyNamed(name).withOptions(options),
    subsetting,
    clock,
    random,
    place: { zone: null, index: caller[0], count: caller[1], peersByZone: new Map() },
  });
  const weightOf = new Map(Array.from(IDS, (id, i) => [id, weights[i] ?? 1 + (i % 2)]));
  const update = (ids: Iterable<string>): void =>
    balancer.update(Array.from(ids, (id) => instance(id, weightOf.get(id))));
  const named = (id: string): Host => balancer.members.find((host) => host.instance.id === id) as Host;
  const held: (readonly [Host, sentMs: number, reweighed: number])[] = [];
  update(IDS.slice(0, weights.length));
  const words = record.split(' ').map((word) => {
    const [sign, id] = word;
    if (sign === '+') clock.advance(Number(word));
    else if (sign === '!') balancer.setHealthy(named(id), false);
    else if (sign === '*') balancer.setHealthy(named(id), true);
    else if (sign === '=') update(word.slice(1));
    else if (sign === '^') {
      weightOf.set(id, Number(word.slice(2)));
      update(balancer.members.map((host) => host.instance.id));
    } else if (sign === '-') {
      const first = held.findIndex(([host]) => host.instance.id === id);
      const [[host, sentMs, reweighed]] = held.splice(first, 1);
      balancer.release(host, clock.now() - sentMs, Outcome.ok, null, false, reweighed);
    } else {
      const host = balancer.pick(NO_KEY, 0);
      if (host === null) return '?';
      balancer.acquire(host);
      held.push([host, clock.now(), host.reweighed]);
      return host.instance.id;
    }
    return word;
  });
  expect(() => random.uint32()).toThrow('asked for one more');
  return words.join(' ');
}
