import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { strategies } from '../../src/balancer/strategies/index.ts';
import type { StrategyFactory } from '../../src/balancer/strategy.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import type { PickNote } from '../../src/run/replay/events.ts';
import { watchedStrategies } from '../../src/run/replay/watched_strategy.ts';
import { instancesOf } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import type { Subject } from '../laws/law.ts';
import { rigOf } from '../laws/rig.ts';
import { namedSubjectsOf } from '../laws/subjects.ts';

interface Step {
  readonly weight: number;
  readonly key: number;
  readonly attempt: number;
  readonly open: number;
  readonly latencyMs: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  weight: fc.integer({ min: 1, max: 3 }),
  key: fc.integer({ min: NO_KEY, max: 20 }),
  attempt: fc.integer({ min: 0, max: 1 }),
  open: fc.integer({ min: 0, max: 9 }),
  latencyMs: fc.integer({ min: 1, max: 50 }),
});
const story = fc.record({
  seed: fc.nat(),
  equal: fc.boolean(),
  steps: fc.array(step, { minLength: 10, maxLength: 50 }),
});

/** Picks, attempts that stay open for a while, health and weights that change; after each pick `told` hears of it. */
function tell(
  subject: Subject,
  { seed, equal, steps }: { seed: number; equal: boolean; steps: readonly Step[] },
  wrap: (factory: StrategyFactory) => StrategyFactory,
  told: (host: Host, members: readonly Host[]) => void,
): void {
  const clock = new ManualClock();
  const weights = steps.slice(0, 6).map(({ weight }) => (equal ? 1 : weight));
  const strategy = wrap(subject.definition.withOptions(subject.options));
  const balancer = rigOf(subject, weights, { seed, clock, strategy });
  const open: Host[] = [];
  steps.forEach(({ key, attempt, open: most, latencyMs, weight }, i) => {
    clock.advance(weight);
    if (i === 20) balancer.setHealthy(balancer.members[1], false);
    if (i === 40) balancer.update(instancesOf(weights.slice(0, 4)));
    const host = balancer.pick(key, attempt);
    if (host === null) throw new Error('nobody to pick');
    told(host, balancer.members);
    balancer.acquire(host);
    open.push(host);
    while (open.length > most) balancer.release(open.splice(i % open.length, 1)[0], latencyMs, Outcome.ok);
  });
}

/** What is wrong with a note of this pick; null: nothing. */
function wrongIn(note: PickNote | undefined, host: Host, members: readonly Host[]): string | null {
  const { id } = host.instance;
  if (note?.instance !== id) return `it is of ${note?.instance}`;
  const inFlightTo = new Map(note.eligible.map((one) => [one.id, one.inFlight]));
  if (inFlightTo.get(id) !== host.inFlight) return 'it chose among others';
  const compared = note.reason?.compared ?? null;
  if (compared === null) return null;
  const own = compared.hosts.find((one) => one.id === id)?.figure ?? Number.NaN;
  const sign = compared.best === 'lowest' ? 1 : -1;
  for (const other of compared.hosts) {
    if (!inFlightTo.has(other.id)) return `${other.id} was not eligible`;
    if (!(sign * own <= sign * other.figure + 1e-9)) return `${other.id} had a better figure`;
    const inFlight = members.find(({ instance }) => instance.id === other.id)?.inFlight;
    if (compared.by === 'in flight' && other.figure !== inFlight) return `${other.id} had ${inFlight} in flight`;
  }
  return null;
}

describe.each(strategies.flatMap(namedSubjectsOf))('what $label says of its picks', (subject) => {
  test.prop([story], { numRuns: 10 })('holds, and changes none of them', (told) => {
    const notes: PickNote[] = [];
    const watched: string[] = [];
    const wrong: (string | null)[] = [];
    const watcher = { wanted: true, note: (pick: PickNote) => notes.push(pick) };
    const watch = (factory: StrategyFactory) => watchedStrategies(factory, 'doc', watcher);
    tell(subject, told, watch, (host, members) => {
      watched.push(host.instance.id);
      wrong.push(notes.length === 1 ? wrongIn(notes.pop(), host, members) : `${notes.length} notes of a pick`);
    });
    expect(wrong.filter((one) => one !== null)).toEqual([]);
    const picks: string[] = [];
    tell(
      subject,
      told,
      (factory) => factory,
      (host) => picks.push(host.instance.id),
    );
    expect(watched).toEqual(picks);
  });
});
