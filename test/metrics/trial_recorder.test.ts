import { fc } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { beliefCauses } from '../../src/core/belief_cause.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { createTrialRecorder } from '../../src/metrics/trial_recorder.ts';
import type { Recorder } from '../../src/sim/recorder.ts';
import { AGENT } from '../../src/sim/recorder.ts';
import { type History, record, Script, smallWorld } from './history.ts';
import { randomHistory } from './random_history.ts';

/** A run to change one thing in. */
function busyScript(): Script {
  const script = new Script({ weights: [1, 1], callers: 2 }).allGood();
  for (let i = 0; i < 20; i++) script.hit(100 * i + 50, i % 2, i % 2);
  return script.outage(0, 5000, 6000).remove(5500, 0, 0).restore(6500, 0, 0);
}

const digestOf = (script: Script) => script.run().measures.digest;

describe('a trial recorder', () => {
  it('is a Recorder', () => {
    const recorder: Recorder = createTrialRecorder(smallWorld());
    expect(recorder).toBeDefined();
  });

  it('reads busy time where measuring starts and stops', () => {
    let busyMs = 100;
    const gauges = { busy: () => 0, queued: () => 0, busyMs: (i: number) => busyMs * (i + 1) };
    const recorder = createTrialRecorder(
      smallWorld({ weights: [1, 1], warmupMs: 1000, durationMs: 3000, gauges, concurrency: 2 }),
    );
    recorder.startMeasuring(1000);
    busyMs = 500;
    recorder.stopMeasuring(3000);
    busyMs = 9000;
    const { instances, fairness } = recorder.finish(3000, []).measures;
    // 400 and 800 ms of the 2 x 2000 that two workers had; Jain of 1:2 is 9/10.
    expect(instances.map(({ utilization }) => utilization)).toEqual([0.1, 0.2]);
    expect(fairness.busyJain).toBeCloseTo(0.9, 12);
  });

  it('counts utilization over the time up', () => {
    let busyMs = 0;
    const recorder = createTrialRecorder(
      smallWorld({
        weights: [1, 1],
        durationMs: 4000,
        gauges: { busy: () => 0, queued: () => 0, busyMs: () => busyMs },
      }),
    );
    recorder.startMeasuring(0);
    recorder.truth(1000, 0, false, 0);
    busyMs = 500;
    recorder.stopMeasuring(4000);
    const { instances } = recorder.finish(4000, []).measures;
    expect(instances.map(({ utilization }) => utilization)).toEqual([0.5, 0.125]);
    expect(instances.map(({ availability }) => availability)).toEqual([0.25, 1]);
  });

  it('gives one digest for one history, and another for any change outside sees', () => {
    const changed = [
      busyScript().hit(9000, 0),
      busyScript().remove(5501, 1, 0),
      busyScript().outage(1, 5000, 6000, 0, 1),
      busyScript().request(0, 9000),
    ].map(digestOf);
    expect(digestOf(busyScript())).toBe(digestOf(busyScript()));
    expect(new Set([digestOf(busyScript()), ...changed]).size).toBe(5);
    // What nobody sees changes nothing.
    expect(digestOf(busyScript().say({ kind: 'probe', atMs: 1, caller: 0, instance: 0, passed: true }))).toBe(
      digestOf(busyScript()),
    );
  });

  it('fingerprints the input by arrivals before the duration alone', () => {
    const input = (script: Script) => script.run(11_000).measures.inputDigest;
    expect(input(busyScript().remove(3000, 1, 1))).toBe(input(busyScript()));
    expect(input(busyScript().request(0, 10_000))).toBe(input(busyScript()));
    expect(input(busyScript().request(0, 9999))).not.toBe(input(busyScript()));
    expect(input(busyScript().request(1, 9999))).not.toBe(input(busyScript().request(0, 9999)));
  });

  it('counts probes in [warmup, duration)', () => {
    const script = new Script({ warmupMs: 1000, durationMs: 2000 });
    for (const atMs of [999, 1000, 1500, 1999, 2000]) {
      script.say({ kind: 'probe', atMs, caller: 0, instance: 0, passed: atMs !== 1500 });
    }
    expect(script.run(3000).measures.probes).toEqual({ sent: 3, failed: 1 });
  });

  it('counts those of agents with those of callers, each at the instance it asked', () => {
    const script = new Script({ weights: [1, 1], durationMs: 2000 });
    for (const caller of [AGENT, 0, AGENT])
      script.say({ kind: 'probe', atMs: 500, caller, instance: 1, passed: false });
    const { probes, instances } = script.run().measures;
    expect(probes).toEqual({ sent: 3, failed: 3 });
    expect(instances.map((row) => row.probes)).toEqual([0, 3]);
  });

  it('gives the share of instances up in each whole second', () => {
    const script = new Script({ weights: [1, 1, 1, 1], durationMs: 3500 }).outage(0, 500, 2250).outage(1, 1000, null);
    expect(script.run().upShare).toEqual([0.875, 0.5, (0.5 * 250 + 0.75 * 750) / 1000]);
  });

  it.each<[string, (script: Script) => Script]>([
    ['which was not pickable', (s) => s.hit(1, 0)],
    ['is good already', (s) => s.allGood().believe(1, 0, 0)],
    ['needs it in view', (s) => s.believe(1, 0, 0)],
    ['is not pickable already', (s) => s.pick(1, 0, 0, false)],
    ['is not in view already', (s) => s.say({ kind: 'view', atMs: 1, caller: 0, instance: 0, on: false })],
    ['has weight 0', (s) => s.pick(1, 0, 4, true)],
    ['instance 0 is down already', (s) => s.outage(0, 1, null).outage(0, 2, null)],
    [
      'that was not in flight',
      (s) =>
        s.allGood().say({
          kind: 'attemptEnd',
          atMs: 1,
          request: 0,
          attempt: 0,
          caller: 0,
          instance: 0,
          sentAtMs: 0,
          outcome: 0,
        }),
    ],
    ['in order of arrival', (s) => s.say({ kind: 'arrive', atMs: 1, request: 7, caller: 0, demandMs: 1 })],
    ['offered must equal', (s) => s.say({ kind: 'arrive', atMs: 1, request: 0, caller: 0, demandMs: 1 })],
    [
      'more answers than arrivals',
      (s) =>
        s.say({
          kind: 'done',
          atMs: 1,
          request: 0,
          caller: 0,
          arrivedAtMs: 0,
          outcome: Outcome.noHost,
          attempts: 0,
          lastInstance: -1,
          lastSentAtMs: Number.NaN,
        }),
    ],
    [
      'every attempt must have been sent once',
      (s) =>
        s.say(
          { kind: 'arrive', atMs: 1, request: 0, caller: 0, demandMs: 1 },
          {
            kind: 'done',
            atMs: 2,
            request: 0,
            caller: 0,
            arrivedAtMs: 1,
            outcome: Outcome.refused,
            attempts: 2,
            lastInstance: 0,
            lastSentAtMs: 1,
          },
        ),
    ],
    ['measuring starts once', (s) => s.say({ kind: 'start', atMs: 5 })],
    ['measuring stops once', (s) => s.say({ kind: 'stop', atMs: 10_000 })],
  ])('refuses a world that breaks its promises: %s', (message, breakIt) => {
    const script = breakIt(new Script({ weights: [1, 1, 1, 1, 0], durationMs: 10_000 }));
    expect(() => script.run()).toThrow(message);
  });

  it('refuses to finish before measuring has stopped, and a run without a measured part', () => {
    expect(() => createTrialRecorder(smallWorld()).finish(0, [])).toThrow('after measuring has stopped');
    expect(() => createTrialRecorder(smallWorld({ warmupMs: 5, durationMs: 5 }))).toThrow('0 <= warmup < duration');
  });
});

