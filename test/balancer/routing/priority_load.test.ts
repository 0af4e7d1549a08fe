import { fc, test as prop } from '@fast-check/vitest';
import { describe, expect, it, test } from 'vitest';
import {
  choosePriority,
  failoverLoads,
  type HostCounts,
  type PriorityLoads,
  type PriorityRules,
  previousPrioritiesLoads,
  priorityLoads,
} from '../../../src/balancer/routing/priority_load.ts';
import { PrioritySet } from '../../../src/balancer/routing/priority_set.ts';
import { prioritySet } from '../../helpers/priority_set.ts';

const defaults = { panicThreshold: 0.5 };
const NO_PANIC = { panicThreshold: 0 };

/** What Envoy keeps of a threshold in percent: 100 * (percent / 100.0), cut off, is one less for these. */
const kept = (percent: number): number => ([29, 57, 58].includes(percent) ? percent - 1 : percent);

const hosts = (count: number, healthy: number, degraded = 0, excluded = 0): HostCounts => ({
  hosts: count,
  healthy,
  degraded,
  excluded,
});

/** Priorities written `healthy/hosts`, `healthy+degraded/hosts`, `healthy/hosts-excluded`. */
function read(priorities: string): HostCounts[] {
  return priorities.split(' ').map((priority) => {
    const [, healthy, degraded = 0, count, excluded = 0] = /^(\d+)(?:\+(\d+))?\/(\d+)(?:-(\d+))?$/.exec(priority) ?? [];
    return hosts(Number(count), Number(healthy), Number(degraded), Number(excluded));
  });
}

/** The loads of each priority, written `healthy` or `healthy+degraded`, and `!` for panic. */
function written({ healthy, degraded, panic }: PriorityLoads): string {
  return healthy
    .map((load, i) => `${load}${degraded[i] === 0 ? '' : `+${degraded[i]}`}${panic[i] ? '!' : ''}`)
    .join(' ');
}

const loadsOf = (priorities: string, rules: PriorityRules = defaults) =>
  written(priorityLoads(read(priorities), rules));

describe("Envoy's documentation", () => {
  // docs: load_balancing/priority.rst and panic_threshold.rst, but for two rows, see below.
  test.each([
    ['100/100 100/100', '100 0'],
    ['72/100 100/100', '100 0'],
    ['71/100 100/100', '99 1'],
    ['50/100 100/100', '70 30'],
    ['25/100 100/100', '35 65'],
    ['0/100 100/100', '0 100'],
    ['72/100 72/100', '100 0'],
    ['71/100 71/100', '99 1'],
    ['50/100 50/100', '70 30'],
    ['50/100 60/100', '70 30'],
    ['25/100 25/100', '50! 50!'],
    ['100/100 100/100 100/100', '100 0 0'],
    ['72/100 72/100 100/100', '100 0 0'],
    ['71/100 71/100 100/100', '99 1 0'],
    ['50/100 50/100 100/100', '70 30 0'],
    ['25/100 100/100 100/100', '35 65 0'],
    ['25/100 25/100 100/100', '35 35 30'],
  ])('priorities: %s: %s', (priorities, loads) => {
    expect(loadsOf(priorities)).toBe(loads);
  });

  test('two rows that do not follow from its code: it has 36 / 36 / 28 and 7 / 93', () => {
    expect(loadsOf('25/100 25/100 20/100', NO_PANIC)).toBe('37 35 28');
    // With the default threshold all three panic.
    expect(loadsOf('25/100 25/100 20/100')).toBe('34! 33! 33!');
    expect(loadsOf('5/100 65/100')).toBe('8! 92');
  });

  // docs: degraded.rst. The last row is a panic.
  test.each([
    ['100/100', '100'],
    ['71/100', '100'],
    ['71+29/100', '99+1'],
    ['25+65/100', '35+65'],
    ['5/100', '100!'],
  ])('degraded hosts: %s: %s', (priorities, loads) => {
    expect(loadsOf(priorities)).toBe(loads);
  });

  // docs: excluded.rst, and the end of panic_threshold.rst.
  test.each([
    ['1/3-2 2/2', '100 0'],
    ['0/5 0/5', '50! 50!'],
    ['0/2 0/8', '20! 80!'],
  ])('excluded hosts, and panic of all: %s: %s', (priorities, loads) => {
    expect(loadsOf(priorities)).toBe(loads);
  });

  test('scores of 20 and 30 are 40 and 60 percent of the load', () => {
    expect(loadsOf('20/100 30/100', { ...NO_PANIC, overprovisioningPercent: 100 })).toBe('40 60');
  });
});

