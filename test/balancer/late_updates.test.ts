import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { BalancerSettings } from '../../src/balancer/balancer_settings.ts';
import { type Host, type HostHealth, standing } from '../../src/balancer/host.ts';
import { type LoadBalancerSettings, PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Strategy, StrategyPorts, WeightOf } from '../../src/balancer/strategy.ts';
import { Connectivity } from '../../src/core/connectivity.ts';
import type { Instance } from '../../src/core/instance.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { MergeWindow } from '../../src/mesh/merge_window.ts';
import { balancerWith, hostNamed, silentObserver } from '../helpers/balancing.ts';
import { listening } from '../helpers/listening.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { answeredPick, SESSIONS } from '../helpers/sessions.ts';

const WINDOW_MS = 1000;

/** A balancer behind Envoy's merge of updates, and what it says of who is pickable. */
function rigOf(settings: Partial<LoadBalancerSettings & BalancerSettings>, windowMs = WINDOW_MS) {
  const clock = new ManualClock();
  const log: string[] = [];
  const window = new MergeWindow(clock, windowMs, (priority) => balancer.letThrough(priority));
  const balancer: Balancer = balancerWith({
    ...{ clock, gate: windowMs === 0 ? null : window },
    observer: {
      ...silentObserver,
      onPickable: ({ instance }, pickable) => log.push(`${clock.now()} ${instance.id} ${pickable}`),
    },
    ...settings,
  });
  const update = (instances: readonly Instance[]): void => {
    balancer.update(instances);
    window.listed(0);
  };
  const taken = (): string[] => log.splice(0).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return { clock, balancer, update, taken };
}

/** `a0`: of priority 0. */
const instance = (id: string, other: Partial<Instance> = {}): Instance => ({
  ...{ id, address: `${id}:80`, zone: null, weight: 1, priority: Number(id[1]) },
  ...other,
});
const all = (...ids: string[]): Instance[] => ids.map((id) => instance(id));

