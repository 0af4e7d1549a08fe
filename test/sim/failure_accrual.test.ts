import { describe, expect, it } from 'vitest';
import { OUTLIER_DETECTION } from '../../src/health/outlier/settings.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { removals } from '../helpers/removals.ts';
import { callers, instances, traceOf, trialOf } from '../helpers/trial.ts';

const CRASH_MS = 20_500;
const REPAIR_MS = 130_500;

/** One of four instances is down for 110 s; five callers turn to each instance about once a second. */
const trial = (failureAccrual: TrialConfig['failureAccrual'], written: Partial<TrialConfig> = {}): TrialConfig =>
  trialOf({
    durationMs: 220_000,
    instances: instances(4, { serviceTime: { kind: 'constant', valueMs: 0 } }),
    callers: callers(5),
    load: { arrivals: 'poisson', ratePerMs: 0.02, keys: null },
    failureAccrual,
    faults: [
      {
        action: { kind: 'crash' },
        target: { kind: 'instances', indexes: [2] },
        when: { kind: 'at', atMs: CRASH_MS, forMs: REPAIR_MS - CRASH_MS },
      },
    ],
    ...written,
  });

const measured = (config: TrialConfig) => runTrial(config, 1, { recordSeries: false }).measures;

describe.each([
  // One failure takes it out; a request a little after each 10 to 11 s finds out.
  ['nginx-max-fails', {}, 1],
  ['finagle', { successRate: 0, backoffMax: 10_000 }, 5],
  ['linkerd', { mode: 'consecutive' }, 7],
  ['breaker', { openTime: 10_000 }, 6],
] as const)('%s', (name, options, failures) => {
  const config = trial({ name, options });
  const { failover, failovers, detectors } = measured(config);
  const trace = traceOf(config);

  it('takes a dead instance out once, and trusts it again once it is well', () => {
    expect(failovers[0]).toMatchObject({ removedBy: removals({ accrual: 5 }), undetected: 0, atRisk: 5 });
    expect(failovers[0]?.detectByMs.accrual).toEqual(failovers[0]?.detectMs);
    for (let caller = 0; caller < 5; caller++) {
      const own = trace.beliefs.filter((each) => each.caller === caller && each.cause === 'accrual');
      expect(
        own.map(({ good, instance }) => [good, instance]),
        `what caller ${caller} thinks of whom`,
      ).toEqual([
        [false, 2],
        [true, 2],
      ]);
      expect(own[1]?.evidenceAtMs, 'when the request was sent that found it well').toBeGreaterThanOrEqual(REPAIR_MS);
      const failed = trace.ends.filter(
        ({ outcome, atMs, instance }) => outcome === 'refused' && instance === 2 && atMs <= (own[0]?.atMs ?? 0),
      );
      expect(failed.length, 'failed requests of all callers until this one took it out').toBeGreaterThanOrEqual(
        failures,
      );
    }
  });

  it('the requests that it lets through and that find it dead are half-open leaks', () => {
    const probes = trace.probing.filter(({ atMs, probing }) => probing && atMs < REPAIR_MS);
    const dead = trace.ends.filter(({ outcome }) => outcome === 'refused');
    expect(probes.length, 'times that a caller was ready to try it').toBeGreaterThan(5);
    // All that fails is what took it out, and probes of which some are still to come at the repair.
    expect(failover.leaks).toEqual({ halfOpen: dead.length - 5 * failures, unejected: 0, panic: 0, staleView: 0 });
    expect(failover.leaks.halfOpen).toBeLessThanOrEqual(probes.length);
    expect(failover.leaks.halfOpen).toBeGreaterThan(probes.length - 5 * 2);
  });

  it('lets one request through at a time, however many come before its answer', () => {
    // Four requests of each caller come to a healthy instance before the answer of the first.
    const far = traceOf(trial({ name, options }, { networkLatency: { kind: 'constant', valueMs: 2000 } }));
    for (let caller = 0; caller < 5; caller++) {
      const own = <T extends { caller: number; instance: number }>(all: readonly T[]) =>
        all.filter((each) => each.caller === caller && each.instance === 2);
      const ready = own(far.probing).filter(({ probing }) => probing);
      const wellMs = own(far.beliefs).find(({ good, atMs }) => good && atMs > REPAIR_MS)?.atMs ?? Infinity;
      const sent = own(far.sends).filter(({ atMs }) => atMs >= (ready[0]?.atMs ?? 0) && atMs < wellMs);
      expect(sent.length, `requests of caller ${caller}, ready for one ${ready.length} times`).toBeLessThanOrEqual(
        ready.length,
      );
      expect(ready.length, 'times that it was ready for one').toBeGreaterThan(1);
    }
  });

  it('has it back when the probe succeeded, not when it may be sent', () => {
    expect(failover.reinstateMs.count, 'callers that have it back').toBe(5);
    const back = trace.beliefs.filter(({ good, atMs }) => good && atMs > REPAIR_MS).map(({ atMs }) => atMs - REPAIR_MS);
    expect(failover.reinstateMs.max, 'from the repair until the last caller trusts it').toBeCloseTo(
      Math.max(...back),
      6,
    );
  });

  it('is a detector by itself, beside the registry, which notices nothing', () => {
    expect(detectors.map(({ detector, detectMs, undetected }) => [detector, detectMs.count, undetected])).toEqual([
      ['registry', 0, 5],
      ['accrual', 5, 0],
      ['all', 5, 0],
    ]);
  });
});