describe("Envoy's load_balancer_impl_base_test.cc", () => {
  test.each([
    // GentleFailover
    ['1/1 1/1', '100 0'],
    ['1/2 1/2', '70 30'],
    ['1/4 2/2', '35 65'],
    ['1/4 1/4', '50! 50!'],
    ['1/4-3 1/5', '100 0'],
    ['0/4-4 1/4', '50! 50!'],
    ['0/4-1 1/6-2', '40! 60!'],
    // PrioritySelection
    ['0/1 0/1', '50! 50!'],
    ['0/1 0/2', '34! 66!'],
    ['0/1 0/2 1/1', '0 0 100'],
    // GentleFailoverWithExtraLevels
    ['1/1 1/1 1/1', '100 0 0'],
    ['1/2 1/2 1/2', '70 30 0'],
    ['1/4 2/2 1/2', '35 65 0'],
    ['1/4 1/4 1/4', '35 35 30'],
    ['1/5 1/5 1/5', '34! 33! 33!'],
    ['0/5 0/5 5/5', '0 0 100'],
    ['0/5 0/5 4/5', '0 0 100'],
    ['0/5 0/5 2/5', '34! 33! 33!'],
    ['0+5/5 2+2/5 2/5', '0 56 44'],
    ['0/5 0/3 0/2', '50! 30! 20!'],
    ['0/5 2/6 1/3', '37! 42! 21!'],
    ['0+1/5 0+5/5 1/5', '0+28 0+44 28'],
    ['0/5 0+2/5 0+1/5', '34! 33! 33!'],
    ['0/3 0/3 0/3', '34! 33! 33!'],
    ['0/0 0/6 0/3', '0! 67! 33!'],
  ])('%s: %s', (priorities, loads) => {
    expect(loadsOf(priorities)).toBe(loads);
  });

  test('without panic, rounding goes to the first with degraded hosts where none are healthy', () => {
    expect(loadsOf('0/5 0+2/5 0+1/5', NO_PANIC)).toBe('0 0+67 0+33');
  });

  // recalculatePerPriorityState: a total of 0 gives all load to the first priority, where nobody will be found.
  test.each([
    ['0/5 0/3', NO_PANIC],
    ['0/0 0/0', defaults],
  ])('%s: nobody available and no panic: all of it is of the first priority', (priorities, rules) => {
    expect(loadsOf(priorities, rules)).toBe('100 0');
  });

  test('OverProvisioningFactor', () => {
    expect(loadsOf('2/4 2/4')).toBe('70 30');
    expect(loadsOf('2/4 2/4', { ...defaults, overprovisioningPercent: 100 })).toBe('50 50');
  });

  // WeightedPriorityHealth, WeightedPriorityHealthExcluded, WeightedPriorityHealthDegraded
  test.each([
    ['2/4 1/1', '6/10 1/1', '60 40'],
    ['1/3-1 1/1', '4/20-10 1/1', '40 60'],
    ['1+1/4 1+1/2', '4+3/10 1+9/10', '40+30 10+20'],
  ])('weights: hosts %s that weigh %s: %s', (priorities, weights, loads) => {
    const counts = read(weights).map((sums, i) => ({ ...(read(priorities)[i] as HostCounts), weights: sums }));
    expect(written(priorityLoads(counts, { ...defaults, overprovisioningPercent: 100 }))).toBe(loads);
  });
});

