import fc from 'fast-check';
import { expect } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { answeredAtOnce, balancerOf, hostNamed } from '../helpers/balancing.ts';
import { play, scripts } from './churn.ts';
import { create, type Law } from './law.ts';

const always = (): boolean => true;

/** Who may be picked, whatever happens. */
export const viewLaws: readonly Law[] = [
  {
    name: 'picks a member that is eligible, or anybody of positive weight in panic, and nobody only where there is nobody',
    applies: always,
    check: (subject) =>
      fc.assert(
        fc.property(scripts, (script) => {
          play(subject, script, ({ balancer, model, picked }) => {
            if (picked === undefined) return;
            if (picked === null) return expect(model.eligible).toEqual([]);
            expect(model.eligible).toContain(picked.instance.id);
            expect(balancer.members).toContain(picked);
          });
        }),
      ),
  },
  {
    name: 'never picks a host of weight 0, not even in panic',
    applies: always,
    check: (subject) => {
      const balancer = balancerOf(create(subject, 1), [0, 1, 0, 1, 0], { panicThreshold: 1 });
      for (const health of [true, false]) {
        for (const host of balancer.members) balancer.setHealthy(host, health);
        const picked = new Set(answeredAtOnce(balancer, 200).map((host) => host.weight));
        expect([...picked]).toEqual([1]);
      }
    },
  },
  {
    name: 'counts each attempt in flight once, for hosts that have left too',
    applies: always,
    check: (subject) =>
      fc.assert(
        fc.property(scripts, (script) => {
          play(subject, script, ({ balancer, model, inFlight }) => {
            expect(balancer.members.map((host) => host.inFlight)).toEqual(model.members.map((host) => host.inFlight));
            for (const { host, twin } of inFlight) expect(host.inFlight).toBe(twin.inFlight);
          });
        }),
      ),
  },
  {
    name: 'leaves hosts that stay what they were: the same object, slot and belief',
    applies: always,
    check: (subject) =>
      fc.assert(
        fc.property(scripts, (script) => {
          let before = new Map<string, { host: Host; slot: number }>();
          play(subject, script, ({ balancer, model }) => {
            for (const host of balancer.members) {
              const known = before.get(host.instance.id);
              if (known) expect(host).toBe(known.host);
              if (known) expect(host.slot).toBe(known.slot);
            }
            before = new Map(balancer.members.map((host) => [host.instance.id, { host, slot: host.slot }]));
            expect(balancer.members.map((host) => [host.healthy, host.weight])).toEqual(
              model.members.map((host) => [host.healthy, host.weight]),
            );
          });
        }),
      ),
  },
  {
    name: 'starves no host',
    applies: (traits) => traits.evenness !== 'none' || traits.weighted !== 'none',
    check: (subject) => {
      // A host of share s is missed by m independent picks with probability (1 - s)^m <= e^(-s m). Unavailable hosts
      // count as well, since a turn may be theirs.
      const runs = 50;
      const hosts = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 5 }), healthy: fc.boolean() }), {
        minLength: 1,
        maxLength: 8,
      });
      const property = fc.property(hosts, fc.nat(), (drawn, seed) => {
        const balancer = balancerOf(
          create(subject, seed),
          drawn.map(({ weight }) => weight),
        );
        drawn.forEach(({ healthy }, i) => {
          balancer.setHealthy(balancer.members[i], healthy);
        });
        if (balancer.eligible.length === 0) return;
        const smallest = Math.min(...drawn.map(({ weight }) => weight));
        const inverseShare = Math.max(drawn.length, drawn.reduce((sum, { weight }) => sum + weight, 0) / smallest);
        const picks = Math.ceil(inverseShare * Math.log((runs * drawn.length) / 1e-6));
        const picked = new Set(answeredAtOnce(balancer, picks));
        expect(picked).toEqual(new Set(balancer.eligible));
      });
      fc.assert(property, { seed: 1, numRuns: runs });
    },
  },
  {
    name: 'serves again as before once everybody has left and others have come',
    applies: always,
    check: (subject) => {
      const balancer = balancerOf(create(subject, 3), [1, 1]);
      const gone = hostNamed(balancer, 'a');
      answeredAtOnce(balancer, 5);
      balancer.update([]);
      expect(balancer.pick(0, 0)).toBeNull();
      balancer.update([{ id: 'z', address: 'z:80', zone: null, weight: 2 }]);
      const picked = new Set(answeredAtOnce(balancer, 20));
      expect([...picked].map((host) => host.instance.id)).toEqual(['z']);
      expect(gone.present).toBe(false);
    },
  },
];