describe('random histories', () => {
  it('reach every corner the twin is compared in', () => {
    const reached = new Set<string>();
    for (const history of fc.sample(randomHistory, { numRuns: 400, seed: 1 }) as History[]) {
      const { measures } = record(history);
      const { failover, fairness, detector, impact, requests } = measures;
      const note = (what: string, is: boolean) => is && reached.add(what);
      for (const [name, count] of Object.entries({ ...failover, ...failover.leaks, ...detector.impairedRemovals })) {
        note(name, typeof count === 'number' && count > 0);
      }
      note('detect', failover.detectMs.count > 1);
      note('drain', failover.drainMs.count > 1);
      note('reinstate', failover.reinstateMs.count > 1);
      note(
        'reopened',
        measures.failovers.some(({ endMs }) => endMs === null),
      );
      note('windows', fairness.windows.used > 0 && (fairness.dispersion ?? 0) > 0);
      note('excluded', fairness.excluded > 0);
      note(
        'impact',
        impact.some(({ failedAttempts, clientFailures }) => failedAttempts > clientFailures && clientFailures > 0),
      );
      note(
        'recovers',
        impact.some(({ recoverMs }) => recoverMs !== null && recoverMs > 0),
      );
      note(
        'lasting',
        impact.some(({ recoverMs }) => recoverMs === null),
      );
      note('mistakes', (detector.meanDurationMs ?? 0) > 0);
      for (const { detector: source, detectMs, ...figures } of measures.detectors) {
        note(`${source} detects`, detectMs.count > 0);
        note(`${source} errs`, figures.falsePositives > 0 && (figures.meanDurationMs ?? 0) > 0);
        note(`${source} misses`, figures.undetected > 0 && figures.censored > 0);
      }
      note('unfinished', requests.inFlightAtEnd > 0 && requests.retries > 0);
    }
    expect([...reached].sort()).toEqual(
      [
        'atRisk',
        'undetected',
        'censored',
        'late',
        'unexposed',
        'falsePositives',
        'unejected',
        'panic',
        'staleView',
        'halfOpen',
      ]
        .concat(['slow', 'errors', 'detect', 'drain', 'reinstate', 'reopened', 'windows', 'excluded', 'impact'])
        .concat(['recovers', 'lasting', 'mistakes', 'unfinished'])
        .concat([...beliefCauses, 'all'].flatMap((each) => [`${each} detects`, `${each} errs`, `${each} misses`]))
        .sort(),
    );
  });
});
