import { describe, expect, it } from 'vitest';
import { Outcome } from '../../src/core/outcome.ts';
import type { ImpactResult } from '../../src/metrics/measures.ts';
import { Script, type SmallWorld } from './history.ts';

const world = (more: SmallWorld = {}) =>
  new Script({
    weights: [1, 1],
    faultKinds: ['crash', 'slow', 'errors', 'restart'],
    durationMs: 200_000,
    ...more,
  }).allGood();
const impact = (script: Script, endMs = 200_000): readonly ImpactResult[] => script.run(endMs).measures.impact;

describe('impact', () => {
  it('has a row for every event, whatever the kind, that begins in [warmup, duration)', () => {
    const script = world({ warmupMs: 1000 }).outage(0, 500, 2000, 0, 0).impairment(1, 1500, 3000, 1, 1);
    expect(impact(script.impairment(0, 5000, 6000, 2, 2)).map(({ fault, startMs }) => [fault, startMs])).toEqual([
      ['slow#1', 1500],
      ['errors#2', 5000],
    ]);
  });

  it('a fault of no instance, an outage of the registry, answers for no attempt, but callers feel it', () => {
    const script = world().outage(0, 11_000, 12_000);
    script.say({ kind: 'faultStart', atMs: 10_000, entry: 1, event: 1, instance: -1 });
    script.say({ kind: 'faultEnd', atMs: 13_000, entry: 1, event: 1, instance: -1 });
    script.hit(10_100, 1, 0, Outcome.error);
    expect(impact(script)).toMatchObject([
      { fault: 'slow#1', startMs: 10_000, failedAttempts: 0, clientFailures: 0, peakErrorRate: 1, outageSeconds: 1 },
      { fault: 'crash#0', startMs: 11_000, failedAttempts: 0 },
    ]);
  });

  it('a fault of no instance ends like any other: a minute later what fails is no longer its own', () => {
    const script = world();
    script.say({ kind: 'faultStart', atMs: 10_000, entry: 1, event: 0, instance: -1 });
    script.say({ kind: 'faultEnd', atMs: 13_000, entry: 1, event: 0, instance: -1 });
    script.hit(72_500, 1, 0, Outcome.error).hit(73_500, 1, 0, Outcome.error);
    expect(impact(script)).toMatchObject([{ fault: 'slow#1', outageSeconds: 1, peakErrorRate: 1, recoverMs: null }]);
  });

  it('finds bad seconds on a grid from the start, by arrival', () => {
    const script = world().outage(0, 10_500, 12_000);
    // Second 0: one of two fails. Second 1: idle. Second 2: one of 1000 fails, which is 99.9%. Second 3: one of 999.
    script.hit(10_600, 1).request(0, 10_700, [0, 10_700, 14_000, Outcome.timedOut]);
    for (let i = 0; i < 1000; i++) script.hit(12_500 + 0.5 * i, 1, 0, i === 7 ? Outcome.error : Outcome.ok);
    for (let i = 0; i < 999; i++) script.hit(13_500 + 0.5 * i, 1, 0, i === 7 ? Outcome.error : Outcome.ok);
    script.hit(10_499, 1, 0, Outcome.error);
    expect(impact(script)).toEqual([
      {
        fault: 'crash#0',
        startMs: 10_500,
        failedAttempts: 1,
        clientFailures: 1,
        peakErrorRate: 0.5,
        outageSeconds: 2,
        recoverMs: 4000,
      },
    ]);
  });

  it('recovers at 0 where nothing fails, and has no peak where nothing arrives', () => {
    expect(impact(world().outage(0, 1000, 2000).hit(1500, 1))[0]).toMatchObject({
      peakErrorRate: 0,
      outageSeconds: 0,
      recoverMs: 0,
    });
    expect(impact(world().outage(0, 1000, 2000))[0]).toMatchObject({
      peakErrorRate: null,
      outageSeconds: 0,
      recoverMs: 0,
    });
  });

  it('looks until 60 s after the end, cutting the last second there', () => {
    // From 1000 to 2500 + 60000 = 62500: the last window is [62000, 62500).
    const tail = (atMs: number) => impact(world().outage(0, 1000, 2500).hit(atMs, 1, 0, Outcome.error))[0];
    expect(tail(61_999)).toMatchObject({ outageSeconds: 1, recoverMs: 61_000 });
    expect(tail(62_499)).toMatchObject({ outageSeconds: 1, recoverMs: null });
    expect(tail(62_500)).toMatchObject({ outageSeconds: 0, recoverMs: 0, peakErrorRate: null });
  });

  it('looks until the next event, and to the end of the run', () => {
    const script = world().outage(0, 1000, 2000, 0, 0).outage(1, 3500, 4000, 0, 1).outage(0, 3500, 4000, 3, 2);
    script.hit(3400, 1, 0, Outcome.error).hit(3600, 1, 0, Outcome.error);
    const rows = impact(script);
    expect(rows.map(({ outageSeconds, recoverMs }) => [outageSeconds, recoverMs])).toEqual([
      [1, null],
      [1, 1000],
      [1, 1000],
    ]);
    const atEnd = world({ durationMs: 5000 }).outage(0, 4500, null).hit(4900, 1, 0, Outcome.error);
    expect(impact(atEnd, 5000)[0]).toMatchObject({ outageSeconds: 1, recoverMs: null });
  });

  it('takes a rolling restart as one event, from its first start to its last end', () => {
    // 100 s between the targets: longer than the aftermath of the first.
    const script = world().outage(0, 1000, 2000, 3, 0).outage(1, 101_000, 102_000, 3, 0);
    script.hit(61_950, 1, 0, Outcome.error).hit(70_000, 1, 0, Outcome.error).hit(101_500, 1, 0, Outcome.refused);
    expect(impact(script)).toEqual([
      {
        fault: 'restart#3',
        startMs: 1000,
        failedAttempts: 1,
        clientFailures: 1,
        peakErrorRate: 1,
        outageSeconds: 3,
        recoverMs: 101_000,
      },
    ]);
  });

  it('lays an attempt at the door of every event it met on its target', () => {
    const script = world().outage(0, 1000, 3000, 0, 0).impairment(0, 2000, 4000, 1, 1).impairment(1, 2000, 4000, 2, 2);
    script.request(0, 500, [0, 500, 2500, Outcome.timedOut]);
    script.request(0, 3500, [0, 3500, 3600, Outcome.error], [1, 3600, 3700, Outcome.error]);
    expect(impact(script).map(({ failedAttempts, clientFailures }) => [failedAttempts, clientFailures])).toEqual([
      [1, 1],
      [2, 1],
      [1, 1],
    ]);
  });

  it('takes a request without an answer at the end as failed', () => {
    const script = world({ durationMs: 10_000 }).outage(0, 2000, null).request(0, 3500, [0, 3500, null]);
    expect(impact(script, 15_000)[0]).toMatchObject({ peakErrorRate: 1, outageSeconds: 1, recoverMs: 2000 });
  });

  it('goes on counting answers after the duration, but not what was sent then', () => {
    const script = world({ durationMs: 10_000 }).outage(0, 9000, null);
    script
      .request(0, 9500, [0, 9500, 12_000, Outcome.timedOut])
      .request(0, 10_500, [0, 10_500, 11_000, Outcome.timedOut]);
    expect(impact(script, 15_000)[0]).toMatchObject({ failedAttempts: 1, clientFailures: 1, outageSeconds: 1 });
  });
});
