import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { BalancerObserver } from '../../src/balancer/balancer_settings.ts';
import type { Host } from '../../src/balancer/host.ts';
import { type CallerPlace, type LoadBalancerSettings, PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Strategy, WeightOf } from '../../src/balancer/strategy.ts';
import type { Instance } from '../../src/core/instance.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';
import { Outcome, outcomeNames } from '../../src/core/outcome.ts';
import { balancerWith } from '../helpers/balancing.ts';
import { listening } from '../helpers/listening.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { NaiveBalancer, type NaiveHost, type NaiveSet } from '../helpers/naive_balancer.ts';
import { NaiveSessions } from '../helpers/naive_sessions.ts';
import { prioritySet } from '../helpers/priority_set.ts';

const WORKERS = 2;

interface World {
  readonly settings: LoadBalancerSettings;
  readonly place: CallerPlace;
  readonly strategy: string;
  readonly initiallyHealthy: boolean;
}

const zones = ['a/x/1', 'a/x/2', 'a/y/1', 'b/x/1', 'c', null] as const;

const sometimes = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 2 });
const worlds: fc.Arbitrary<World> = fc.record({
  settings: fc
    .record({
      panicThreshold: fc.constantFrom(0, 0.3, 0.5, 0.8, 1),
      failTrafficOnPanic: fc.constantFrom(false, false, true),
      overprovisioningPercent: fc.constantFrom(100, 140, 200),
      weightedPriorityHealth: fc.boolean(),
      failover: fc.constantFrom('spill', 'spill', 'all-or-nothing'),
      backups: fc.constantFrom('all', 'first'),
      locality: sometimes<NonNullable<LoadBalancerSettings['locality']>>(
        fc.oneof(
          fc.constant({ kind: 'weighted' as const, weights: { 'a/x/1': 3, 'a/x/2': 0, 'b/x/1': 2 } }),
          fc.record({
            kind: fc.constant('zone-aware' as const),
            minClusterSize: fc.constantFrom(0, 4),
            basis: fc.constantFrom('hosts' as const, 'weight' as const),
            routingEnabledPercent: fc.constantFrom(0, 50, 100, 100),
            forceLocalZoneMinSize: sometimes(fc.constantFrom(1, 3)),
          }),
          fc.constantFrom(
            { kind: 'failover' as const, failover: [] },
            { kind: 'failover' as const, failover: [{ from: 'a', to: 'c' }] },
          ),
        ),
      ),
      subset: sometimes(
        fc.record({
          selectors: fc.constant([{ keys: ['stage'] }]),
          fallback: fc.constantFrom('none', 'any', 'default'),
          defaultSubset: fc.constant({ stage: 'prod' }),
          match: fc.constantFrom<Readonly<Record<string, string>>>({ stage: 'canary' }, { other: 'x' }),
          localityWeightAware: fc.boolean(),
          scaleLocalityWeight: fc.boolean(),
        }),
      ),
      sessionAffinity: sometimes(
        fc.record({
          ttlMs: fc.constantFrom(1000, Infinity),
          renew: fc.boolean(),
          maxSessions: fc.constantFrom(2, 100),
          failback: fc.boolean(),
          strict: fc.boolean(),
          retries: fc.constantFrom('session', 'policy'),
        }),
      ),
    })
    .map((settings) => ({ ...PLAIN_LOAD_BALANCER, ...settings })),
  place: fc.record({
    zone: fc.constantFrom('a/x/1', 'b/x/1', null),
    index: fc.constant(0),
    count: fc.constant(6),
    peersByZone: fc.constantFrom(
      new Map([
        ['a/x/1', 3],
        ['b/x/1', 1],
        ['c', 2],
      ]),
      new Map([['a/x/1', 6]]),
    ),
  }),
  // One draws for the priority, one does not, one hashes.
  strategy: fc.constantFrom('round-robin', 'weighted-round-robin', 'rendezvous'),
  initiallyHealthy: fc.boolean(),
});

interface Told {
  readonly members: readonly Host[];
  readonly eligible: readonly Host[];
  readonly weightOf: WeightOf;
}

