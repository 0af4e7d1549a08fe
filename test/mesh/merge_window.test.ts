import { readFileSync } from 'node:fs';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { MergeWindow } from '../../src/mesh/merge_window.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

// What Envoy's scheduleUpdate and applyUpdates (source/common/upstream/cluster_manager_impl.cc, commit 8809cfea) did, compiled
// as they are published, with small stand-ins for timers and for the post to the workers.
interface Run {
  readonly windowMs: number;
  /** When, of which priority, whether mergeable, and whether it was delivered at once. */
  readonly updates: readonly (readonly [number, number, number, number])[];
  /** When the workers were told, and of which priority. */
  readonly delivered: readonly (readonly [number, number])[];
  readonly counters: Readonly<Record<'updated' | 'viaMerge' | 'outOfWindow' | 'cancelled', number>>;
}
const measured = JSON.parse(
  readFileSync(new URL('./merge_window_measured.json', import.meta.url), 'utf8'),
) as readonly Run[];

function windowOf(windowMs: number, startMs = 0) {
  const clock = new ManualClock(startMs);
  const delivered: [number, number][] = [];
  const window = new MergeWindow(clock, windowMs, (priority) => delivered.push([clock.now() - startMs, priority]));
  const tell = (priority: number, mergeable: boolean): boolean => {
    const passes = window.passes(priority, mergeable);
    if (passes) delivered.push([clock.now() - startMs, priority]);
    return passes;
  };
  return { clock, window, delivered, tell };
}

const opened = (windowMs: number, startMs = 0) => {
  const rig = windowOf(windowMs, startMs);
  rig.window.listed(0);
  return rig;
};

describe('MergeWindow', () => {
  it.each(measured)('delivers when Envoy itself did: $windowMs ms, $counters', ({ windowMs, updates, delivered }) => {
    const rig = opened(windowMs, 5000);
    for (const [atMs, priority, mergeable, atOnce] of updates) {
      rig.clock.advanceTo(5000 + atMs);
      expect(rig.tell(priority, mergeable === 1)).toBe(atOnce === 1);
    }
    rig.clock.advance(10 * windowMs);
    expect(rig.delivered).toEqual(delivered);
    expect(rig.clock.pending).toBe(0);
  });

  // cluster_manager_lifecycle_test.cc: MergedUpdates, with its window of 3 s, and MergedUpdatesOutOfWindow.
  it('merges what Envoy merges in its own test', () => {
    const { clock, delivered, tell } = opened(3000);
    expect(tell(0, false)).toBe(true);
    expect([tell(0, true), tell(0, true)]).toEqual([false, false]);
    clock.advance(3000);
    expect(delivered).toHaveLength(2);
    expect(tell(0, false)).toBe(true);
    expect([tell(0, true), tell(0, true), tell(0, true)]).toEqual([false, false, false]);
    expect(delivered).toHaveLength(3);
    expect(tell(0, false)).toBe(true);
    clock.advance(60_000);
    expect(delivered).toHaveLength(4);
    expect(tell(0, true)).toBe(true);
  });

  it('keeps priorities apart', () => {
    const { clock, delivered, tell } = opened(1000);
    tell(0, true);
    clock.advance(10);
    expect([tell(0, true), tell(1, true)]).toEqual([false, true]);
    clock.advance(10);
    expect([tell(1, true), tell(0, false)]).toEqual([false, true]);
    clock.advance(5000);
    expect(delivered).toEqual([
      [0, 0],
      [10, 1],
      [20, 0],
      [1020, 1],
    ]);
  });

  it('merges nothing before as many checks as there are hosts have had a result, that of the last included', () => {
    const { clock, window, tell } = windowOf(1000);
    expect([tell(0, false), tell(0, true), tell(0, true)]).toEqual([true, true, true]);
    window.listed(2);
    window.listed(0);
    window.checked();
    expect([tell(0, true), tell(0, true)]).toEqual([true, true]);
    window.checked();
    expect([tell(0, true), tell(0, true)]).toEqual([true, true]);
    clock.advance(0);
    window.checked();
    expect([tell(0, true), tell(0, true)]).toEqual([true, false]);
  });

  it('forgets what waits once it is closed', () => {
    const { clock, window, delivered, tell } = opened(1000);
    tell(0, true);
    tell(0, true);
    window.close();
    expect(clock.pending).toBe(0);
    expect(delivered).toHaveLength(1);
  });

  const update = fc.record({
    gapMs: fc.oneof(fc.constantFrom(0, 999, 1000, 1000.5, 1001), fc.integer({ min: 0, max: 2500 })),
    priority: fc.nat(2),
    mergeable: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  });
  test.prop([fc.array(update, { maxLength: 60 })])(
    'loses nothing, delays nothing by more, merges all it may',
    (updates) => {
      const { clock, delivered, tell } = opened(1000);
      const told: { atMs: number; priority: number; mergeable: boolean }[] = [];
      for (const { gapMs, priority, mergeable } of updates) {
        clock.advance(gapMs);
        told.push({ atMs: clock.now(), priority, mergeable });
        tell(priority, mergeable);
      }
      clock.advance(1000);
      for (const { atMs, priority, mergeable } of told) {
        const nextMs = delivered.find(([whenMs, of]) => of === priority && whenMs >= atMs)?.[0] ?? Infinity;
        expect(nextMs - atMs).toBeLessThanOrEqual(mergeable ? 1000 : 0);
      }
      for (const priority of [0, 1, 2]) {
        const times = delivered.filter(([, of]) => of === priority).map(([atMs]) => atMs);
        const free = (atMs: number) =>
          told.some((each) => each.priority === priority && each.atMs === atMs && !each.mergeable);
        for (const [i, atMs] of times.entries()) {
          if (i > 0 && !free(atMs)) expect(atMs - times[i - 1]).toBeGreaterThanOrEqual(1000);
        }
      }
    },
  );
});
