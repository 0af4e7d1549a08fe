import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { strategies } from '../../src/balancer/strategies/index.ts';
import type { LoadProbe, StrategyFactory } from '../../src/balancer/strategy.ts';
import type { Instance } from '../../src/core/instance.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import type { PickNote } from '../../src/run/replay/events.ts';
import { watchedStrategies } from '../../src/run/replay/watched_strategy.ts';
import { instancesOf } from '../helpers/balancing.ts';
import { loadReport } from '../helpers/load_reports.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { type Subject, traitsOf } from '../laws/law.ts';
import { rigOf } from '../laws/rig.ts';
import { namedSubjectsOf } from '../laws/subjects.ts';

interface Step {
  readonly weight: number;
  readonly key: number;
  readonly attempt: number;
  /** How many hosts a retry must not go to; 0: it is none. */
  readonly tried: number;
  readonly open: number;
  readonly latencyMs: number;
  readonly pauseMs: number;
  readonly outcome: Outcome;
  readonly utilization: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  weight: fc.integer({ min: 1, max: 3 }),
  key: fc.integer({ min: NO_KEY, max: 20 }),
  attempt: fc.integer({ min: 0, max: 2 }),
  tried: fc.constantFrom(0, 0, 0, 1, 2, 6),
  open: fc.integer({ min: 0, max: 9 }),
  latencyMs: fc.integer({ min: 1, max: 50 }),
  // Some so long that reported weights take effect, or that probe answers are too old.
  pauseMs: fc.constantFrom(1, 2, 3, 3, 400, 6000),
  outcome: fc.constantFrom<Outcome>(Outcome.ok, Outcome.ok, Outcome.timedOut, Outcome.refused),
  utilization: fc.double({ min: 0.1, max: 1, noNaN: true }),
});
const story = fc.record({
  seed: fc.nat(),
  equal: fc.boolean(),
  /** Of the hosts in their order; Infinity: there is none. */
  limits: fc.array(fc.constantFrom(1, 2, 4, Infinity, Infinity), { minLength: 6, maxLength: 6 }),
  hosts: fc.integer({ min: 2, max: 6 }),
  steps: fc.array(step, { minLength: 10, maxLength: 60 }),
});

type Story = {
  readonly seed: number;
  readonly equal: boolean;
  readonly limits: readonly number[];
  readonly hosts: number;
  readonly steps: readonly Step[];
};

const idle = loadReport();

/** The later in the alphabet the slower. */
const probeLoad: LoadProbe = (host, done) => done(host, host.inFlight, 1 + host.slot);

/** Who is first in line does not decide among equals. */
const NOT_IN_LINE = /of all, drawn among equals|by smooth weighted round robin among equals|the first of its list/;

/** Picks and retries, attempts that stay open for a while, health and weights that change; after each pick `told` hears of it. */
function tell(
  subject: Subject,
  { seed, equal, limits, hosts, steps }: Story,
  wrap: (factory: StrategyFactory) => StrategyFactory,
  told: (host: Host | null, members: readonly Host[], key: Key) => void,
): void {
  const clock = new ManualClock();
  const weights = steps.slice(0, hosts).map(({ weight }) => (equal ? 1 : weight));
  const strategy = wrap(subject.definition.withOptions(subject.options));
  const balancer = rigOf(subject, weights, { seed, clock, strategy, probeLoad });
  const limited = (count: number): Instance[] =>
    instancesOf(weights.slice(0, count)).map((instance, i) => ({
      ...instance,
      ...(limits[i] < Infinity && { maxConnections: limits[i] }),
    }));
  balancer.update(limited(hosts));
  const open: Host[] = [];
  steps.forEach(({ key, attempt, tried, open: most, latencyMs, pauseMs, outcome, utilization }, i) => {
    clock.advance(pauseMs);
    if (i === 20) balancer.setHealthy(balancer.members[1], false);
    if (i === 40) balancer.update(limited(4));
    if (i === 30) {
      for (const member of balancer.members) balancer.setHealthy(member, false);
      const last = balancer.pick(key, attempt);
      if (last !== null) told(last, balancer.members, key);
      for (const member of balancer.members) balancer.setHealthy(member, true);
    }
    balancer.members.forEach((member, place) => {
      member.tried = place < tried;
    });
    const host = balancer.pick(key, attempt, 0, null, tried > 0);
    if (host === null) {
      expect(traitsOf(subject).limits).toBeDefined();
      told(null, balancer.members, key);
      return;
    }
    if (traitsOf(subject).limits !== undefined) expect(host.inFlight).toBeLessThan(host.limit);
    told(host, balancer.members, key);
    balancer.acquire(host);
    open.push(host);
    while (open.length > most) {
      const report = { ...idle, requestsInFlight: most, qps: 100, utilization };
      balancer.release(open.splice(i % open.length, 1)[0], latencyMs, outcome, report);
    }
  });
}

