import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import { ProxySync } from '../../../src/sim/registries/kubernetes/proxy_sync.ts';
import { KUBERNETES, type KubernetesSettings } from '../../../src/sim/registries/kubernetes/settings.ts';
import { createKubernetes } from '../../../src/sim/registries/kubernetes/system.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { members, steady, timeline, watcher } from './bench.ts';

/** A cluster whose pods have been up since before 0; phases lie in the middle of their periods unless drawn by a seed. */
function cluster(count: number, written: Partial<KubernetesSettings> = {}, seed: number | null = null, zones = false) {
  const clock = new ManualClock();
  const random = seed === null ? steady(0.5) : randomStream(String(seed));
  const callers = [
    { id: 'caller-1', zone: zones ? 'a' : null },
    { id: 'caller-2', zone: zones ? 'b' : null },
  ];
  const system = createKubernetes({ ...KUBERNETES, ...written }, { clock, random, callers });
  const pods = members(count, zones ? 'a' : null).map((instance) => system.kubeletOf(instance, false));
  for (const pod of pods) pod.join();
  return {
    clock,
    system,
    pods,
    seen: watcher(clock, system.discoveryOf(0)),
    other: watcher(clock, system.discoveryOf(1)),
  };
}

describe('kubernetes, the chain from a pod to its callers', () => {
  it('shows everybody at once when the run begins', () => {
    expect(timeline(cluster(3).seen)).toEqual([[0, '1 2 3']]);
  });

  it('a failed readiness probe is known at once where nothing takes time, and rests on the probe', () => {
    const { clock, pods, seen } = cluster(3);
    clock.advance(100);
    pods[1].setPassing(false, 70);
    clock.advance(1);
    expect(seen.at(-1)).toEqual({ atMs: 100, ids: '1 3', version: 2, evidenceAtMs: 70 });
  });

  it('adds up batching, watch and the writing of rules', () => {
    const settings = {
      endpointUpdatesBatchPeriodMs: 500,
      watchLag: { kind: 'constant', valueMs: 40 },
      syncTime: { kind: 'constant', valueMs: 300 },
    } as const;
    const { clock, pods, seen } = cluster(3, settings);
    clock.advance(100);
    pods[0].setPassing(false, 100);
    clock.advance(200);
    pods[1].setPassing(false, 300);
    clock.advance(5000);
    // Both are in the slice that was written 500 ms after the first.
    expect(seen.slice(1)).toEqual([{ atMs: 940, ids: '3', version: 2, evidenceAtMs: 100 }]);
  });

  it('a container that dies is seen when the kubelet next lists its containers (1 s), and so is one that starts', () => {
    const { clock, pods, seen } = cluster(2);
    clock.advance(2600);
    pods[0].die();
    clock.advance(2600);
    pods[0].join();
    clock.advance(2600);
    // The list is read at .5 of each second.
    expect(timeline(seen)).toEqual([
      [0, '1 2'],
      [3500, '2'],
      [5500, '1 2'],
    ]);
  });

  it('a pod that is deleted leaves at once, while it serves on', () => {
    const { clock, pods, seen } = cluster(2);
    clock.advance(1000);
    pods[0].leave();
    clock.advance(100);
    expect(timeline(seen).at(-1)).toEqual([1000, '2']);
    pods[0].setPassing(true, 1050);
    clock.advance(20_000);
    expect(seen).toHaveLength(2);
  });

  it('terminating pods that still serve are used only where no pod is ready', () => {
    const { clock, pods, seen } = cluster(2);
    for (const pod of pods) {
      clock.advance(2000);
      pod.leave();
    }
    clock.advance(2000);
    expect(timeline(seen).slice(1)).toEqual([
      [2000, '2'],
      [4000, '1 2'],
    ]);
    pods[0].die();
    clock.advance(2000);
    expect(timeline(seen).at(-1)).toEqual([6500, '2']);
    // The process that starts after a deletion is a new pod.
    pods[0].join();
    clock.advance(2000);
    expect(timeline(seen).at(-1)).toEqual([8500, '1']);
  });

  for (const [graceMs, version] of [
    [50_000, '1.32 and later'],
    [40_000, 'before 1.32'],
  ] as const) {
    test.prop([fc.nat(1e6), fc.nat(120_000)])(
      `a node that dies is not ready ${graceMs / 1000} s after its last renewal was seen (${version})`,
      (seed, deathMs) => {
        const { clock, pods, seen } = cluster(2, { nodeMonitorGracePeriodMs: graceMs }, seed);
        clock.advance(deathMs);
        pods[0].machine(false);
        clock.advance(graceMs + 10_000);
        const last = seen.at(-1);
        // Last renewed up to 10 s before it died, seen in a pass up to 5 s after the renewal.
        expect(last?.ids).toBe('2');
        expect((last?.atMs as number) - deathMs).toBeGreaterThanOrEqual(graceMs - 10_000 - 1e-3);
        expect((last?.atMs as number) - deathMs).toBeLessThanOrEqual(graceMs + 5000 + 1e-3);
        expect(last?.evidenceAtMs).toBeLessThanOrEqual(deathMs);
        expect(last?.evidenceAtMs).toBeGreaterThan(deathMs - 10_000 - 1e-3);
        // Back, its kubelet says so with its next sync of statuses.
        pods[0].machine(true);
        clock.advance(10_001);
        expect(seen.at(-1)?.ids).toBe('1 2');
      },
    );
  }
});