/** The balancer, and what its observer and its strategies came to know of it. */
class Real implements BalancerObserver {
  readonly clock = new ManualClock();
  readonly balancer: Balancer;
  readonly attempts: Host[] = [];
  /** Their keys. */
  readonly keys: Key[] = [];
  readonly view = new Set<Host>();
  readonly pickable = new Set<Host>();
  panic = false;
  /** What the strategy knew that made the last pick, and for which worker it was made. */
  asked: (Told & { readonly worker: Strategy }) | null = null;

  constructor({ settings, place, strategy, initiallyHealthy }: World) {
    const factory = strategyNamed(strategy).withOptions({});
    this.balancer = balancerWith({
      strategy: { ...factory, create: (ports) => this.watched(factory.create(ports)) },
      loadBalancer: settings,
      place,
      workers: WORKERS,
      clock: this.clock,
      initiallyHealthy,
      observer: this,
    });
  }

  onAdded(host: Host): void {
    expect(this.view.has(host)).toBe(false);
    expect(host.pickable).toBe(false);
    this.view.add(host);
  }

  onRemoved(host: Host): void {
    expect(this.view.delete(host)).toBe(true);
  }

  onPanic(panic: boolean): void {
    expect(panic).toBe(!this.panic);
    this.panic = panic;
  }

  onPickable(host: Host, pickable: boolean): void {
    expect(this.pickable.has(host)).toBe(!pickable);
    expect(host.pickable).toBe(pickable);
    expect(this.view.has(host)).toBe(host.present);
    if (pickable) this.pickable.add(host);
    else this.pickable.delete(host);
  }

  private watched(strategy: Strategy): Strategy {
    let told: Told | null = null;
    return listening(
      strategy,
      (members, eligible, weightOf, easingIn) => {
        told = { members: members.slice(), eligible: eligible.slice(), weightOf };
        strategy.rebuild(members, eligible, weightOf, easingIn);
      },
      (key, attempt, draw) => {
        this.asked = told && { ...told, worker: strategy };
        return strategy.pick(key, attempt, draw);
      },
    );
  }
}

class Model {
  readonly balancer: NaiveBalancer;
  readonly sessions: NaiveSessions<NaiveHost> | null;
  /** Attempts in flight, oldest first; those to hosts that have left too. */
  readonly attempts: NaiveHost[] = [];
  readonly world: World;
  nowMs = 0;

  constructor(world: World) {
    const { settings, place, strategy, initiallyHealthy } = world;
    this.world = world;
    this.balancer = new NaiveBalancer(
      settings,
      place,
      initiallyHealthy,
      strategy === 'rendezvous',
      strategy === 'weighted-round-robin',
    );
    const { sessionAffinity } = settings;
    this.sessions =
      sessionAffinity && new NaiveSessions({ ...sessionAffinity, maxEntries: sessionAffinity.maxSessions });
  }
}

const idOf = ({ instance }: { readonly instance: Instance }): string => instance.id;

function agree(model: Model, real: Real): void {
  const seen = (hosts: readonly (Host | NaiveHost)[]) =>
    hosts.map(({ instance, healthy, degraded, excluded, inFlight }) => ({
      instance,
      healthy,
      degraded,
      excluded,
      inFlight,
    }));
  const { members } = real.balancer;
  expect(seen(members)).toEqual(seen(model.balancer.members));
  expect(members.map((host) => host.weight)).toEqual(members.map((host) => host.instance.weight));
  const pickable = members.filter((host) => host.pickable);
  expect(pickable.map(idOf)).toEqual(model.balancer.eligible);
  expect(real.balancer.eligible).toEqual(pickable);
  expect(real.pickable).toEqual(new Set(pickable));
  expect(real.view).toEqual(new Set(members));
  expect(real.balancer.panic).toBe(model.balancer.panic);
  expect(real.panic).toBe(model.balancer.panic);
  const living = new Set([...members, ...real.attempts]);
  expect(new Set([...living].map((host) => host.slot)).size).toBe(living.size);
  expect(real.attempts.map((host) => host.inFlight)).toEqual(model.attempts.map((host) => host.inFlight));
}

