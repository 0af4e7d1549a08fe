import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Discovery, Snapshot } from '../../src/registry/discovery.ts';
import { runTrial } from '../../src/run/trial.ts';
import { laggedDiscovery } from '../../src/sim/discovery_lag.ts';
import { Engine } from '../../src/sim/engine.ts';
import { instances, traceOf, trialOf } from '../helpers/trial.ts';

/** A registry that publishes a new version whenever told. */
function publisher() {
  let version = 0;
  let tell: (snapshot: Snapshot) => void = () => {};
  const snapshot = (): Snapshot => ({ version, atMs: 0, evidenceAtMs: 10 * version, instances: [] });
  const discovery: Discovery = {
    watch(_service, listener) {
      tell = listener;
      listener(snapshot());
      return { close: () => {} };
    },
  };
  return {
    discovery,
    publish: () => {
      version++;
      tell(snapshot());
    },
  };
}

describe('a lagged discovery', () => {
  test.prop([fc.array(fc.record({ gapMs: fc.nat(50), lagMs: fc.nat(100) }), { maxLength: 30 })])(
    'delivers versions in order, each no earlier than its lag, overtaken ones never, the last one always',
    (versions) => {
      const engine = new Engine();
      const { discovery, publish } = publisher();
      const lags = versions.map(({ lagMs }) => lagMs);
      const delivered: { version: number; atMs: number }[] = [];
      const lagged = laggedDiscovery(discovery, engine, () => lags.shift() ?? 0);
      lagged.watch('s', ({ version }) => delivered.push({ version, atMs: engine.now() }));
      expect(delivered.splice(0)).toEqual([{ version: 0, atMs: 0 }]);
      let atMs = 0;
      const dueAt = versions.map(({ gapMs, lagMs }) => {
        atMs += gapMs;
        engine.schedule(atMs, publish, 0);
        return atMs + lagMs;
      });
      engine.run(1e6);
      // By definition: a version is seen when its own lag is over, unless a later one was due by then.
      const expected = dueAt
        .map((due, i) => ({ version: i + 1, atMs: due }))
        .filter(({ version, atMs: due }) => !dueAt.some((other, j) => j + 1 > version && other < due))
        .sort((a, b) => a.version - b.version);
      const times = new Map(expected.map((seen) => [seen.version, seen.atMs]));
      for (const seen of delivered) expect(times.get(seen.version)).toBe(seen.atMs);
      expect(delivered.map(({ version }) => version)).toEqual(
        delivered.map(({ version }) => version).toSorted((a, b) => a - b),
      );
      expect(delivered.at(-1)?.version).toBe(versions.length === 0 ? undefined : versions.length);
    },
  );

  it('gives a version the age of the oldest evidence among those it overtook', () => {
    const engine = new Engine();
    const { discovery, publish } = publisher();
    const lags = [100, 10];
    const seen: [number, number][] = [];
    laggedDiscovery(discovery, engine, () => lags.shift() ?? 0).watch('s', ({ version, evidenceAtMs }) =>
      seen.push([version, evidenceAtMs]),
    );
    // Version 1 rests on evidence of 10 ms, version 2, which overtakes it, on evidence of 20 ms.
    publish();
    publish();
    engine.run(1000);
    expect(seen).toEqual([
      [0, 0],
      [2, 10],
    ]);
  });

  it('hears nothing once closed', () => {
    const engine = new Engine();
    const { discovery, publish } = publisher();
    let heard = 0;
    const subscription = laggedDiscovery(discovery, engine, () => 10).watch('s', () => heard++);
    publish();
    subscription.close();
    engine.run(100);
    expect(heard).toBe(1);
  });
});

describe('leases in the simulator', () => {
  const lease = { ttlMs: 3000, renewIntervalMs: 1000 };
  const crashed = (kind: 'crash' | 'blackhole' | 'hang' | 'slow') =>
    traceOf(
      trialOf({
        durationMs: 30_000,
        instances: instances(2),
        registry: { kind: 'memory', lease },
        faults: [
          {
            action: kind === 'slow' ? { kind, factor: 5 } : { kind },
            target: { kind: 'instances', indexes: [1] },
            when: { kind: 'at', atMs: 10_000, forMs: 10_000 },
          },
        ],
      }),
    ).views.slice(2);

  for (const kind of ['crash', 'blackhole', 'hang'] as const) {
    it(`expire when their instance can no longer renew (${kind}), and are taken again when it can`, () => {
      const [gone, back, ...more] = crashed(kind);
      expect(more).toEqual([]);
      expect(gone).toMatchObject({ instance: 1, inView: false });
      // The last renewal was up to one interval before the fault.
      expect(gone.atMs).toBeGreaterThan(10_000 + lease.ttlMs - lease.renewIntervalMs);
      expect(gone.atMs).toBeLessThanOrEqual(10_000 + lease.ttlMs);
      expect(back).toMatchObject({ instance: 1, inView: true });
      expect(back.atMs).toBeGreaterThanOrEqual(20_000);
      expect(back.atMs).toBeLessThanOrEqual(20_000 + lease.renewIntervalMs);
    });
  }

  it('are kept by an instance that is merely slow', () => expect(crashed('slow')).toEqual([]));

  it('that run out just after the repair are late removals, on evidence from before it, and no mistakes', () => {
    let late = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const trial = trialOf({
        durationMs: 30_000,
        instances: instances(3),
        registry: { kind: 'memory', lease: { ttlMs: 5000, renewIntervalMs: 2000 } },
        faults: [
          {
            action: { kind: 'blackhole' },
            target: { kind: 'instances', indexes: [1] },
            when: { kind: 'at', atMs: 10_000, forMs: 4000 },
          },
        ],
      });
      const { failover, detector } = runTrial(trial, seed, { recordSeries: false }).measures;
      expect(detector.falsePositives).toBe(0);
      late += failover.late;
    }
    // The last renewal lies up to 2 s before the fault, so the lease ends 3 to 5 s into it, and the next renewal up to 2 s
    // after the repair: some leases end in between.
    expect(late).toBeGreaterThan(3);
  });

  it('do not exist unless written: a crash takes nobody out of the registry', () => {
    const { views } = traceOf(
      trialOf({
        faults: [
          {
            action: { kind: 'crash' },
            target: { kind: 'instances', indexes: [0] },
            when: { kind: 'at', atMs: 100, forMs: 900 },
          },
        ],
      }),
    );
    expect(views).toEqual([{ atMs: 0, caller: 0, instance: 0, inView: true }]);
  });
});