describe('kubernetes, outages of the control plane', () => {
  it('down: callers keep what they know, leases do not run out, and what happened meanwhile is told after', () => {
    const { clock, system, pods, seen } = cluster(3);
    clock.advance(1000);
    system.setOutage('down', null, true);
    pods[0].setPassing(false, 1000);
    pods[1].leave();
    clock.advance(300_000);
    expect(seen).toHaveLength(1);
    system.setOutage('down', null, false);
    clock.advance(1000);
    // The deletion was waiting; the kubelet reports with its next sync of statuses.
    expect(timeline(seen).at(-1)).toEqual([301_000, '1 3']);
    clock.advance(10_000);
    expect(timeline(seen).at(-1)).toEqual([305_000, '3']);
    clock.advance(100_000);
    expect(timeline(seen)).toHaveLength(3);
  });

  it('stale: the registry hears, callers read on what was true, and all is told when it ends', () => {
    const { clock, system, pods, seen } = cluster(3);
    clock.advance(1000);
    system.setOutage('stale', null, true);
    pods[0].setPassing(false, 1000);
    clock.advance(30_000);
    expect(seen).toHaveLength(1);
    system.setOutage('stale', null, false);
    expect(seen.at(-1)).toMatchObject({ atMs: 31_000, ids: '2 3', evidenceAtMs: 1000 });
  });

  it('partitioned: the zone’s callers keep their view, its nodes are lost for the others, and come back', () => {
    const { clock, system, seen, other } = cluster(2, {}, null, true);
    clock.advance(1000);
    system.setOutage('partitioned', 'a', true);
    clock.advance(70_000);
    expect(timeline(seen)).toEqual([[0, '1 2']]);
    expect(other.at(-1)?.ids).toBe('');
    system.setOutage('partitioned', 'a', false);
    clock.advance(15_000);
    expect(seen.at(-1)?.ids).toBe('1 2');
    expect(other.at(-1)?.ids).toBe('1 2');
  });
});

describe('kubernetes, whatever happens', () => {
  const acts = fc.array(
    fc.record({
      gapMs: fc.nat(20_000),
      pod: fc.nat(3),
      what: fc.constantFrom('die', 'join', 'leave', 'fail', 'pass', 'dark', 'light', 'down', 'stale', 'zone'),
    }),
    { maxLength: 40 },
  );
  test.prop([acts, fc.nat(1e6)])('views only move forward, and end with who is ready', (script, seed) => {
    const settings = {
      watchLag: { kind: 'uniform', minMs: 1, maxMs: 900 },
      syncTime: { kind: 'constant', valueMs: 50 },
    } as const;
    const { clock, system, pods, seen, other } = cluster(4, settings, seed, true);
    const state = pods.map(() => ({ running: true, passing: true, deleted: false, alive: true }));
    const on = { down: false, stale: false, zone: false };
    const flip = (what: 'down' | 'stale' | 'zone', to = !on[what]) => {
      if (to === on[what]) return;
      on[what] = to;
      system.setOutage(what === 'zone' ? 'partitioned' : what, what === 'zone' ? 'a' : null, to);
    };
    const light = (i: number) => {
      state[i].alive = true;
      pods[i].machine(true);
    };
    for (const { gapMs, pod: i, what } of script) {
      clock.advance(gapMs);
      const pod = pods[i];
      const it = state[i];
      if (what === 'die' && it.running) {
        it.running = false;
        pod.die();
      } else if (what === 'join' && !it.running) {
        Object.assign(it, { running: true, deleted: false });
        pod.join();
      } else if (what === 'leave') {
        it.deleted = true;
        pod.leave();
      } else if ((what === 'fail' || what === 'pass') && it.alive) {
        it.passing = what === 'pass';
        pod.setPassing(it.passing, clock.now());
      } else if (what === 'dark' && it.alive) {
        it.alive = false;
        pod.machine(false);
      } else if (what === 'light' && !it.alive) light(i);
      else if (what === 'down' || what === 'stale' || what === 'zone') flip(what);
    }
    // When all is quiet again everybody knows how it stands.
    for (const what of ['down', 'stale', 'zone'] as const) flip(what, false);
    for (const i of state.keys()) if (!state[i].alive) light(i);
    clock.advance(120_000);
    const serving = state.flatMap((it, i) => (it.running && it.passing ? [i] : []));
    const ready = serving.filter((i) => !state[i].deleted);
    const expected = (ready.length > 0 ? ready : serving).map((i) => i + 1).join(' ');
    for (const views of [seen, other]) {
      expect(views.at(-1)?.ids).toBe(expected);
      for (const [k, view] of views.entries()) {
        expect(view.version).toBeGreaterThan(views[k - 1]?.version ?? -1);
        expect(view.evidenceAtMs).toBeLessThanOrEqual(view.atMs);
      }
    }
  });
});

