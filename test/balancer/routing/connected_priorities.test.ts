import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { ConnectedPriorities } from '../../../src/balancer/routing/connected_priorities.ts';
import { type ConnectionSystem, Connectivity } from '../../../src/core/connectivity.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';

const { idle, connecting, ready, transientFailure: failing } = Connectivity;
const systems: readonly ConnectionSystem[] = ['grpc-go', 'grpc-java', 'grpc-core'];

/** Priorities that report as the test says; who has not said anything connects. */
function rig(count: number, system: ConnectionSystem) {
  const clock = new ManualClock();
  const states: Connectivity[] = new Array(count).fill(connecting);
  const forgotten: number[] = [];
  let used = -1;
  const priorities: ConnectedPriorities = new ConnectedPriorities({
    settings: { system, failoverTimeoutMs: 10_000 },
    clock,
    onTurn: () => {
      used = priorities.choose(states, null);
    },
    onForget: (priority) => void forgotten.push(priority),
  });
  const choose = (told: number | null = null): number => {
    used = priorities.choose(states, told);
    return used;
  };
  choose();
  return {
    clock,
    priorities,
    forgotten,
    states,
    choose,
    get used() {
      return used;
    },
    /** It reports this state. */
    says(priority: number, state: Connectivity): number {
      states[priority] = state;
      return choose(priority);
    },
    waits(ms: number): number {
      clock.advance(ms);
      return used;
    },
    begun: () => states.filter((_, i) => priorities.isBegun(i)).length,
  };
}

describe('ConnectedPriorities', () => {
  // grpc-java, xds/PriorityLoadBalancerTest.java, typicalPriorityFailOverFlow; with IDLE for READY,
  // typicalPriorityFailOverFlowWithIdleUpdate.
  describe.each([
    ['READY', ready],
    ['IDLE', idle],
  ] as const)('fails over and back, where %s is well', (_, well) => {
    it.each(systems)('as %s', (system) => {
      const java = rig(4, system);
      expect([java.used, java.begun()]).toEqual([0, 1]);
      expect(java.says(0, well)).toBe(0);
      // At once to the second, which has its time, then to the third.
      expect([java.says(0, failing), java.begun()]).toEqual([1, 2]);
      expect([java.waits(9_999), java.waits(1), java.begun()]).toEqual([1, 2, 3]);
      expect(java.says(2, well)).toBe(2);
      expect(java.says(0, well)).toBe(0);
      expect(java.says(2, failing)).toBe(0);
    });
  });

  it('is with the one that connects where none is left, and with the last once none does', () => {
    const java = rig(4, 'grpc-java');
    java.says(0, ready);
    java.says(0, failing);
    java.waits(10_000);
    java.says(2, ready);
    java.says(0, ready);
    java.says(2, failing);
    // The second has had its time, the third fails.
    expect([java.says(0, failing), java.begun()]).toEqual([3, 4]);
    expect(java.waits(10_000)).toBe(1);
    expect(java.says(3, failing)).toBe(1);
    expect(java.says(1, failing)).toBe(3);
    expect(java.says(2, ready)).toBe(2);
    expect(java.says(0, ready)).toBe(0);
    expect(java.says(0, failing)).toBe(2);
    // Deactivated all the while, and now let go of: the last alone.
    java.waits(15 * 60_000);
    expect(java.forgotten).toEqual([3]);
  });

  it.each([
    ['grpc-go', 1],
    ['grpc-java', 0],
    ['grpc-core', 1],
  ] as const)('where the first connects in vain and the last fails: %s uses %i', (system, used) => {
    const two = rig(2, system);
    two.waits(10_000);
    expect(two.says(1, failing)).toBe(used);
    // In core it has failed as its time was over, until it says once more that it connects.
    expect(two.choose(0)).toBe(system === 'grpc-go' ? 1 : 0);
  });

  // connectingResetFailOverIfSeenReadyOrIdleSinceTransientFailure, failoverTimerNotRestartedOnDupConnecting.
  it.each(systems)('gives a priority its time anew once it was well, and not for saying so twice: %s', (system) => {
    const two = rig(2, system);
    two.says(0, idle);
    two.waits(5000);
    two.says(0, connecting);
    two.waits(5000);
    two.says(0, connecting);
    expect([two.waits(4999), two.waits(1)]).toEqual([0, 1]);
    two.says(1, idle);
    two.says(0, connecting);
    expect(two.waits(10_000)).toBe(1);
  });

  it.each(systems)('has no time left for one that has failed since: %s', (system) => {
    const two = rig(2, system);
    expect(two.says(0, failing)).toBe(1);
    two.says(1, ready);
    expect(two.says(0, connecting)).toBe(1);
    expect(two.says(0, ready)).toBe(0);
    expect(two.says(0, connecting)).toBe(0);
    expect([two.waits(9_999), two.waits(1)]).toEqual([0, 1]);
  });

  it.each(systems)('keeps a needless priority for 15 minutes: %s', (system) => {
    const two = rig(2, system);
    two.says(0, failing);
    two.says(1, ready);
    two.says(0, ready);
    two.waits(15 * 60_000 - 1);
    expect([two.forgotten, two.begun()]).toEqual([[], 2]);
    expect(two.says(0, failing)).toBe(1);
    two.waits(20 * 60_000);
    expect(two.forgotten).toEqual([]);
    two.says(0, ready);
    two.waits(15 * 60_000);
    expect([two.forgotten, two.begun()]).toEqual([[1], 1]);
    two.states[1] = connecting;
    // Begun anew, it has its time.
    expect([two.says(0, failing), two.begun()]).toEqual([1, 2]);
  });

  it('lets go of its timers', () => {
    const two = rig(2, 'grpc-java');
    two.says(0, failing);
    two.priorities.close();
    expect(two.clock.pending).toBe(0);
  });

  const state = fc.constantFrom(idle, connecting, ready, failing);
  const step = fc.oneof(
    fc.record({ priority: fc.nat(3), state }),
    fc.integer({ min: 0, max: 12_000 }).map((ms) => ({ priority: -1, state: idle, ms })),
  );
  test.prop([fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), fc.constantFrom(...systems)])(
    'never uses one below one that is ready or idle, nor one that was not begun',
    (steps, count, system) => {
      const all = rig(count, system);
      for (const each of steps) {
        if (each.priority < 0) all.waits((each as { ms: number }).ms);
        else if (each.priority < count && all.priorities.isBegun(each.priority)) all.says(each.priority, each.state);
        const well = all.states.findIndex(
          (own, i) => all.priorities.isBegun(i) && i <= all.used && (own === ready || own === idle),
        );
        expect(all.used).toBeLessThan(count);
        expect(all.priorities.isBegun(all.used)).toBe(true);
        if (well >= 0) expect(all.used).toBe(well);
        // Idempotent (A56).
        const { used } = all;
        expect(all.choose()).toBe(used);
      }
    },
  );
});
