import fc from 'fast-check';
import { expect } from 'vitest';
import { balancerOf } from '../helpers/balancing.ts';
import { create, type Law } from './law.ts';

const KEYS = 1000;

/** Equal keys to equal hosts. */
export const affinityLaws: readonly Law[] = [
  {
    name: 'sends equal keys to equal hosts, and moves no key but those of a host that leaves',
    applies: (traits) => traits.affinity === 'minimal',
    check: (subject) =>
      fc.assert(
        fc.property(fc.integer({ min: 2, max: 10 }), fc.nat(9), fc.nat(), (n, leaving, seed) => {
          const balancer = balancerOf(create(subject, seed), Array(n).fill(1));
          const hostOfKey = () => Array.from({ length: KEYS }, (_, key) => balancer.pick(key, 0));
          const before = hostOfKey();
          expect(hostOfKey()).toEqual(before);
          const gone = balancer.members[leaving % n];
          balancer.update(balancer.members.filter((host) => host !== gone).map((host) => host.instance));
          hostOfKey().forEach((host, key) => {
            if (before[key] !== gone) expect(host).toBe(before[key]);
          });
        }),
        { numRuns: 20 },
      ),
  },
  {
    name: 'gives the keys of a host back when it returns',
    applies: (traits) => traits.affinity !== 'none',
    check: (subject) => {
      const balancer = balancerOf(create(subject, 1), Array(6).fill(1));
      const idOfKey = () => Array.from({ length: KEYS }, (_, key) => balancer.pick(key, 0)?.instance.id);
      const before = idOfKey();
      balancer.setHealthy(balancer.members[2], false);
      idOfKey();
      balancer.setHealthy(balancer.members[2], true);
      expect(idOfKey()).toEqual(before);
    },
  },
];