describe('when a kube-proxy writes its rules', () => {
  function runner(minSyncPeriodMs: number, burstSyncs: number, syncMs: number) {
    const clock = new ManualClock();
    const runs: number[] = [];
    const begin = () => {
      runs.push(clock.now());
      return () => {};
    };
    return { clock, runs, sync: new ProxySync({ clock, minSyncPeriodMs, burstSyncs, syncMs: () => syncMs, begin }) };
  }

  it('two at once after a quiet time, then one each second (burst of 2, minSyncPeriod 1 s)', () => {
    const { clock, runs, sync } = runner(1000, 2, 0);
    for (let i = 0; i < 40; i++) {
      sync.request();
      clock.advance(100);
    }
    clock.advance(10_000);
    expect(runs).toEqual([0, 100, 1100, 2100, 3100, 4100]);
  });

  // The bucket by its definition: tokens as if counted anew from all runs before.
  const tokensAt = (atMs: number, runs: readonly number[], minMs: number, burst: number): number => {
    let tokens = burst;
    let sinceMs = 0;
    for (const run of [...runs, atMs]) {
      tokens = Math.min(burst, tokens + (run - sinceMs) / minMs) - 1;
      sinceMs = run;
    }
    return tokens + 1;
  };
  test.prop([fc.array(fc.nat(300), { maxLength: 40 }), fc.integer({ min: 1, max: 4 })])(
    'runs when a naive bucket says',
    (gaps, burst) => {
      const minMs = 128;
      const { clock, runs, sync } = runner(minMs, burst, 0);
      const naive: number[] = [];
      let pendingMs: number | null = null;
      const settle = (untilMs: number) => {
        while (pendingMs !== null && pendingMs <= untilMs) {
          const has = tokensAt(pendingMs, naive, minMs, burst) >= 1;
          if (has) naive.push(pendingMs);
          pendingMs = has ? null : Math.max(pendingMs, (naive.at(-1) as number) + minMs);
        }
      };
      for (const gap of gaps) {
        clock.advance(gap);
        settle(clock.now());
        sync.request();
        pendingMs ??= clock.now();
        settle(clock.now());
      }
      clock.advance(10_000);
      settle(Infinity);
      expect(runs).toEqual(naive);
    },
  );

  test.prop([fc.array(fc.nat(300), { minLength: 1, maxLength: 40 }), fc.nat(200)])(
    'every request is followed by a run that begins no earlier, and no two overlap',
    (gaps, syncMs) => {
      const { clock, runs, sync } = runner(128, 2, syncMs);
      let lastMs = 0;
      for (const gap of gaps) {
        clock.advance(gap);
        sync.request();
        lastMs = clock.now();
      }
      clock.advance(10_000);
      expect(runs.at(-1)).toBeGreaterThanOrEqual(lastMs);
      expect(runs.at(-1) as number).toBeLessThanOrEqual(lastMs + 2 * syncMs + 128);
      for (let i = 1; i < runs.length; i++) expect(runs[i] - runs[i - 1]).toBeGreaterThanOrEqual(syncMs);
    },
  );
});
