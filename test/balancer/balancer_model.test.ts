import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Balancer, BalancerObserver } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Strategy } from '../../src/balancer/strategy.ts';
import type { Instance } from '../../src/core/instance.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { balancerOf, instance } from '../helpers/balancing.ts';
import { NaiveBalancer, type NaiveHost } from '../helpers/naive_balancer.ts';

interface Model {
  readonly balancer: NaiveBalancer;
  /** Attempts in flight, oldest first; those to hosts that have left too. */
  readonly attempts: NaiveHost[];
}

/** The balancer, and what its observer and its strategy came to know of it. */
class Real implements BalancerObserver {
  readonly balancer: Balancer;
  readonly attempts: Host[] = [];
  readonly view = new Set<Host>();
  readonly pickable = new Set<Host>();
  panic = false;
  strategyKnows: readonly string[] = [];

  constructor(panicPercent: number, initiallyHealthy: boolean) {
    const random = randomStream('balancer-model');
    const roundRobin = strategyNamed('round-robin').withOptions({});
    this.balancer = balancerOf({ ...roundRobin, create: (given) => this.listening(roundRobin.create(given)) }, [], {
      random,
      panicThreshold: panicPercent / 100,
      initiallyHealthy,
      observer: this,
    });
  }

  onAdded(host: Host): void {
    expect(this.view.has(host)).toBe(false);
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
    if (pickable) this.pickable.add(host);
    else this.pickable.delete(host);
  }

  private listening(strategy: Strategy): Strategy {
    return {
      rebuild: (members, eligible, weightOf) => {
        this.strategyKnows = eligible.map((host) => `${host.instance.id} ${host.weight}`);
        strategy.rebuild(members, eligible, weightOf);
      },
      pick: (key, attempt, draw) => strategy.pick(key, attempt, draw),
      selector: (key) => strategy.selector?.(key) ?? 0,
      onStart: (host) => strategy.onStart(host),
      onEnd: (host, latencyMs, outcome, report) => strategy.onEnd(host, latencyMs, outcome, report),
    };
  }
}

function agree(model: Model, real: Real): void {
  const { members } = real.balancer;
  const seen = members.map(({ instance: { id }, weight, healthy, inFlight }) => ({ id, weight, healthy, inFlight }));
  expect(seen).toEqual(model.balancer.members.map((host) => ({ ...host })));
  const pickable = members.filter((host) => host.pickable);
  expect(pickable.map((host) => host.instance.id)).toEqual(model.balancer.eligible);
  expect(real.pickable).toEqual(new Set(pickable));
  expect(real.view).toEqual(new Set(members));
  expect(real.balancer.panic).toBe(model.balancer.panic);
  expect(real.panic).toBe(model.balancer.panic);
  const living = new Set([...members, ...real.attempts]);
  expect(new Set([...living].map((host) => host.slot)).size).toBe(living.size);
  expect(real.attempts.map((host) => host.inFlight)).toEqual(model.attempts.map((host) => host.inFlight));
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

function updateBoth(model: Model, real: Real, change: (instances: Instance[]) => Instance[]): void {
  const instances = change(model.balancer.members.map(({ id, weight }) => instance(id, weight)));
  model.balancer.update(instances);
  real.balancer.update(instances);
}

const place = fc.nat(11);
const weight = fc.nat(3);

const add = fc.tuple(place, place, weight).map(([id, at, w]) => {
  const joining = instance(`h${id}`, w);
  return new Command(`Add(h${id}, ${w})`, (model, real) =>
    updateBoth(model, real, (instances) => {
      const others = instances.filter((other) => other.id !== joining.id);
      return others.toSpliced(at % (others.length + 1), 0, joining);
    }),
  );
});
const remove = place.map(
  (at) =>
    new Command(`Remove(${at})`, (model, real) =>
      updateBoth(model, real, (instances) => instances.filter((_, i) => i !== at % instances.length)),
    ),
);
const setWeight = fc
  .tuple(place, weight)
  .map(
    ([at, w]) =>
      new Command(`SetWeight(${at}, ${w})`, (model, real) =>
        updateBoth(model, real, (instances) =>
          instances.map((other, i) => (i === at % instances.length ? { ...other, weight: w } : other)),
        ),
      ),
  );
const setHealth = fc.tuple(place, fc.boolean()).map(
  ([at, healthy]) =>
    new Command(`SetHealth(${at}, ${healthy})`, (model, real) => {
      const { members } = model.balancer;
      if (members.length === 0) return;
      members[at % members.length].healthy = healthy;
      real.balancer.setHealthy(real.balancer.members[at % members.length], healthy);
    }),
);
const acquire = fc.constant(
  new Command('Acquire', (model, real) => {
    const host = real.balancer.pick(NO_KEY, 0);
    const { eligible, members } = model.balancer;
    if (host === null) return expect(eligible).toEqual([]);
    expect(real.strategyKnows).toEqual(
      members.filter(({ id }) => eligible.includes(id)).map((member) => `${member.id} ${member.weight}`),
    );
    const twin = members.find(({ id }) => id === host.instance.id);
    if (!twin) return expect.fail(`picked ${host.instance.id}, which is not in the view`);
    expect(eligible).toContain(twin.id);
    real.balancer.acquire(host);
    real.attempts.push(host);
    twin.inFlight++;
    model.attempts.push(twin);
  }),
);
const release = place.map(
  (at) =>
    new Command(`Release(${at})`, (model, real) => {
      if (model.attempts.length === 0) return;
      const [host] = real.attempts.splice(at % real.attempts.length, 1);
      const [twin] = model.attempts.splice(at % model.attempts.length, 1);
      real.balancer.release(host, 1, Outcome.ok);
      twin.inFlight--;
    }),
);

test('the balancer is the naive model, whatever happens', () => {
  const commands = fc.commands([add, add, remove, setWeight, setHealth, setHealth, acquire, acquire, release], {
    maxCommands: 60,
  });
  fc.assert(
    fc.property(commands, fc.constantFrom(0, 30, 50, 80, 100), fc.boolean(), (script, panicPercent, healthy) => {
      fc.modelRun(
        () => ({
          model: { balancer: new NaiveBalancer(panicPercent, healthy), attempts: [] },
          real: new Real(panicPercent, healthy),
        }),
        script,
      );
    }),
    { numRuns: 300 },
  );
});
