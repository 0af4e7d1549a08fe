import { describe, expect, it } from 'vitest';
import type { FaultConfig } from '../../../src/sim/config.ts';
import type { RegistryOutage } from '../../../src/sim/registries/registry_system.ts';
import { callers, instances, type Trace, traceOf, trialOf } from '../../helpers/trial.ts';

const lease = { ttlMs: 3000, renewIntervalMs: 1000 };
const outage = (mode: RegistryOutage, atMs: number, forMs: number, zone: string | null = null): FaultConfig => ({
  action: { kind: 'registry', mode, zone },
  target: { kind: 'instances', indexes: [] },
  when: { kind: 'at', atMs, forMs },
});
const crash = (index: number, atMs: number, forMs: number): FaultConfig => ({
  action: { kind: 'crash' },
  target: { kind: 'instances', indexes: [index] },
  when: { kind: 'at', atMs, forMs },
});

/** Two instances in zones a and b, a caller in each. Instance 0 dies at 20 s for good; a fault of the registry besides. */
function run(...faults: FaultConfig[]): Trace {
  const zones = ['a', 'b'];
  return traceOf(
    trialOf({
      durationMs: 60_000,
      instances: instances(2).map((config, i) => ({ ...config, zone: zones[i] ?? null })),
      callers: callers(2).map((config, i) => ({ ...config, zone: zones[i] ?? null })),
      registry: { kind: 'memory', lease },
      faults,
    }),
  );
}
const leaves = (trace: Trace, instance = 0) =>
  trace.views
    .filter((view) => !view.inView && view.instance === instance)
    .map(({ atMs, caller }) => ({ atMs, caller }));

describe('a registry in memory with leases of 3 s, renewed every second', () => {
  const [plain = Number.NaN] = leaves(run(crash(0, 20_000, Infinity))).map(({ atMs }) => atMs);

  it('without an outage both callers lose the instance when its lease runs out', () => {
    expect(plain).toBeGreaterThan(22_000);
    expect(plain).toBeLessThanOrEqual(23_000);
  });

  it('down: leases stand still, and go on when it is back', () => {
    const trace = run(crash(0, 20_000, Infinity), outage('down', 21_000, 15_000));
    expect(leaves(trace)).toEqual([0, 1].map((caller) => ({ atMs: plain + 15_000, caller })));
    // The living one goes on renewing: it is never missed.
    expect(leaves(trace, 1)).toEqual([]);
  });

  it('stale: it goes on, callers hear of it later, and by what evidence', () => {
    const trace = run(crash(0, 20_000, Infinity), outage('stale', 21_000, 15_000));
    expect(leaves(trace)).toEqual([0, 1].map((caller) => ({ atMs: 36_000, caller })));
    const removal = trace.beliefs.find(({ good }) => !good);
    expect(removal?.cause).toBe('registry');
    // The last renewal.
    expect(removal?.evidenceAtMs).toBeCloseTo(plain - 3000, 6);
  });

  it('partitioned: the zone hears nothing and is not heard, so that its leases run out for the others', () => {
    const trace = run(outage('partitioned', 21_000, 15_000, 'a'));
    const [others, own] = leaves(trace);
    expect(others?.caller).toBe(1);
    expect(others?.atMs).toBeGreaterThan(23_000);
    expect(others?.atMs).toBeLessThanOrEqual(24_000);
    // The zone's own caller learns of it when it hears again.
    expect(own).toEqual({ atMs: 36_000, caller: 0 });
    expect(leaves(trace, 1)).toEqual([]);
    // At its next renewal the instance registers again.
    const back = trace.views.filter(({ atMs, inView }) => inView && atMs > 21_000);
    expect(back.map(({ instance, caller }) => [instance, caller])).toEqual([
      [0, 0],
      [0, 1],
    ]);
    for (const { atMs } of back) expect(Math.abs(atMs - 36_500)).toBeLessThanOrEqual(500);
  });

  it('overlapping outages are one', () => {
    const trace = run(crash(0, 20_000, Infinity), outage('down', 21_000, 10_000), outage('down', 25_000, 11_000));
    expect(leaves(trace)[0]?.atMs).toBe(plain + 15_000);
  });

  it('is a fault event of no instance', () => {
    expect(run(outage('down', 21_000, 15_000)).faults).toEqual([
      { atMs: 21_000, what: 'start', entry: 0, event: 0, instance: -1 },
      { atMs: 36_000, what: 'end', entry: 0, event: 0, instance: -1 },
    ]);
  });

  it('who says that it leaves while nobody listens is heard afterwards', () => {
    const restart: FaultConfig = {
      action: { kind: 'restart', drainMs: 30_000, downMs: 1000, everyMs: 31_000 },
      target: { kind: 'instances', indexes: [0] },
      when: { kind: 'at', atMs: 22_000, forMs: Infinity },
    };
    expect(leaves(run(restart, outage('down', 21_000, 15_000)))[0]?.atMs).toBe(36_000);
  });
});