describe('one priority', () => {
  const panics = (healthy: number, count: number, panicThreshold: number) =>
    priorityLoads([hosts(count, healthy)], { panicThreshold }).panic[0];

  test('panics iff the score is below 100 and the healthy share below the threshold, for all small sets and whole percentages', () => {
    for (let count = 1; count <= 24; count++) {
      for (let healthy = 0; healthy <= count; healthy++) {
        for (let threshold = 0; threshold <= 100; threshold++) {
          // In whole numbers, so that the expectation has no rounding of its own.
          const expected = Math.floor((140 * healthy) / count) < 100 && 100 * healthy < kept(threshold) * count;
          if (panics(healthy, count, threshold / 100) !== expected) {
            expect.fail(`${healthy} of ${count} healthy at ${threshold}%: panic should be ${expected}`);
          }
        }
      }
    }
  });

  test.each([
    // healthy, total, threshold, panic
    [5, 10, 0.5, false],
    [4, 10, 0.5, true],
    // Overprovisioning: 72 of 100 are scored 100, so no threshold brings panic; 71 are scored 99.
    [72, 100, 1, false],
    [71, 100, 1, true],
    [7, 100, 0.07, false],
    // In whole percents, as Envoy's double is cut off to them.
    [28, 100, 0.29, false],
    [27, 100, 0.29, true],
    [56, 100, 0.57, false],
    [57, 100, 0.58, false],
    [12, 100, 0.125, false],
    [11, 100, 0.125, true],
    [0, 100, 0.009, false],
    [0, 10, 0, false],
    [0, 0, 1, false],
  ])('%i of %i healthy at threshold %d: panic %s', (healthy, count, threshold, expected) => {
    expect(panics(healthy, count, threshold)).toBe(expected);
  });

  test('gets all the load, even without hosts', () => {
    expect(priorityLoads([hosts(0, 0)], defaults)).toEqual({ healthy: [100], degraded: [0], panic: [false] });
    expect(priorityLoads([hosts(9, 0)], NO_PANIC)).toEqual({ healthy: [100], degraded: [0], panic: [false] });
  });

  test('panics when too few of those that count are available, or none of them counts', () => {
    expect(loadsOf('2/6-2')).toBe('100');
    expect(loadsOf('2/7-2')).toBe('100!');
    expect(priorityLoads([hosts(3, 0, 0, 3)], defaults).panic).toEqual([true]);
  });
});

test('no priority at all is a mistake', () => {
  expect(() => priorityLoads([], defaults)).toThrow('at least one priority');
  expect(() => failoverLoads([])).toThrow('at least one priority');
});

test('hosts that are degraded keep a priority out of panic, as those that are healthy do', () => {
  expect(priorityLoads([hosts(10, 1, 3)], defaults).panic).toEqual([true]);
  expect(priorityLoads([hosts(10, 1, 4)], defaults).panic).toEqual([false]);
});

