import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { ProbePool } from '../../../src/balancer/parts/probe_pool.ts';

const answers = fc.array(fc.record({ rif: fc.nat(6), latency: fc.nat(6) }), { minLength: 1, maxLength: 8 });

test('best and worst are the hot-cold rule and its reverse, the oldest among equals', () => {
  fc.assert(
    fc.property(answers, fc.integer({ min: -1, max: 7 }), (given, limit) => {
      const pool = new ProbePool(8);
      given.forEach(({ rif, latency }, i) => {
        pool.now[0] = i;
        pool.add({ slot: i } as Host, rif, latency, 1);
      });
      const places = given.map((_, place) => place);
      const cold = places.filter((place) => given[place].rif <= limit);
      const hot = places.filter((place) => given[place].rif > limit);
      const least = (of: number[], figure: (place: number) => number): number =>
        of.toSorted((a, b) => figure(a) - figure(b))[0];
      const best = cold.length > 0 ? least(cold, (i) => given[i].latency) : least(hot, (i) => given[i].rif);
      const worst = hot.length > 0 ? least(hot, (i) => -given[i].rif) : least(cold, (i) => -given[i].latency);
      expect(pool.best(limit)).toBe(best);
      expect(pool.worst(limit)).toBe(worst);
    }),
  );
});