/** What is wrong with a note of this pick; null: nothing. */
function wrongIn(note: PickNote | undefined, host: Host, members: readonly Host[]): string | null {
  const { id } = host.instance;
  if (note?.instance !== id) return `it is of ${note?.instance}`;
  const inFlightTo = new Map(note.eligible.map((one) => [one.id, one.inFlight]));
  if (inFlightTo.get(id) !== host.inFlight) return 'it chose among others';
  if (note.reason === null) return 'it gives no reason';
  const { rule, compared } = note.reason;
  const [, place, places] = /place (\d+) of (\d+)/.exec(rule) ?? [];
  if (place !== undefined && note.eligible[Number(place) - 1]?.id !== id) return `${id} is not in place ${place}`;
  if (place !== undefined && note.eligible.length !== Number(places)) return `there are no ${places} places`;
  if (compared === null) return null;
  const own = compared.hosts.find((one) => one.id === id)?.figure;
  if (own === undefined) return 'it is not among those compared';
  const sign = compared.best === 'lowest' ? 1 : -1;
  for (const other of compared.hosts) {
    if (!inFlightTo.has(other.id)) return `${other.id} was not eligible`;
    if (!(sign * own <= sign * other.figure)) return `${other.id} had a better figure`;
    const inFlight = members.find(({ instance }) => instance.id === other.id)?.inFlight;
    if (compared.by === 'in flight' && other.figure !== inFlight) return `${other.id} had ${inFlight} in flight`;
  }
  const first = compared.hosts.find(({ figure }) => figure === own)?.id;
  if (first !== id && !NOT_IN_LINE.test(rule)) return `${first}, as good, was before it in line`;
  return null;
}

/**
 * Where a key has led, in words that follow the hash, is a place of one host while hosts stay as they are. `ownerOf`
 * knows the ways so far. null: nothing is wrong.
 */
function wrongWay(
  note: PickNote | undefined,
  members: readonly Host[],
  key: Key,
  ownerOf: Map<string, string>,
): string | null {
  if (note === undefined || note.reason === null || note.reason.compared !== null) return null;
  const { rule } = note.reason;
  // Who takes over from the one that is full depends on the others' load.
  if (rule.includes('has its bound of load') || rule.includes('the only host')) return null;
  const [, hash, way] = /^the hash of its key, ([0-9a-f]{8}|[0-9a-f]{16}), leads to (.*)$/.exec(rule) ?? [];
  if (way === undefined) return `'${rule}' says nothing of a hash`;
  const hosts = members.map(({ slot, healthy, priority }) => `${slot} ${healthy} ${priority}`).join();
  for (const [what, whose] of [
    [`${way} ${hosts}`, note.instance],
    [`hash of ${key}`, hash],
  ]) {
    const before = ownerOf.get(what) ?? whose;
    if (before !== whose) return `${what}: now ${whose}, before ${before}`;
    ownerOf.set(what, whose);
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
    const owners = new Map<string, string>();
    tell(subject, told, watch, (host, members, key) => {
      watched.push(host?.instance.id ?? 'nobody');
      const note = notes.pop();
      if (host === null) return;
      wrong.push(notes.length === 0 ? wrongIn(note, host, members) : 'another note of a pick');
      if (key !== NO_KEY && traitsOf(subject).affinity !== 'none') wrong.push(wrongWay(note, members, key, owners));
    });
    expect(wrong.filter((one) => one !== null)).toEqual([]);
    const picks: string[] = [];
    tell(
      subject,
      told,
      (factory) => factory,
      (host) => picks.push(host?.instance.id ?? 'nobody'),
    );
    expect(watched).toEqual(picks);
  });
});
