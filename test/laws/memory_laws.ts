import { GCProfiler, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';
import type { LoadReport } from '../../src/core/load_report.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { type Law, type Subject, traitsOf } from './law.ts';
import { rigOf } from './rig.ts';

// What the compiler inlines depends on what has run before and how busy the machine is, and a number that crosses a call
// that was inlined is never an object. With nothing inlined, every one that can be is.
setFlagsFromString('--no-turbo-inlining');
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Texts of keys that exist already: what it takes to make one is not charged to the strategy. */
const KEYS = 1024;
const texts = Array.from({ length: KEYS }, (_, key) => `key ${key}`);

/** What picks cost in memory. */
export const memoryLaws: readonly Law[] = [
  {
    name: 'keeps nothing of its picks',
    applies: () => true,
    check: (subject) => {
      if (!subject.named) return; // A value changes numbers, not what is kept, and collecting garbage takes long.
      const clock = new TickClock();
      const balancer = rigWith(subject, clock, UNEQUAL);
      spin(balancer, clock, WARM_UP);
      const before = heapAfterCollection();
      spin(balancer, clock, 100_000);
      // One small number kept per pick would be 800 kB; compiled code and the harness come to some tens of kB.
      expect(heapAfterCollection() - before).toBeLessThan(400_000);
    },
  },
  {
    name: 'makes no object per pick',
    applies: () => true,
    check: (subject) => {
      for (const weights of [EQUAL, UNEQUAL]) {
        const clock = new TickClock();
        const balancer = rigWith(subject, clock, weights);
        spin(balancer, clock, WARM_UP);
        // The smallest object, a boxed double, takes 16 bytes; all come to less than 0.06, which is the harness.
        expect(leastPerPick(() => spin(balancer, clock, TURN))).toBeLessThan(MOST_PER_PICK);
      }
    },
  },
];

/** Picks after which the code is compiled, and the tables have their final size. */
const WARM_UP = 20_000;
const TURN = 10_000;
const TURNS = 100;
/** Bytes. */
const MOST_PER_PICK = 1;
const EQUAL = [1, 1, 1, 1, 1, 1, 1, 1];
/** So many that strategies that look at some of them only do. */
const UNEQUAL = Array.from({ length: 40 }, (_, i) => 1 + (i & 1));

/** Whole milliseconds: small integers are never boxed, so what a reading of the time costs is not charged to the strategy. */
class TickClock {
  ticks = 0;

  now(): number {
    return this.ticks;
  }
}

const report: LoadReport = {
  qps: 100,
  errorsPerSecond: 1,
  utilization: 0.5,
  requestsInFlight: 3,
  queued: 1,
  serviceTimeMs: 2,
  retryAfterMs: 0,
};

/** With panic and weights, so that there is more than one host set and all of them are kept up to date. */
function rigWith(subject: Subject, clock: TickClock, weights: readonly number[]): Balancer {
  const keyText = (key: Key): string => texts[key];
  const balancer = rigOf(subject, weights, { clock, keyText, panicThreshold: 0.5 });
  const keyed = traitsOf(subject).affinity !== 'none';
  if (keyed) for (let key = 0; key < KEYS; key++) balancer.pick(key, 0);
  return balancer;
}

/** Not `answeredAtOnce`: that one collects the hosts. */
function spin(balancer: Balancer, clock: TickClock, picks: number): void {
  for (let i = 0; i < picks; i++) {
    const host = balancer.pick((i & 1) === 0 ? i % KEYS : NO_KEY, 0);
    if (host === null) throw new Error('nobody to pick');
    balancer.acquire(host);
    clock.ticks++;
    balancer.release(host, 1 + (i & 7), Outcome.ok, report);
  }
}

/**
 * Bytes a pick of the best of many turns, at once when one is below the bound: code not yet compiled allocates more, and
 * on a busy machine the compiler takes its time. What picks allocate is charged to every turn.
 */
function leastPerPick(turn: () => void): number {
  let least = Infinity;
  for (let i = 0; i < TURNS && least >= MOST_PER_PICK; i++) least = Math.min(least, allocatedBy(turn) / TURN);
  return least;
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
  return process.memoryUsage().heapUsed;
}
