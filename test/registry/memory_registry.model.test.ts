import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import type { Instance } from '../../src/core/instance.ts';
import type { Discovery, Lease, Registrar, Snapshot, Subscription } from '../../src/registry/discovery.ts';
import { createMemoryRegistry } from '../../src/registry/memory_registry.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

/** The rules told in the plainest way: a list of who ever came, each with the lease it is in by and when that ends. */
class Model {
  nowMs = 0;
  version = 0;
  changedAtMs = 0;
  evidenceAtMs = 0;
  nextLease = 0;
  /** Of those that end at the same time, the first to have been renewed ends first. */
  renewals = 0;
  readonly places: {
    instance: Instance;
    lease: number | null;
    ttlMs: number;
    endsAtMs: number;
    renewal: number;
    passing: boolean;
  }[] = [];

  register(instance: Instance, ttlMs: number | null, passing: boolean): void {
    let place = this.places.find((other) => other.instance.id === instance.id);
    const before = JSON.stringify(this.present());
    if (place === undefined) {
      place = { instance, lease: null, ttlMs: 0, endsAtMs: 0, renewal: 0, passing };
      this.places.push(place);
    }
    const ttl = ttlMs ?? Infinity;
    Object.assign(place, { instance, lease: this.nextLease++, ttlMs: ttl, passing });
    this.restart(place);
    this.bumpUnless(before);
  }
  renew(lease: number): boolean {
    const place = this.places.find((other) => other.lease === lease);
    if (place !== undefined) this.restart(place);
    return place !== undefined;
  }
  private restart(place: Model['places'][number]): void {
    place.endsAtMs = this.nowMs + place.ttlMs;
    place.renewal = this.renewals++;
  }
  revoke(lease: number): void {
    const place = this.places.find((other) => other.lease === lease);
    if (place === undefined) return;
    const before = JSON.stringify(this.present());
    place.lease = null;
    this.bumpUnless(before);
  }
  setPassing(lease: number, passing: boolean, evidenceAtMs: number): void {
    const place = this.places.find((other) => other.lease === lease);
    if (place === undefined) return;
    const before = JSON.stringify(this.present());
    place.passing = passing;
    if (this.bumpUnless(before)) this.evidenceAtMs = evidenceAtMs;
  }
  advance(ms: number): void {
    const end = this.nowMs + ms;
    const due = () => this.places.filter(({ lease, endsAtMs }) => lease !== null && endsAtMs <= end);
    while (due().length > 0) {
      const [first] = due().sort((a, b) => a.endsAtMs - b.endsAtMs || a.renewal - b.renewal);
      this.nowMs = first?.endsAtMs ?? end;
      const { version } = this;
      this.revoke(first?.lease ?? -1);
      // What it rests on is that nothing was heard since the last renewal.
      if (this.version > version) this.evidenceAtMs = this.nowMs - (first?.ttlMs ?? 0);
    }
    this.nowMs = end;
  }
  present(): Instance[] {
    return this.places.filter(({ lease, passing }) => lease !== null && passing).map(({ instance }) => instance);
  }
  /** A version for whatever callers can see. */
  private bumpUnless(before: string): boolean {
    if (JSON.stringify(this.present()) === before) return false;
    this.version++;
    this.changedAtMs = this.nowMs;
    this.evidenceAtMs = this.nowMs;
    return true;
  }
}

interface Real {
  readonly clock: ManualClock;
  readonly registry: Discovery & Registrar;
  readonly leases: Lease[];
  readonly watchers: { seen: Snapshot[]; subscription: Subscription; open: boolean }[];
}

type Step = fc.Command<Model, Real>;

function command(name: string, run: (model: Model, real: Real) => void): Step {
  return {
    check: () => true,
    run(model, real) {
      run(model, real);
      agree(model, real);
    },
    toString: () => name,
  };
}

/** Every open watcher has seen rising versions, the last of them the model's state; closed ones have seen no more. */
function agree(model: Model, { clock, watchers }: Real): void {
  expect(clock.now()).toBe(model.nowMs);
  const wanted = {
    version: model.version,
    atMs: model.changedAtMs,
    evidenceAtMs: model.evidenceAtMs,
    instances: model.present(),
  };
  for (const { seen, open } of watchers) {
    for (let i = 1; i < seen.length; i++) expect(seen[i]?.version).toBeGreaterThan(seen[i - 1]?.version ?? -1);
    if (open) expect(seen.at(-1)).toEqual(wanted);
  }
}

