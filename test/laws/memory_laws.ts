import { GCProfiler, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { balancerOf } from '../helpers/balancing.ts';
import { create, type Law } from './law.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What picks cost in memory. */
export const memoryLaws: readonly Law[] = [
  {
    name: 'keeps nothing of a million picks',
    applies: () => true,
    check: (subject) => {
      const clock = new TickClock();
      const balancer = balancerOf(create(subject, 1, clock), Array(8).fill(1));
      spin(balancer, clock, 100_000);
      const before = heapAfterCollection();
      spin(balancer, clock, 1_000_000);
      // One small number kept per pick would be 8 MB; compiled code and the harness come to some tens of kB.
      expect(heapAfterCollection() - before).toBeLessThan(1_000_000);
    },
  },
  {
    name: 'makes no object per pick',
    applies: () => true,
    check: (subject) => {
      const clock = new TickClock();
      const balancer = balancerOf(create(subject, 1, clock), Array(8).fill(1));
      spin(balancer, clock, 300_000);
      const picks = 300_000;
      // Doubles that cross a call which was not inlined are boxed, 16 bytes each, and no strategy can help it. An array,
      // a closure or an object takes more.
      expect(allocatedBy(() => spin(balancer, clock, picks)) / picks).toBeLessThan(32);
    },
  },
];

/** Whole milliseconds: small integers are never boxed, so what a reading of the time costs is not charged to the strategy. */
class TickClock {
  ticks = 0;

  now(): number {
    return this.ticks;
  }
}

/** Not `answeredAtOnce`: that one collects the hosts. */
function spin(balancer: Balancer, clock: TickClock, picks: number): void {
  for (let key = 0; key < picks; key++) {
    const host = balancer.pick(key, 0);
    if (host === null) throw new Error('nobody to pick');
    balancer.acquire(host);
    clock.ticks++;
    balancer.release(host, 1 + (key & 7), Outcome.ok);
  }
}

/** Bytes allocated by the action, garbage included: what the heap grew by, and what collections took away meanwhile. */
function allocatedBy(action: () => void): number {
  const profiler = new GCProfiler();
  const before = process.memoryUsage().heapUsed;
  profiler.start();
  action();
  const collections = profiler.stop().statistics;
  const grown = process.memoryUsage().heapUsed - before;
  return collections.reduce(
    (sum, { beforeGC, afterGC }) => sum + beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
    grown,
  );
}

function heapAfterCollection(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
