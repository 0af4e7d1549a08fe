import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { strategies } from '../../src/balancer/strategies/index.ts';
import { randomStream } from '../../src/core/random.ts';
import type { FaultAction, FaultConfig, FaultTarget, TrialConfig } from '../../src/sim/config.ts';
import { repairSampler } from '../../src/sim/faults/repair.ts';
import type { BackOff, FaultWhen } from '../../src/sim/faults/when.ts';
import { instances, type Trace, traceOf, trialOf } from '../helpers/trial.ts';

const first: FaultTarget = { kind: 'instances', indexes: [0] };
const crash: FaultAction = { kind: 'crash' };
const fault = (when: FaultWhen, target: FaultTarget = first, action: FaultAction = crash): FaultConfig => ({
  action,
  target,
  when,
});

const turns = (trace: Trace, instance = 0) =>
  trace.truths.filter((each) => each.instance === instance).map(({ atMs, up }) => [atMs, up]);
const starts = (trace: Trace) => trace.faults.filter(({ what }) => what === 'start');

describe('flapping', () => {
  it('repeats as often as it says, each time an event of its own', () => {
    const when: FaultWhen = { kind: 'repeated', atMs: 1000, forMs: 200, everyMs: 700, times: 3 };
    const trace = traceOf(trialOf({ faults: [fault(when)] }));
    expect(turns(trace)).toEqual([
      [1000, false],
      [1200, true],
      [1700, false],
      [1900, true],
      [2400, false],
      [2600, true],
    ]);
    expect(starts(trace).map(({ event }) => event)).toEqual([0, 1, 2]);
  });

  it('goes on to the end, where no number is given, and strikes all targets at once', () => {
    const when: FaultWhen = { kind: 'repeated', atMs: 500, forMs: 100, everyMs: 1000, times: Infinity };
    const trace = traceOf(trialOf({ instances: instances(3), faults: [fault(when, { kind: 'count', count: 2 })] }));
    const begun = starts(trace).filter(({ atMs }) => atMs < 10_000);
    expect(begun).toHaveLength(20);
    expect(begun.map(({ event }) => event)).toEqual(begun.map((_, i) => Math.floor(i / 2)));
  });
});

describe('a recorded trace', () => {
  const when: FaultWhen = {
    kind: 'trace',
    outages: [
      { instance: 0, downMs: 1000, upMs: 2000 },
      { instance: 1, downMs: 1500, upMs: 1600 },
      { instance: 2, downMs: 3000, upMs: 3001 },
      { instance: 1, downMs: 8000, upMs: Infinity },
      { instance: 0, downMs: 99_000_000, upMs: Infinity },
    ],
  };
  it('takes down whom it names, when it says; those who are no targets stay up', () => {
    const trace = traceOf(
      trialOf({ instances: instances(3), faults: [fault(when, { kind: 'instances', indexes: [0, 1] })] }),
    );
    expect(turns(trace, 0)).toEqual([
      [1000, false],
      [2000, true],
    ]);
    expect(turns(trace, 1)).toEqual([
      [1500, false],
      [1600, true],
      [8000, false],
    ]);
    expect(turns(trace, 2)).toEqual([]);
    expect(starts(trace).map(({ event }) => event)).toEqual([0, 1, 2]);
  });
});

describe('a common cause', () => {
  const together: FaultWhen = {
    kind: 'hazard',
    perMs: { kind: 'constant', value: 1 / 2000 },
    repair: { kind: 'exponential', meanMs: 300 },
    together: true,
  };
  it('strikes all targets at one moment, as one event, and mends them at one', () => {
    const trace = traceOf(trialOf({ instances: instances(4), faults: [fault(together, { kind: 'count', count: 3 })] }));
    const hit = [...new Set(trace.truths.map(({ instance }) => instance))];
    expect(hit).toHaveLength(3);
    expect(turns(trace, hit[0]).length).toBeGreaterThan(2);
    for (const instance of hit) expect(turns(trace, instance)).toEqual(turns(trace, hit[0]));
    expect(starts(trace).map(({ event }) => event)).toEqual(starts(trace).map((_, i) => Math.floor(i / 3)));
  });

  it('beside independent failures is two faults, whose outages overlap by union', () => {
    const alone: FaultWhen = { ...together, together: false };
    const all: FaultTarget = { kind: 'instances', indexes: [0, 1] };
    const both = traceOf(trialOf({ instances: instances(2), faults: [fault(together, all), fault(alone, all)] }));
    const common = traceOf(trialOf({ instances: instances(2), faults: [fault(together, all)] }));
    // The same common moments, whatever else strikes.
    const shared = starts(both).filter(({ entry }) => entry === 0);
    expect(shared.map(({ atMs }) => atMs)).toEqual(starts(common).map(({ atMs }) => atMs));
    expect(starts(both).some(({ entry }) => entry === 1)).toBe(true);
  });
});