it('stands beside outlier detection: whoever is first removes', () => {
  const ejecting = { ...OUTLIER_DETECTION, maxEjectionPercent: 100, consecutive5xx: 3, enforcingSuccessRate: 0 };
  const both = trial({ name: 'linkerd', options: { mode: 'consecutive' } }, { outlierDetection: ejecting });
  const { failovers, detectors } = measured(both);
  expect(failovers[0]?.removedBy).toEqual(removals({ ejection: 5 }));
  expect(detectors.map(({ detector, atRisk }) => [detector, atRisk])).toEqual([
    ['ejection', 5],
    ['registry', 5],
    ['accrual', 5],
    ['all', 5],
  ]);
  // Linkerd's accrual sees only three failures, and three more each time an ejection runs out: seven take two ejections.
  const [ejection, , accrual] = detectors;
  expect(accrual?.detectMs.count, 'callers whose accrual notices too').toBeGreaterThan(2);
  expect(accrual?.detectMs.p50, 'when accrual finds it').toBeGreaterThan(ejection?.detectMs.max ?? Number.NaN);
});

it('the only instance of nginx is never out', () => {
  const one = trial(
    { name: 'nginx-max-fails', options: {} },
    {
      instances: instances(1),
      load: { arrivals: 'poisson', ratePerMs: 0.005, keys: null },
      faults: [
        {
          action: { kind: 'crash' },
          target: { kind: 'instances', indexes: [0] },
          when: { kind: 'at', atMs: CRASH_MS, forMs: 100_000 },
        },
      ],
    },
  );
  const { failover, requests } = measured(one);
  expect(failover).toMatchObject({ atRisk: 5, undetected: 5 });
  expect(requests.noHost).toBe(0);
});

it('a host that nginx has out is in again when it is the last one in view, and out when it is not', () => {
  // The other one restarts on purpose: it is deregistered while the first is dead.
  const restart = {
    action: { kind: 'restart', drainMs: 0, downMs: 20_000, everyMs: 20_000 },
    target: { kind: 'instances', indexes: [1] },
    when: { kind: 'at', atMs: 40_000, forMs: Infinity },
  } as const;
  const crash = {
    action: { kind: 'crash' },
    target: { kind: 'instances', indexes: [0] },
    when: { kind: 'at', atMs: CRASH_MS, forMs: Infinity },
  } as const;
  const options = { maxFails: 2, failTimeout: 60_000 };
  const two = trial(
    { name: 'nginx-max-fails', options },
    { instances: instances(2), callers: callers(1), faults: [crash, restart], durationMs: 100_000 },
  );
  const own = traceOf(two).beliefs.filter(({ instance, cause }) => instance === 0 && cause === 'accrual');
  const [out, alone, again] = own;
  expect(own.map(({ good }) => good).slice(0, 3)).toEqual([false, true, false]);
  expect(out?.atMs).toBeLessThan(40_000);
  expect(alone?.atMs).toBe(40_000);
  expect(again?.atMs).toBeGreaterThan(60_000);
});

it('the same seed gives the same verdicts', () => {
  const config = trial({ name: 'finagle', options: {} });
  expect(traceOf(config).verdicts).toEqual(traceOf(config).verdicts);
});