/** The pick was made from one of these sets, by a strategy that knows the set as it is now. */
function isFromOneOf(sets: readonly NaiveSet[], host: Host | null, { asked }: Real, { world }: Model): void {
  const describe = ({ members, eligible }: Record<'members' | 'eligible', readonly (Host | NaiveHost)[]>): string =>
    `${members.map(idOf)} / ${eligible.map(idOf)}`;
  if (host === null) {
    // Nobody at all, or a set was chosen that has nobody.
    expect(sets.length === 0 || sets.some(({ eligible }) => eligible.length === 0)).toBe(true);
    return;
  }
  if (asked === null) throw new Error(`nobody was asked, and ${idOf(host)} picked`);
  expect(sets.map(describe)).toContain(describe(asked));
  expect(asked.eligible).toContain(host);
  const folded = world.strategy === 'rendezvous' && world.settings.locality?.kind === 'weighted';
  if (!folded) expect(asked.eligible.map(asked.weightOf)).toEqual(asked.eligible.map((each) => each.instance.weight));
}

/** A command that can always run, named for the report of a failure. */
class Command implements fc.Command<Model, Real> {
  private readonly name: string;
  private readonly act: (model: Model, real: Real) => void;

  constructor(name: string, act: (model: Model, real: Real) => void) {
    this.name = name;
    this.act = act;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    this.act(model, real);
    agree(model, real);
  }

  toString(): string {
    return this.name;
  }
}

function updateBoth(model: Model, real: Real, change: (instances: readonly Instance[]) => readonly Instance[]): void {
  const instances = change(model.balancer.members.map((member) => member.instance));
  model.balancer.update(instances);
  real.balancer.update(instances);
}

/** What may be said of an instance besides its id. */
const description = fc.record({
  weight: fc.constantFrom(0, 1, 1, 2, 3),
  priority: fc.constantFrom(0, 0, 1, 2),
  backup: fc.constantFrom(false, false, false, true),
  zone: fc.constantFrom(...zones),
  metadata: fc.constantFrom({ stage: 'prod' }, { stage: 'canary' }, {}),
});
const place = fc.nat(11);

const join = fc.tuple(place, place, description).map(([number, at, { zone, ...others }]) => {
  const id = `h${number}`;
  const joining = { id, address: `${id}:80`, zone, ...others };
  return new Command(`Join(${id}, ${JSON.stringify({ zone, ...others })})`, (model, real) =>
    updateBoth(model, real, (instances) => {
      // Another order alone is no news to a priority, which the model does not know: changes.test.ts does.
      if (instances.some((other) => isDeepStrictEqual(other, joining))) return instances;
      const others = instances.filter((other) => other.id !== id);
      return others.toSpliced(at % (others.length + 1), 0, joining);
    }),
  );
});
const leave = place.map(
  (at) =>
    new Command(`Leave(${at})`, (model, real) =>
      updateBoth(model, real, (instances) => instances.filter((_, i) => i !== at % instances.length)),
    ),
);
const describeAnew = fc
  .tuple(
    place,
    description,
    fc.constantFrom('weight' as const, 'priority' as const, 'backup' as const, 'metadata' as const),
  )
  .map(
    ([at, described, what]) =>
      new Command(`Set(${at}, ${what} ${JSON.stringify(described[what])})`, (model, real) =>
        updateBoth(model, real, (instances) =>
          instances.map((other, i) => (i === at % instances.length ? { ...other, [what]: described[what] } : other)),
        ),
      ),
  );
const believe = fc
  .tuple(place, fc.constantFrom('healthy', 'healthy', 'healthy', 'degraded', 'excluded'), fc.boolean())
  .map(
    ([at, what, is]) =>
      new Command(`Believe(${at}, ${what} ${is})`, (model, real) => {
        const { members } = model.balancer;
        if (members.length === 0) return;
        const host = real.balancer.members[at % members.length];
        Object.assign(members[at % members.length], { [what]: is });
        real.balancer.setHealth(host, { [what]: is });
      }),
  );