/** Kubelet's figures. */
const kubelet: BackOff = {
  kind: 'backoff',
  initialMs: 10_000,
  factor: 2,
  maxMs: 300_000,
  resetAfterMs: 600_000,
  startup: { kind: 'constant', valueMs: 0 },
};

describe('a crash loop with back-off', () => {
  const waits = (upMs: number[], backoff = kubelet): number[] => {
    const repair = repairSampler(backoff, randomStream('back-off'));
    return upMs.map((ms) => repair(ms) / 1000);
  };

  // kubernetes.io, Pod Lifecycle, "How Pods handle problems with containers": an immediate restart, then 10 s, 20 s,
  // 40 s, ..., at most 300 s, and from the beginning once a container has run for 10 minutes without problems.
  it('is kubelet’s: at once, then 10 s doubling to 5 min', () => {
    expect(waits([7e6, 0, 1, 2, 3, 4, 5, 6, 7])).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('forgets after ten minutes of running, and not before', () => {
    expect(waits([0, 0, 0, 600_000, 600_001, 0])).toEqual([0, 10, 20, 40, 0, 10]);
  });

  it('adds the time the process takes to start', () => {
    expect(waits([0, 0, 0], { ...kubelet, startup: { kind: 'constant', valueMs: 1500 } })).toEqual([1.5, 11.5, 21.5]);
  });

  it('is what the world sees: a process that dies 2 s after every start', () => {
    const when: FaultWhen = {
      kind: 'lifetime',
      lifetime: { kind: 'constant', valueMs: 2000 },
      repair: { ...kubelet, resetAfterMs: 10_000, startup: { kind: 'constant', valueMs: 500 } },
    };
    const trace = traceOf(trialOf({ durationMs: 50_000, faults: [fault(when)] }));
    expect(turns(trace).slice(0, 6)).toEqual([
      [2000, false],
      [2500, true],
      [4500, false],
      [15_000, true],
      [17_000, false],
      [37_500, true],
    ]);
  });

  test.prop([
    fc.array(fc.integer({ min: 0, max: 1_200_000 }), { maxLength: 40 }),
    fc.double({ min: 1, max: 5, noNaN: true }),
  ])('agrees with counting the failures since the last long life', (lives, factor) => {
    let failures = 0;
    const expected = lives.map((upMs) => {
      if (upMs > 600_000) failures = 0;
      const waitMs = failures === 0 ? 0 : Math.min(300_000, 10_000 * factor ** (failures - 1));
      failures++;
      return waitMs / 1000;
    });
    for (const [i, wait] of waits(lives, { ...kubelet, factor }).entries()) expect(wait).toBeCloseTo(expected[i], 6);
  });
});

describe('a crash by overload', () => {
  /** Four requests a second of half a second each on one worker: the queue grows by two a second. */
  const overloaded = (repairMs: number | null, faults: FaultConfig[] = []): TrialConfig =>
    trialOf({
      instances: instances(1, { serviceTime: { kind: 'constant', valueMs: 500 } }),
      load: { arrivals: 'constant', ratePerMs: 0.004, keys: null },
      faults: [
        fault({
          kind: 'overload',
          queueAbove: 5,
          repair: repairMs === null ? null : { kind: 'constant', valueMs: repairMs },
        }),
        ...faults,
      ],
    });

  it('kills the process at the request that makes its queue too long, again after every repair', () => {
    const queued: number[] = [];
    let lengthOf = (): number => 0;
    const trace = traceOf(
      overloaded(1000),
      1,
      (gauges) => {
        lengthOf = () => gauges.queued(0);
      },
      () => queued.push(lengthOf()),
    );
    const deaths = trace.truths.filter(({ up }) => !up).map(({ atMs }) => atMs);
    expect(deaths.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...queued)).toBe(5);
    // One in service and six waiting are reset; whoever comes meanwhile is refused.
    expect(trace.ends.filter(({ atMs, outcome }) => atMs === deaths[0] && outcome === 'reset')).toHaveLength(7);
    const refused = trace.ends.filter(({ atMs }) => atMs > deaths[0] && atMs < deaths[0] + 1000);
    expect(refused.map(({ outcome }) => outcome)).toEqual(refused.map(() => 'refused'));
    expect(turns(trace)[1]).toEqual([deaths[0] + 1000, true]);
    // From an empty queue it takes as long again.
    expect(deaths[1] - deaths[0]).toBeGreaterThan(2000);
  });

  it('is for good where there is no repair', () => {
    expect(turns(traceOf(overloaded(null)))).toHaveLength(1);
  });

  it('spares a process that hangs, until it wakes to its backlog', () => {
    const hang = fault({ kind: 'at', atMs: 100, forMs: 4000 }, first, { kind: 'hang' });
    const trace = traceOf(overloaded(null, [hang]));
    expect(starts(trace).map(({ entry, atMs }) => [entry, atMs])).toEqual([
      [1, 100],
      [0, 4100],
    ]);
  });

  it('does nothing where the queue never gets that long', () => {
    expect(
      turns(traceOf({ ...overloaded(null), load: { arrivals: 'constant', ratePerMs: 0.002, keys: null } })),
    ).toEqual([]);
  });
});

describe('truth under any faults', () => {
  const ms = (max: number) => fc.integer({ min: 1, max });
  const law = ms(3000).chain((meanMs) =>
    fc.constantFrom({ kind: 'exponential', meanMs } as const, { kind: 'constant', valueMs: meanMs } as const),
  );
  const repair = fc.option(fc.oneof(law, fc.constant(kubelet)));
  const when: fc.Arbitrary<FaultWhen> = fc.oneof(
    fc.record({ kind: fc.constant('at' as const), atMs: ms(9000), forMs: ms(4000) }),
    fc
      .tuple(ms(5000), ms(900), ms(2000), ms(5))
      .map(([atMs, forMs, more, times]) => ({ kind: 'repeated', atMs, forMs, everyMs: forMs + more, times }) as const),
    fc.tuple(law, law, fc.boolean()).map(([lifetime, mend, together]) => {
      return { kind: 'lifetime', lifetime, repair: mend, start: 'stationary', together } as const;
    }),
    fc.tuple(law, repair, fc.boolean()).map(([lifetime, mend, together]) => {
      return { kind: 'lifetime', lifetime, repair: mend, together } as const;
    }),
    fc.tuple(ms(5000), repair, fc.boolean()).map(([meanMs, mend, together]) => {
      const perMs = { kind: 'sine', mean: 1 / meanMs, amplitude: 1 / meanMs, periodMs: 3000, phaseMs: 0 } as const;
      return { kind: 'hazard', perMs, repair: mend, together } as const;
    }),
    fc.tuple(ms(2000), repair).map(([everyMs, mend]) => {
      return { kind: 'probability', everyMs, share: { kind: 'constant', value: 0.3 }, repair: mend } as const;
    }),
  );
  const action = fc.constantFrom<FaultAction>(
    crash,
    { kind: 'hang' },
    { kind: 'blackhole' },
    { kind: 'slow', factor: 2 },
    { kind: 'failing-checks', rate: 0.5 },
    { kind: 'degraded' },
  );
  const target = fc.constantFrom<FaultTarget>(
    first,
    { kind: 'count', count: 2 },
    { kind: 'instances', indexes: [2, 0, 1] },
  );
  const faults = fc.array(
    fc.tuple(when, target, action).map((parts) => fault(...parts)),
    { minLength: 1, maxLength: 5 },
  );
  const worldOf = (written: readonly FaultConfig[], strategy = 'round-robin'): TrialConfig =>
    trialOf({ instances: instances(3), faults: [...written], strategy: { name: strategy, options: {} } });

  test.prop([faults, fc.integer({ min: 1, max: 1000 })], { numRuns: 60 })(
    'alternates, and is the union of what every fault does by itself',
    (written, seed) => {
      const trace = traceOf(worldOf(written), seed);
      for (let instance = 0; instance < 3; instance++) {
        const ups = turns(trace, instance).map(([, up]) => up);
        expect(ups).toEqual(ups.map((_, i) => i % 2 === 1));
        const outages = trace.faults.filter(
          (each) =>
            each.instance === instance &&
            ['crash', 'hang', 'blackhole'].includes(written[each.entry]?.action.kind ?? '') &&
            (each.what === 'start' || each.what === 'end'),
        );
        // Naively: at any moment, down where more have begun than ended.
        const expected: [number, boolean][] = [];
        let held = 0;
        for (const { atMs, what } of outages) {
          const before = held;
          held += what === 'start' ? 1 : -1;
          if (before === 0) expected.push([atMs, false]);
          if (held === 0) expected.push([atMs, true]);
        }
        expect(turns(trace, instance)).toEqual(expected);
      }
    },
  );

  test.prop([faults, fc.integer({ min: 1, max: 1000 }), fc.nat({ max: strategies.length - 1 })], { numRuns: 20 })(
    'is the same for a seed, whatever the strategy',
    (written, seed, i) => {
      const world = worldOf(written);
      // How long a run waits for its last answers is another matter.
      const inTime = ({ atMs }: { readonly atMs: number }): boolean => atMs < world.durationMs;
      const told = ({ truths, faults }: Trace) => [truths.filter(inTime), faults.filter(inTime)];
      expect(told(traceOf(worldOf(written, strategies[i].name), seed))).toEqual(told(traceOf(world, seed)));
    },
  );
});