const id = fc.constantFrom('a', 'b', 'c', 'd');
const ttl = fc.constantFrom(null, 5, 10, 17);
const which = fc.nat({ max: 30 });

const commands = [
  fc.tuple(id, fc.constantFrom(1, 1, 2), ttl, fc.constantFrom(true, true, false)).map(([id, weight, ttlMs, passing]) =>
    command(`register(${id}, weight ${weight}, ttl ${ttlMs}, passing ${passing})`, (model, real) => {
      const instance = { id, address: `${id}:80`, zone: null, weight };
      model.register(instance, ttlMs, passing);
      real.leases.push(real.registry.register('web', instance, ttlMs, passing));
    }),
  ),
  which.map((k) =>
    command(`renew(${k})`, (model, { leases }) => {
      const lease = leases[k % (leases.length || 1)];
      if (lease !== undefined) expect(lease.renew()).toBe(model.renew(leases.indexOf(lease)));
    }),
  ),
  which.map((k) =>
    command(`revoke(${k})`, (model, { leases }) => {
      const lease = leases[k % (leases.length || 1)];
      if (lease === undefined) return;
      lease.revoke();
      model.revoke(leases.indexOf(lease));
    }),
  ),
  fc.tuple(which, fc.boolean(), fc.integer({ min: 0, max: 9 })).map(([k, passing, ageMs]) =>
    command(`setPassing(${k}, ${passing}, ${ageMs} ms ago)`, (model, { leases, clock }) => {
      const lease = leases[k % (leases.length || 1)];
      if (lease === undefined) return;
      lease.setPassing(passing, clock.now() - ageMs);
      model.setPassing(leases.indexOf(lease), passing, model.nowMs - ageMs);
    }),
  ),
  fc.integer({ min: 0, max: 12 }).map((ms) =>
    command(`advance(${ms})`, (model, real) => {
      real.clock.advance(ms);
      model.advance(ms);
    }),
  ),
  fc.constant(0).map(() =>
    command('watch', (_, { registry, watchers }) => {
      const seen: Snapshot[] = [];
      const subscription = registry.watch('web', (snapshot) => void seen.push(snapshot));
      watchers.push({ seen, subscription, open: true });
    }),
  ),
  which.map((k) =>
    command(`close(${k})`, (_, { watchers }) => {
      const watcher = watchers[k % (watchers.length || 1)];
      if (watcher === undefined) return;
      watcher.subscription.close();
      watcher.open = false;
    }),
  ),
];

test.prop([fc.commands(commands, { maxCommands: 60 })], { numRuns: 500 })(
  'a registry does what a plain list of leases does',
  (steps) => {
    fc.modelRun(() => {
      const clock = new ManualClock();
      const real: Real = { clock, registry: createMemoryRegistry(clock), leases: [], watchers: [] };
      return { model: new Model(), real };
    }, steps);
  },
);

test.prop([fc.array(fc.record({ by: fc.nat({ max: 2 }), id, weight: fc.nat({ max: 3 }) }), { maxLength: 12 })])(
  'whatever listeners register or close while being told, versions rise and nobody misses the end',
  (plan) => {
    const clock = new ManualClock();
    const registry = createMemoryRegistry(clock);
    const seen: Snapshot[][] = [[], [], []];
    const waiting = [...plan];
    seen.forEach((list, me) => {
      registry.watch('web', (snapshot) => {
        list.push(snapshot);
        if (waiting[0]?.by !== me) return;
        const { id, weight } = waiting.shift() as (typeof plan)[number];
        registry.register('web', { id, address: 'x:1', zone: null, weight }, null);
      });
    });
    registry.register('web', { id: 'z', address: 'z:1', zone: null, weight: 1 }, null);

    const final: Snapshot[] = [];
    registry.watch('web', (snapshot) => void final.push(snapshot)).close();
    for (const list of seen) {
      expect(list.at(-1)).toBe(final[0]);
      for (let i = 1; i < list.length; i++) expect(list[i]?.version).toBeGreaterThan(list[i - 1]?.version ?? -1);
    }
  },
);