const acquire = fc
  .record({
    key: fc.constantFrom(NO_KEY, 1, 2, 3),
    attempt: fc.constantFrom(0, 0, 1),
    retry: fc.boolean(),
    worker: fc.nat(WORKERS - 1),
    attempted: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, fc.array(fc.boolean(), { maxLength: 3 })),
  })
  .map(
    ({ key, attempt, retry, worker, attempted }) =>
      new Command(
        `Acquire(key ${key}, #${attempt}${retry ? ' of a retry' : ''}, worker ${worker}, not ${attempted})`,
        (model, real) => {
          real.asked = null;
          // Of a request that does not say with which list it began: nginx_lists.test.ts has those that do.
          real.balancer.request.list = -1;
          const host = real.balancer.pick(
            key,
            attempt,
            worker,
            attempted === null ? null : prioritySet(attempted),
            retry,
          );
          const twin = model.balancer.members.find((member) => idOf(member) === host?.instance.id) ?? null;
          if (twin === null) expect(host).toBeNull();
          const { sessions, balancer } = model;
          const { strict = false, retries } = model.world.settings.sessionAffinity ?? {};
          const asks = key !== NO_KEY && attempt === 0 && !(retry && retries === 'policy');
          const session = asks ? (sessions?.find(key, model.nowMs) ?? null) : null;
          // A host that has come back under its name is as good as the one that left.
          const back = balancer.members.find((member) => session !== null && idOf(member) === idOf(session));
          if (back !== undefined && mayStay(back, model)) expect(twin).toBe(back);
          else if (session !== null && strict) expect(host).toBeNull();
          else {
            isFromOneOf(balancer.sets(attempted), host, real, model);
          }
          if (attempted !== null) {
            const nobodyElse = balancer.allAttempted(attempted);
            expect(real.balancer.canAvoid(prioritySet(attempted))).toBe(!nobodyElse);
          }
          if (host === null || twin === null) return;
          if (balancer.isBalanced(twin)) expect(host.priority).toBe(balancer.priorityOf(twin));
          real.balancer.acquire(host);
          real.attempts.push(host);
          real.keys.push(key);
          twin.inFlight++;
          model.attempts.push(twin);
        },
      ),
  );
/** Whether a session may go on with its host. */
function mayStay(host: NaiveHost, { world, balancer }: Model): boolean {
  const failback = world.settings.sessionAffinity?.failback === true;
  return failback ? balancer.eligible.includes(idOf(host)) : host.healthy;
}

const release = fc.tuple(place, fc.constantFrom(Outcome.ok, Outcome.ok, Outcome.reset)).map(
  ([at, outcome]) =>
    new Command(`Release(${at}, ${outcomeNames[outcome]})`, (model, real) => {
      if (model.attempts.length === 0) return;
      const [host] = real.attempts.splice(at % real.attempts.length, 1);
      const [key] = real.keys.splice(at % real.keys.length, 1);
      const [twin] = model.attempts.splice(at % model.attempts.length, 1);
      real.balancer.release(host, 1, outcome);
      twin.inFlight--;
      if (outcome !== Outcome.ok) return;
      real.balancer.answered(key, host);
      if (key !== NO_KEY) model.sessions?.remember(key, twin, model.nowMs);
    }),
);
const wait = fc.constantFrom(1, 500, 1000).map(
  (ms) =>
    new Command(`Wait(${ms})`, (model, real) => {
      model.nowMs += ms;
      real.clock.advance(ms);
    }),
);

test('the balancer is the naive model, whatever happens', () => {
  const commands = fc.commands(
    [join, join, leave, describeAnew, believe, believe, believe, acquire, acquire, acquire, release, wait],
    { maxCommands: 60 },
  );
  fc.assert(
    fc.property(commands, worlds, (script, world) => {
      fc.modelRun(() => ({ model: new Model(world), real: new Real(world) }), script);
    }),
    { numRuns: 400 },
  );
});