describe('where updates are merged', () => {
  it('the first change is picked by at once, the next a window later, with all that came in between', () => {
    const { clock, balancer, update, taken } = rigOf({});
    update(all('a0', 'b0', 'c0', 'd0'));
    taken();
    clock.advance(50);
    balancer.setHealthy(hostNamed(balancer, 'a0'), false);
    clock.advance(100);
    balancer.setHealthy(hostNamed(balancer, 'b0'), false);
    clock.advance(400);
    balancer.setHealthy(hostNamed(balancer, 'c0'), false, 'ejection');
    balancer.setHealthy(hostNamed(balancer, 'a0'), true);
    expect(hostNamed(balancer, 'b0')).toMatchObject({ healthy: true, latest: { healthy: false } });
    clock.advance(5000);
    expect(taken()).toEqual(['50 a0 false', '1150 a0 true', '1150 b0 false', '1150 c0 false']);
  });

  it('somebody who joins or leaves takes along what waits of that priority, and of no other', () => {
    const { clock, balancer, update, taken } = rigOf({ failover: 'all-or-nothing' });
    update(all('a0', 'b0', 'c1', 'd1'));
    // A first change, whoever it is of, is one of both priorities.
    balancer.setHealthy(hostNamed(balancer, 'b0'), false);
    clock.advance(10);
    balancer.setHealthy(hostNamed(balancer, 'c1'), false);
    balancer.setHealthy(hostNamed(balancer, 'a0'), false);
    taken();
    clock.advance(10);
    update(all('a0', 'c1', 'd1'));
    expect(taken()).toEqual(['20 a0 false', '20 c1 true', '20 d1 true']);
    clock.advance(5000);
    expect(taken()).toEqual(['1010 c1 false']);
  });

  it('a blip shorter than the window is never picked by', () => {
    const { clock, balancer, update, taken } = rigOf({});
    update(all('a0', 'b0'));
    balancer.setHealthy(hostNamed(balancer, 'a0'), false);
    clock.advance(1);
    balancer.setHealthy(hostNamed(balancer, 'b0'), false);
    clock.advance(500);
    balancer.setHealthy(hostNamed(balancer, 'b0'), true);
    taken();
    clock.advance(5000);
    expect(taken()).toEqual([]);
  });

  it('panic begins and ends as late', () => {
    const panics: string[] = [];
    const { clock, balancer, update } = rigOf({
      panicThreshold: 0.5,
      observer: { ...silentObserver, onPanic: (panic) => panics.push(`${clock.now()} ${panic}`) },
    });
    update(all('a0', 'b0'));
    balancer.setHealthy(hostNamed(balancer, 'a0'), false);
    clock.advance(200);
    balancer.setHealthy(hostNamed(balancer, 'b0'), false);
    clock.advance(1500);
    balancer.setHealthy(hostNamed(balancer, 'b0'), true);
    clock.advance(2000);
    expect(panics).toEqual(['1200 true', '2700 false']);
  });

  // HostUtility::selectOverrideHost reads the flags of the host itself.
  it('a session leaves its host at once', () => {
    const { clock, balancer, update } = rigOf({ sessionAffinity: SESSIONS });
    update(all('a0', 'b0', 'c0'));
    balancer.setHealthy(hostNamed(balancer, 'c0'), false);
    clock.advance(1);
    const host = answeredPick(balancer, 7) as Host;
    balancer.pick(7, 0);
    expect(balancer.isOfSession(7, 0)).toBe(true);
    balancer.setHealthy(host, false);
    expect(host.pickable).toBe(true);
    balancer.pick(7, 0);
    expect(balancer.isOfSession(7, 0)).toBe(false);
  });

  // EdfLoadBalancerBase::applySlowStartFactor reads the host's last pass and its flags.
  it('slow start begins with the check, and stops counting with one', () => {
    let weigh: WeightOf = () => Number.NaN;
    const edf = strategyNamed('weighted-round-robin').withOptions({ algorithm: 'edf' });
    const create = (ports: StrategyPorts): Strategy => {
      const strategy = edf.create(ports);
      return listening(strategy, (members, eligible, weightOf, easingIn) => {
        weigh = weightOf;
        strategy.rebuild(members, eligible, weightOf, easingIn);
      });
    };
    const slowStart = { kind: 'envoy' as const, windowMs: 4000, aggression: 1, minWeightShare: 0 };
    const { clock, balancer, update } = rigOf({ strategy: { ...edf, create }, slowStart });
    update(all('a0', 'b0'));
    clock.advance(10_000);
    const host = hostNamed(balancer, 'a0');
    balancer.setHealthy(host, false);
    clock.advance(10);
    balancer.setHealthy(host, true);
    clock.advance(2000);
    balancer.pick(NO_KEY, 0);
    expect(weigh(host)).toBe(0.5);
    balancer.setHealthy(host, false);
    balancer.setHealthy(hostNamed(balancer, 'b0'), false);
    expect(weigh(host)).toBe(1);
  });

  it('metadata waits, a weight that is one or none does not', () => {
    const subset = {
      ...{ selectors: [{ keys: ['stage'] }], fallback: 'none' as const, match: { stage: 'prod' } },
      ...{ defaultSubset: {}, localityWeightAware: false, scaleLocalityWeight: false },
    };
    const { clock, update, taken } = rigOf({ subset });
    const prod = { metadata: { stage: 'prod' } };
    update([instance('a0', prod), instance('b0', prod), instance('c0', prod)]);
    update([instance('a0', prod), instance('b0'), instance('c0', prod)]);
    clock.advance(10);
    taken();
    update([instance('a0'), instance('b0', prod), instance('c0', prod)]);
    expect(taken()).toEqual([]);
    clock.advance(2000);
    expect(taken()).toEqual(['1010 a0 false', '1010 b0 true']);
    update([instance('a0'), instance('b0', prod), instance('c0', { ...prod, weight: 0 })]);
    expect(taken()).toEqual(['2010 c0 false']);
  });

  // SubsetLoadBalancer::refreshSubsets looks at the hosts of the priority that was updated.
  it('metadata of one priority waits on when another is made anew', () => {
    const subset = {
      ...{ selectors: [{ keys: ['stage'] }], fallback: 'none' as const, match: { stage: 'prod' } },
      ...{ defaultSubset: {}, localityWeightAware: false, scaleLocalityWeight: false },
    };
    const { clock, update, taken } = rigOf({ subset });
    const prod = { metadata: { stage: 'prod' } };
    const [a, b, c] = [instance('a0', prod), instance('b0', prod), instance('c1', prod)];
    update([a, b, c]);
    update([a, instance('b0'), c]);
    clock.advance(10);
    taken();
    update([a, b, c]);
    clock.advance(10);
    update([a, b, c, instance('d1', prod)]);
    expect(taken()).toEqual([]);
    clock.advance(2000);
    expect(taken()).toEqual(['1010 b0 true']);
  });

  // LoadBalancerBase::recalculatePerPriorityState works out the priority that was updated alone.
  it('the weights of a priority that waits move no load', () => {
    const { clock, balancer, update, taken } = rigOf({ weightedPriorityHealth: true });
    update(all('a0', 'b0', 'c1'));
    balancer.setHealthy(hostNamed(balancer, 'b0'), false);
    expect(taken()).toContain('0 c1 true');
    clock.advance(10);
    const heavier = instance('a0', { weight: 9 });
    update([heavier, ...all('b0', 'c1')]);
    clock.advance(10);
    update([heavier, ...all('b0', 'c1', 'd1')]);
    expect(taken()).toEqual(['20 d1 true']);
    clock.advance(5000);
    expect(taken()).toEqual(['1010 c1 false', '1010 d1 false']);
  });

  // ThreadAwareLoadBalancerBase::refresh, and ClusterEntry::updateHosts.
  it('policies that hash take over all priorities with any', () => {
    const rig = (name: string) => {
      const { clock, balancer, update, taken } = rigOf({ strategy: strategyNamed(name).withOptions({}) });
      update(all('a0', 'b0', 'c1'));
      balancer.setHealthy(hostNamed(balancer, 'a0'), false);
      clock.advance(10);
      balancer.setHealthy(hostNamed(balancer, 'b0'), false);
      taken();
      update(all('a0', 'b0', 'c1', 'd1'));
      return taken();
    };
    expect(rig('random')).toEqual(['10 d1 true']);
    expect(rig('maglev')).toEqual(['10 b0 false', '10 d1 true']);
  });

  const ids = ['a0', 'b0', 'c0', 'd0', 'e1', 'f1', 'g2'];
  const act = fc.record({
    gapMs: fc.constantFrom(0, 1, 300, 999, 1000, 1001, 1500),
    id: fc.constantFrom(...ids),
    what: fc.oneof(
      { weight: 5, arbitrary: fc.record({ healthy: fc.boolean() }) },
      fc.record({ degraded: fc.boolean() }),
      fc.record({ excluded: fc.boolean() }),
      fc.constantFrom('leaves' as const, 'joins' as const, 'weighs more' as const),
    ),
  });
  const settings = fc.record({
    panicThreshold: fc.constantFrom(0, 0.5, 1),
    overprovisioningPercent: fc.constantFrom(100, 140),
    failover: fc.constantFrom('spill' as const, 'all-or-nothing' as const),
    weightedPriorityHealth: fc.boolean(),
  });

  // The oracle keeps two lists of everybody, with weights, and asks a balancer of the second that merges nothing who may be picked.
  test.prop([settings, fc.array(act, { maxLength: 40 })])(
    'picks are by what Envoy would have told of',
    (chosen, acts) => {
      const { clock, balancer, update } = rigOf(chosen);
      const main = new Map<string, HostHealth>();
      let told = new Map<string, HostHealth>();
      const weights = new Map<string, number>();
      const lastMs = new Map<number, number>();
      const waits = new Map<number, number>();
      const priorityOf = (id: string): number => Number(id[1]);
      let members: readonly Instance[] = all(...ids);
      const deliver = (priority: number): void => {
        told = new Map([...told].filter(([id]) => priorityOf(id) !== priority));
        for (const [id, health] of main) if (priorityOf(id) === priority) told.set(id, { ...health });
        for (const { id, weight } of members) if (priorityOf(id) === priority) weights.set(id, weight);
        lastMs.set(priority, clock.now());
        waits.delete(priority);
      };
      const changed = (priority: number, mergeable: boolean): void => {
        const since = clock.now() - (lastMs.get(priority) ?? -Infinity);
        if (!mergeable || since > WINDOW_MS) deliver(priority);
        else if (!waits.has(priority)) waits.set(priority, clock.now() + WINDOW_MS);
      };
      update(members);
      for (const id of ids)
        main.set(id, { healthy: true, degraded: false, excluded: false, connection: Connectivity.ready });
      for (const priority of [0, 1, 2]) deliver(priority);
      lastMs.clear();
      for (const { gapMs, id, what } of acts) {
        const untilMs = clock.now() + gapMs;
        while ([...waits.values()].some((dueMs) => dueMs <= untilMs)) {
          const [priority, dueMs] = [...waits].reduce((first, each) => (each[1] < first[1] ? each : first));
          clock.advanceTo(dueMs);
          deliver(priority);
        }
        clock.advanceTo(untilMs);
        const health = main.get(id);
        if (what === 'leaves' || what === 'joins') {
          if ((health === undefined) === (what === 'leaves')) continue;
          members = what === 'leaves' ? members.filter((each) => each.id !== id) : [...members, instance(id)];
          if (what === 'leaves') main.delete(id);
          else main.set(id, { healthy: true, degraded: false, excluded: false, connection: Connectivity.ready });
          changed(priorityOf(id), false);
          update(members);
        } else if (what === 'weighs more') {
          if (health === undefined) continue;
          members = members.map((each) => (each.id === id ? { ...each, weight: each.weight * 9 } : each));
          changed(priorityOf(id), true);
          update(members);
        } else {
          if (health === undefined) continue;
          const before = standing(health);
          Object.assign(health, what);
          if (standing(health) !== before) for (const priority of [0, 1, 2]) changed(priority, true);
          balancer.setHealth(hostNamed(balancer, id), what);
        }
        const plain = balancerWith(chosen);
        plain.update(members.map((each) => ({ ...each, weight: weights.get(each.id) ?? each.weight })));
        for (const host of plain.members) plain.setHealth(host, told.get(host.instance.id) as HostHealth);
        const eligible = (of: Balancer): string[] => of.eligible.map((host) => host.instance.id);
        expect(eligible(balancer)).toEqual(eligible(plain));
        expect(balancer.panic).toBe(plain.panic);
        for (const host of balancer.members) expect(host.latest).toEqual(main.get(host.instance.id));
      }
    },
  );

  const policies: readonly (readonly [string, WrittenOptions])[] = [
    ['round-robin', {}],
    ['weighted-round-robin', { algorithm: 'edf' }],
    ['least-request', {}],
    ['maglev', {}],
  ];
  const slow = fc.record({
    id: fc.constantFrom(...ids),
    healthy: fc.boolean(),
    weight: fc.constantFrom(null, 1, 2),
    picks: fc.nat(5),
  });
  test.prop([fc.constantFrom(...policies), fc.boolean(), fc.array(slow, { maxLength: 15 })])(
    'changes further apart than the window are as if nothing were merged, draw for draw',
    ([name, options], zones, changes) => {
      const play = (windowMs: number): string[] => {
        const locality = zones ? { kind: 'weighted' as const, weights: {} } : null;
        const strategy = strategyNamed(name).withOptions(options);
        const { clock, balancer, update } = rigOf({ ...PLAIN_LOAD_BALANCER, strategy, locality }, windowMs);
        let members = ids.map((id, i) => instance(id, { zone: `z${i % 2}` }));
        update(members);
        return changes.flatMap(({ id, healthy, weight, picks }) => {
          clock.advance(1001);
          if (weight === null) balancer.setHealth(hostNamed(balancer, id), { healthy }, 'activeCheck', true);
          else {
            members = members.map((each) => (each.id === id ? { ...each, weight } : each));
            update(members);
          }
          return Array.from({ length: picks }, (_, key) => {
            const host = balancer.pick(key, 0);
            if (host === null) return 'nobody';
            balancer.acquire(host);
            balancer.release(host, 1, Outcome.ok);
            return host.instance.id;
          });
        });
      };
      expect(play(WINDOW_MS)).toEqual(play(0));
    },
  );
});

// EdsClusterImpl::updateHostsPerLocality: the first change of a priority without hosts, which the window counts from.
it.each([
  ['is a change of its own', {}, ['0 false', '1 true', '2 false']],
  ['is none where it already is as it is to be', { weightedPriorityHealth: true }, ['0 false', '2 false']],
] as const)('a priority without hosts that a list makes %s', (_, settings, changes) => {
  const told: string[] = [];
  const gate = {
    passes(priority: number, mergeable: boolean): boolean {
      told.push(`${priority} ${mergeable}`);
      return true;
    },
  };
  const balancer = balancerWith({ ...settings, gate });
  const listed = (priority: number): Instance => ({ id: 'a', address: 'a:80', zone: null, weight: 1, priority });
  balancer.update([listed(0)]);
  told.length = 0;
  balancer.update([listed(2)]);
  expect(told.sort()).toEqual(changes);
});