describe('for all counts', () => {
  const anyCounts = fc
    .tuple(fc.nat(12), fc.nat(12), fc.nat(12), fc.nat(60))
    .map(([healthy, degraded, excluded, failed]) =>
      hosts(healthy + degraded + excluded + failed, healthy, degraded, excluded),
    );
  const anyPriorities = fc.array(anyCounts, { minLength: 1, maxLength: 5 });
  const anyThreshold = fc.nat(100);

  prop.prop([anyPriorities, anyThreshold])('loads sum to 100 and every bucket finds its priority', (counts, whole) => {
    const loads = priorityLoads(counts, { panicThreshold: whole / 100 });
    const found = new Map<number, number>();
    for (let selector = 0; selector < 100; selector++) {
      const choice = choosePriority(selector, loads);
      found.set(choice, (found.get(choice) ?? 0) + 1);
    }
    expect(loads.healthy).toHaveLength(counts.length);
    for (const [priority, load] of loads.healthy.entries()) expect(found.get(2 * priority) ?? 0).toBe(load);
    for (const [priority, load] of loads.degraded.entries()) expect(found.get(2 * priority + 1) ?? 0).toBe(load);
    expect(found.has(-1)).toBe(false);
  });

  prop.prop([anyPriorities, anyThreshold], { numRuns: 1000 })(
    'equal a transcription of the rules in whole numbers',
    (counts, whole) => {
      expect(priorityLoads(counts, { panicThreshold: whole / 100 })).toEqual(oracle(counts, kept(whole)));
    },
  );

  prop.prop([anyPriorities, anyThreshold, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 })])(
    'a retry avoids what was attempted while anybody else is available',
    (counts, whole, attempted) => {
      const rules = { panicThreshold: whole / 100 };
      const loads = previousPrioritiesLoads(counts, prioritySet(attempted), rules);
      const sum = [...loads.healthy, ...loads.degraded].reduce((total, load) => total + load, 0);
      expect(sum).toBe(100);
      expect(loads.panic).toEqual(priorityLoads(counts, rules).panic);
      const untried = counts.some((count, i) => !attempted[i] && scored(count) > 0);
      expect(loads.restarted).toBe(!untried);
      if (!untried) return;
      for (const i of counts.keys()) {
        if (attempted[i]) expect([loads.healthy[i], loads.degraded[i]]).toEqual([0, 0]);
      }
    },
  );
});

/** Whether any percent of load falls to the priority: its two scores together. */
function scored({ hosts: count, excluded, healthy, degraded }: HostCounts): number {
  if (count === excluded) return 0;
  return Math.floor((140 * healthy) / (count - excluded)) + Math.floor((140 * degraded) / (count - excluded));
}

/** Semantics A9, items 1 to 6, one after the other and in BigInt. */
function oracle(counts: readonly HostCounts[], threshold: number) {
  const total = (values: readonly bigint[]) => values.reduce((sum, value) => sum + value, 0n);
  const least = (a: bigint, b: bigint) => (a < b ? a : b);
  const n = counts.map((count) => ({
    all: BigInt(count.hosts),
    counted: BigInt(count.hosts - count.excluded),
    healthy: BigInt(count.healthy),
    degraded: BigInt(count.degraded),
  }));
  const score = (part: bigint, counted: bigint) => (counted === 0n ? 0n : least(100n, (140n * part) / counted));
  const scores = [
    ...n.map(({ healthy, counted }) => score(healthy, counted)),
    ...n.map(({ degraded, counted }) => score(degraded, counted)),
  ];
  const available = least(100n, total(scores));
  const everybody = total(n.map(({ all }) => all));
  const panic = n.map(({ healthy, degraded, counted }) => {
    if (available === 100n || everybody === 0n) return false;
    return counted === 0n ? threshold > 0 : 100n * (healthy + degraded) < BigInt(threshold) * counted;
  });
  let loads = scores.map(() => 0n);
  let first = scores.findIndex((value) => value > 0n);
  if (panic.every(Boolean)) {
    loads = [...n.map(({ all }) => (100n * all) / everybody), ...n.map(() => 0n)];
    first = n.findIndex(({ all }) => all > 0n);
  } else if (available > 0n) {
    for (const [i, value] of scores.entries()) loads[i] = least(100n - total(loads), (value * 100n) / available);
  }
  first = Math.max(0, first);
  loads[first] = (loads[first] ?? 0n) + 100n - total(loads);
  const numbers = loads.map(Number);
  return { healthy: numbers.slice(0, counts.length), degraded: numbers.slice(counts.length), panic };
}

