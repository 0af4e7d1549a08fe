import fc from 'fast-check';
import { expect } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Instance } from '../../src/core/instance.ts';
import { numberedKeys } from '../../src/core/key.ts';
import { instance, instancesOf } from '../helpers/balancing.ts';
import { type Law, runsOf, type Subject, shareExcess } from './law.ts';
import { factoryOf, hostsOfKeys, rigOf } from './rig.ts';

const KEYS = 1000;

const idsOfKeys = (balancer: Balancer, keys = KEYS): string[] =>
  hostsOfKeys(balancer, keys).map((host) => host.instance.id);

/** A change of one host among several: it leaves, one joins before it, or its weight becomes another. */
interface Change {
  readonly kind: 'leaves' | 'joins' | 'weighs otherwise';
  readonly weights: readonly number[];
  readonly place: number;
  readonly weight: number;
}

const changes: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('leaves', 'joins', 'weighs otherwise'),
  weights: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 10 }),
  place: fc.nat(9),
  weight: fc.integer({ min: 1, max: 4 }),
});

/** Makes the change; returns the id of the host concerned. */
function make(balancer: Balancer, { kind, weights, place, weight }: Change): string {
  const instances: Instance[] = balancer.members.map((host) => host.instance);
  const at = place % weights.length;
  const changed = kind === 'joins' ? instance('joined', weight) : { ...instances[at], weight };
  if (kind === 'leaves') balancer.update(instances.toSpliced(at, 1));
  else balancer.update(instances.toSpliced(at, kind === 'joins' ? 0 : 1, changed));
  return changed.id;
}

/** Equal keys to equal hosts. */
export const affinityLaws: readonly Law[] = [
  {
    name: 'sends equal keys to equal hosts, those of callers that see the same alike',
    applies: (traits) => traits.affinity !== 'none',
    check: (subject) => {
      const weights = [1, 2, 3, 1, 5];
      const balancer = rigOf(subject, weights, { seed: 1 });
      const hosts = idsOfKeys(balancer);
      expect(new Set(hosts).size).toBeGreaterThan(1);
      expect(idsOfKeys(balancer)).toEqual(hosts);
      expect(idsOfKeys(rigOf(subject, weights, { seed: 2 }))).toEqual(hosts);
    },
  },
  {
    name: 'sends the first request of a key where its later ones go, however many keys there are',
    applies: (traits) => traits.affinity !== 'none',
    check: (subject) => {
      // A function of its own, so that its table of hashes is new, and each key the first beyond what that has room for.
      const balancer = rigOf(subject, [1, 2, 3, 1, 5], { keyText: (key) => numberedKeys(key) });
      const keys = Array.from({ length: 14 }, (_, i) => 3 ** i);
      const picked = (): (string | undefined)[] => keys.map((key) => balancer.pick(key, 0)?.instance.id);
      expect(picked()).toEqual(picked());
    },
  },
  {
    name: 'does not go by the order in which hosts are listed',
    // A table by turns does.
    applies: (traits) => traits.affinity === 'minimal' || traits.affinity === 'nearly',
    check: (subject) => {
      const weights = [1, 2, 3, 1, 5];
      // HAProxy's hash-key id numbers servers in this order.
      const { system, hostKey = 'id' } = subject.options;
      if (system === 'haproxy' && (hostKey === 'id' || hostKey === 'id32')) return;
      const reversed = rigOf(subject, [], { seed: 1 });
      reversed.update(instancesOf(weights).toReversed());
      expect(idsOfKeys(reversed)).toEqual(idsOfKeys(rigOf(subject, weights, { seed: 1 })));
    },
  },
  {
    name: 'moves no key but from a host that leaves, to one that joins, or by the one whose weight changes',
    applies: (traits) => traits.affinity === 'minimal',
    check: (subject) =>
      fc.assert(
        fc.property(changes, fc.nat(), (change, seed) => {
          const balancer = rigOf(subject, change.weights, { seed });
          const before = idsOfKeys(balancer);
          const concerned = make(balancer, change);
          idsOfKeys(balancer).forEach((id, key) => {
            if (id !== before[key]) expect([before[key], id]).toContain(concerned);
          });
        }),
        { numRuns: runsOf(subject, 40) },
      ),
  },
  {
    name: 'moves three times the keys it must at most when a host joins or leaves',
    applies: (traits) => traits.affinity === 'minimal' || traits.affinity === 'nearly',
    check: (subject) => {
      // What must move is the share of the host concerned. A ring made anew with other numbers of points moves about as
      // many keys again: that share is what its n - 1 other hosts gain or lose in points.
      for (const [n, kind] of [
        [4, 'leaves'],
        [10, 'leaves'],
        [4, 'joins'],
        [10, 'joins'],
      ] as const) {
        const balancer = rigOf(subject, Array(n).fill(1));
        const before = idsOfKeys(balancer, 4 * KEYS);
        const concerned = make(balancer, { kind, weights: Array(n).fill(1), place: 2, weight: 1 });
        const after = idsOfKeys(balancer, 4 * KEYS);
        const moved = after.filter((id, key) => id !== before[key]).length;
        const needed = [...before, ...after].filter((id) => id === concerned).length;
        const mean = (4 * KEYS) / (kind === 'joins' ? n + 1 : n);
        expect(moved).toBeLessThan(3 * Math.max(needed, mean) + 4 * KEYS * shareExcess(4 * KEYS));
      }
    },
  },
  {
    name: 'gives the keys of a host back when it returns',
    applies: (traits) => traits.affinity !== 'none',
    check: (subject) => {
      const balancer = rigOf(subject, [1, 1, 2, 1, 3, 1]);
      const before = idsOfKeys(balancer);
      for (const host of [balancer.members[2], balancer.members[4]]) balancer.setHealthy(host, false);
      const without = idsOfKeys(balancer);
      expect(without).not.toContain(balancer.members[2].instance.id);
      for (const host of [balancer.members[4], balancer.members[2]]) balancer.setHealthy(host, true);
      expect(idsOfKeys(balancer)).toEqual(before);
      const instances = balancer.members.map((host) => host.instance);
      balancer.update(instances.slice(1));
      idsOfKeys(balancer);
      balancer.update(instances);
      if (namesHosts(subject)) expect(idsOfKeys(balancer)).toEqual(before);
    },
  },
];

/** Whether hosts are known by a name, and not by the order they joined in, which is another when one has left and come back. */
function namesHosts(subject: Subject): boolean {
  const { definition, options } = subject;
  // nginx's plain hash goes by the order of its servers, and whoever is back comes last.
  const { affinity, limits } = factoryOf(subject).traits;
  if (affinity === 'shuffled' && limits === 'skips') return false;
  const { hostKey, system } = { hostKey: definition.options.hostKey?.default, system: 'none', ...options };
  // They have no guid in their metadata, for want of which the id counts.
  return !(system === 'haproxy' && ['id', 'id32', 'guid'].includes(String(hostKey)));
}
