import fc from 'fast-check';
import { expect } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { answeredAtOnce, hostNamed } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import type { NaiveHost } from '../helpers/naive_balancer.ts';
import { play, scripts } from './churn.ts';
import { type Law, runsOf, type Subject, traitsOf } from './law.ts';
import { factoryOf, keyOf, rigOf } from './rig.ts';

const always = (): boolean => true;

/** Who may be picked, whatever happens. */
export const viewLaws: readonly Law[] = [
  {
    name: 'picks a member that is eligible, or anybody of positive weight in panic, and nobody only where there is nobody',
    applies: always,
    check: (subject) => {
      const { beyond } = traitsOf(subject);
      fc.assert(
        fc.property(scripts, (script) => {
          play(subject, script, ({ balancer, model, picked }) => {
            if (picked === undefined) return;
            const goesBeyond =
              beyond === 'after tries in vain' || (beyond !== undefined && model.eligible.length === 0);
            const weighty = model.members.filter(({ instance }) => instance.weight > 0);
            const choice = goesBeyond ? weighty.map(({ instance }) => instance.id) : model.eligible;
            if (picked === null) return expect(choice).toEqual([]);
            expect(choice).toContain(picked.instance.id);
            expect(balancer.members).toContain(picked);
          });
        }),
        { numRuns: runsOf(subject, 20) },
      );
    },
  },
  {
    name: 'never picks a host of weight 0, not even in panic',
    applies: always,
    check: (subject) => {
      const balancer = rigOf(subject, [1, 1, 1, 1, 1], { panicThreshold: 1 });
      answeredAtOnce(balancer, 20);
      balancer.update(balancer.members.map(({ instance }, i) => ({ ...instance, weight: i % 2 })));
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
        // Few: it is the balancer's doing, which has a test of its own; a strategy can only break it by writing to hosts.
        { numRuns: 6 },
      ),
  },
  {
    name: 'leaves hosts that stay what they were: the same object, slot and belief',
    applies: always,
    check: (subject) => {
      const ownWeights = factoryOf(subject).weigh?.(new ManualClock()) ?? null;
      fc.assert(
        fc.property(scripts, (script) => {
          let before = new Map<string, { host: Host; slot: number; twin: NaiveHost }>();
          play(subject, script, ({ balancer, model }) => {
            for (const [i, host] of balancer.members.entries()) {
              const known = before.get(host.instance.id);
              // To nginx a host of another weight is another one.
              if (known?.twin !== model.members[i]) continue;
              expect(host).toBe(known.host);
              expect(host.slot).toBe(known.slot);
            }
            before = new Map(
              balancer.members.map((host, i) => [host.instance.id, { host, slot: host.slot, twin: model.members[i] }]),
            );
            expect(balancer.members.map(({ healthy }) => healthy)).toEqual(model.members.map(({ healthy }) => healthy));
            if (ownWeights !== null) return;
            expect(balancer.members.map(({ weight }) => weight)).toEqual(
              model.members.map(({ instance }) => instance.weight),
            );
          });
        }),
        { numRuns: 6 },
      );
    },
  },
  {
    name: 'starves no host',
    // A host may own no part of a table: see the shares of tables.
    applies: (traits) => traits.weighted !== 'table' && (traits.evenness !== 'none' || traits.weighted !== 'none'),
    check: (subject) => {
      // A host of share s is missed by m independent picks with probability (1 - s)^m <= e^(-s m). Unavailable hosts
      // count as well, since a turn may be theirs.
      const runs = runsOf(subject, 30);
      const hosts = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 5 }), healthy: fc.boolean() }), {
        minLength: 1,
        maxLength: 8,
      });
      const property = fc.property(hosts, fc.nat(), (drawn, seed) => {
        const weights = drawn.map(({ weight }) => weight);
        const balancer = rigOf(subject, weights, { seed });
        drawn.forEach(({ healthy }, i) => {
          balancer.setHealthy(balancer.members[i], healthy);
        });
        if (balancer.eligible.length === 0) return;
        const picks = Math.ceil(leastShareInverse(weights) * Math.log((runs * drawn.length) / 1e-6));
        const picked = pickedBy(balancer, picks, subject);
        expect(balancer.eligible.filter((host) => !picked.has(host))).toEqual([]);
      });
      fc.assert(property, { seed: 1, numRuns: runs });
    },
  },
  {
    name: 'serves from all hosts in panic, and from the healthy ones alone after it',
    applies: (traits) =>
      traits.beyond !== 'after tries in vain' &&
      traits.weighted !== 'table' &&
      (traits.evenness !== 'none' || traits.weighted !== 'none'),
    check: (subject) => {
      const weights = [1, 2, 1, 2, 1, 2];
      const balancer = rigOf(subject, weights, { panicThreshold: 0.5 });
      const picks = Math.ceil(leastShareInverse(weights) * Math.log(weights.length / 1e-6));
      const setHealthy = (places: readonly number[], healthy: boolean): void => {
        for (const place of places) balancer.setHealthy(balancer.members[place], healthy);
      };
      for (let round = 0; round < 2; round++) {
        answeredAtOnce(balancer, 10);
        setHealthy([0, 1, 2, 3], false);
        expect(balancer.panic).toBe(true);
        expect(pickedBy(balancer, picks, subject)).toEqual(new Set(balancer.members));
        setHealthy([1, 2], true);
        expect(balancer.panic).toBe(false);
        expect(pickedBy(balancer, picks, subject)).toEqual(new Set([1, 2, 4, 5].map((i) => balancer.members[i])));
        setHealthy([0, 3], true);
      }
    },
  },
  {
    name: 'serves again as before once everybody has left and others have come',
    applies: always,
    check: (subject) => {
      const balancer = rigOf(subject, [1, 1], { seed: 3 });
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
  {
    name: 'tells two instances at one address apart',
    applies: always,
    check: (subject) => {
      const balancer = rigOf(subject, [], { seed: 5 });
      const [a, b, c] = ['a', 'b', 'c'].map((id) => ({
        id,
        address: id === 'c' ? 'y:80' : 'x:80',
        zone: null,
        weight: 1,
      }));
      for (const instances of [
        [a, b, c],
        [b, c],
        [a, b, c],
        [a, c],
      ]) {
        balancer.update(instances);
        for (const host of pickedBy(balancer, 60, subject)) expect(balancer.members).toContain(host);
      }
    },
  },
];

/** 1 over the smallest share, for policies that go by weight and for those that do not. */
function leastShareInverse(weights: readonly number[]): number {
  return Math.max(weights.length, weights.reduce((sum, weight) => sum + weight, 0) / Math.min(...weights));
}

/** The hosts of so many requests that are answered at once, each with a key of its own where the policy goes by keys. */
function pickedBy(balancer: Balancer, requests: number, subject: Subject): Set<Host | null> {
  const picked = new Set<Host | null>();
  for (let i = 0; i < requests; i++) {
    const host = balancer.pick(keyOf(subject, i), 0);
    picked.add(host);
    if (host === null) continue;
    balancer.acquire(host);
    balancer.release(host, 1, Outcome.ok);
  }
  return picked;
}