describe('choosePriority', () => {
  const loads = { healthy: [35, 25], degraded: [30, 10], panic: [false, false] };

  test.each([
    [0, 0],
    [34, 0],
    [35, 2],
    [59, 2],
    [60, 1],
    [89, 1],
    [90, 3],
    [99, 3],
    [100, 0],
    // Taken without their sign: 2147483648 and 4294967295.
    [-(2 ** 31), 2],
    [-1, 3],
  ])('selector %i: %i', (selector, choice) => {
    expect(choosePriority(selector, loads)).toBe(choice);
  });

  it('says so where the loads do not reach', () => {
    expect(choosePriority(99, { healthy: [50], degraded: [49], panic: [false] })).toBe(-1);
  });
});

test.each([
  ['9/9 9/9', '100 0'],
  ['1/9 9/9', '100 0'],
  ['0/9 1/9', '0 100'],
  // Nobody: the lowest, as in grpc-go (syncPriority, TestPriority_HigherDownWhileAddingLower).
  ['0/0 0/9 0/9', '0 0 100'],
  ['0/9 0/9 0/0', '0 100 0'],
  ['0/0 0/0', '100 0'],
  // Degraded hosts are better than the next priority, but not than healthy ones.
  ['0+1/9 9/9', '0+100 0'],
  ['1+8/9 9/9', '100 0'],
])('failoverLoads: %s: %s', (priorities, loads) => {
  expect(written(failoverLoads(read(priorities)))).toBe(loads);
});

// grpc-go, internal/xds/balancer/priority/balancer_test.go, a backend for each priority: who is used, step by step.
test.each([
  ['SwitchPriority', ['1/1 1/1', '0/1 1/1', '0/1 1/1 1/1', '0/1 0/1 1/1', '0/1 1/1'], '01121'],
  ['HighPriorityToConnectingFromReady', ['1/1 1/1', '0/1 1/1', '1/1 1/1'], '010'],
  ['HigherReadyCloseAllLower', ['0/1 0/1 1/1', '1/1 0/1 1/1'], '20'],
  ['HighPriorityNoEndpoints', ['1/1 1/1', '0/0 1/1'], '01'],
])('grpc-go, TestPriority_%s: %j: %s', (_name, steps, used) => {
  const priorityOf = (step: string): number => failoverLoads(read(step)).healthy.indexOf(100);
  expect(steps.map(priorityOf).join('')).toBe(used);
});

describe("Envoy's previous_priorities config_test.cc", () => {
  // DefaultFrequency, DefaultFrequencyUnhealthyPriorities, the same with DegradedLoad, with DegradedLoadSpillover
  test.each([
    ['2/2 2/2', [0, 1], ['0 100', '100 0']],
    ['3/10 2/10 10/10', [0, 1, 2], ['0 28 72', '0 0 100', '42 28 30']],
    ['0+3/10 0+2/10 0+10/10', [0, 1, 2], ['0 0+28 0+72', '0 0 0+100', '0+42 0+28 0+30']],
    ['0+3/10 9+1/10 2/10', [1, 2, 0], ['0+60 0 40', '0+100 0 0', '0 100 0']],
  ])('%s, attempts at %j: %j', (priorities, attempts, expected) => {
    const counts = read(priorities);
    let attempted = counts.map(() => false);
    const loads = attempts.map((priority) => {
      attempted[priority] = true;
      const retry = previousPrioritiesLoads(counts, prioritySet(attempted), defaults);
      if (retry.restarted) attempted = counts.map(() => false);
      return written(retry);
    });
    expect(loads).toEqual(expected);
  });

  test('NoHealthyUpstreams: the loads of a first attempt', () => {
    const counts = read('0/10 0/10 0/10');
    const first = priorityLoads(counts, defaults);
    expect(previousPrioritiesLoads(counts, PrioritySet.none.with(0), defaults)).toEqual({ ...first, restarted: true });
  });
});

test('in total panic a retry goes by health again, as there are scores to go by', () => {
  const counts = read('1/10 2/10');
  expect(loadsOf('1/10 2/10')).toBe('50! 50!');
  expect(written(previousPrioritiesLoads(counts, PrioritySet.none.with(0), defaults))).toBe('0! 100!');
});
