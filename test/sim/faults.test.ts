import { describe, expect, it } from 'vitest';
import type { FaultAction, FaultConfig, TrialConfig } from '../../src/sim/config.ts';
import { envoyChecks } from '../helpers/checks.ts';
import { callers, instances, type Trace, traceOf, trialOf } from '../helpers/trial.ts';

const DOWN_MS = 4000;
const UP_MS = 7000;
const LATENCY_MS = 2;

const during = (action: FaultAction): FaultConfig => ({
  action,
  target: { kind: 'instances', indexes: [0] },
  when: { kind: 'at', atMs: DOWN_MS, forMs: UP_MS - DOWN_MS },
});

/** One instance that takes 300 ms for each of ten requests a second on four workers: three or four are always in service. */
const world = (action: FaultAction, written: Partial<TrialConfig> = {}): TrialConfig =>
  trialOf({
    instances: instances(1, { concurrency: 4, serviceTime: { kind: 'constant', valueMs: 300 } }),
    networkLatency: { kind: 'constant', valueMs: LATENCY_MS },
    request: { timeoutMs: 1500, perTryTimeoutMs: 1500, connectTimeoutMs: 250, retries: 0, retryOn: [] },
    faults: [during(action)],
    ...written,
  });

/** How requests ended that arrived from `fromMs` on and before `toMs`, with how long that took. */
function endings(trace: Trace, fromMs: number, toMs: number): string[] {
  const of = trace.done.filter(({ arrivedAtMs }) => arrivedAtMs >= fromMs && arrivedAtMs < toMs);
  return [...new Set(of.map((end) => `${end.outcome} after ${Math.round((end.atMs - end.arrivedAtMs) * 1e6) / 1e6}`))];
}

const inFlightAtFault = (trace: Trace): string[] => endings(trace, DOWN_MS - 300, DOWN_MS - LATENCY_MS);

describe('the fault table', () => {
  it('crash: refuses newcomers after one round trip, resets what is in flight, starts with an empty queue', () => {
    const trace = traceOf(world({ kind: 'crash' }));
    expect(endings(trace, 0, DOWN_MS - 310)).toEqual(['ok after 304']);
    expect(inFlightAtFault(trace).every((end) => end.startsWith('reset after '))).toBe(true);
    const resets = trace.ends.filter(({ outcome }) => outcome === 'reset');
    expect(resets.map(({ atMs }) => atMs)).toEqual(resets.map(() => DOWN_MS + LATENCY_MS));
    expect(resets.length).toBeGreaterThanOrEqual(3);
    expect(endings(trace, DOWN_MS, UP_MS - 10)).toEqual(['refused after 4']);
    expect(endings(trace, UP_MS, 10_000)).toEqual(['ok after 304']);
  });

  it('blackhole: newcomers meet the connect timeout, what is in flight is never answered, the host comes back empty', () => {
    const trace = traceOf(world({ kind: 'blackhole' }));
    expect(inFlightAtFault(trace)).toEqual(['timedOut after 1500']);
    expect(endings(trace, DOWN_MS, UP_MS - 10)).toEqual(['timedOut after 250']);
    expect(endings(trace, UP_MS, 10_000)).toEqual(['ok after 304']);
  });

  it('hang: takes connections, answers nobody, and serves the backlog late', () => {
    const trace = traceOf(world({ kind: 'hang' }));
    expect(inFlightAtFault(trace)).toEqual(['timedOut after 1500']);
    // Accepted, so the connect timeout of 250 ms does not end them.
    expect(endings(trace, DOWN_MS, UP_MS - 1510)).toEqual(['timedOut after 1500']);
    // The backlog of three seconds is served late: in vain, and in front of those who come after it.
    expect(endings(trace, UP_MS, UP_MS + 100)).toEqual(['timedOut after 1500']);
  });

  it('hang: without timeouts every request is answered in the end, those in service with the rest of their time', () => {
    const trace = traceOf(
      world(
        { kind: 'hang' },
        { request: trialOf().request, load: { arrivals: 'constant', ratePerMs: 0.009, keys: null } },
      ),
    );
    expect(trace.done.every(({ outcome }) => outcome === 'ok')).toBe(true);
    const stuck = trace.done.filter(
      ({ arrivedAtMs }) => arrivedAtMs > DOWN_MS - 302 && arrivedAtMs < DOWN_MS - LATENCY_MS,
    );
    expect(stuck.length).toBeGreaterThanOrEqual(2);
    for (const end of stuck) expect(end.atMs - end.arrivedAtMs).toBeCloseTo(304 + (UP_MS - DOWN_MS), 6);
  });

  it('hang: what the queue cannot hold is rejected when the process wakes', () => {
    const trial = world({ kind: 'hang' }, { request: trialOf().request });
    const trace = traceOf({ ...trial, instances: instances(1, { ...trial.instances[0], queue: 5 }) });
    const rejected = trace.done.filter(({ outcome }) => outcome === 'rejected');
    expect(rejected.length).toBeGreaterThan(10);
    for (const end of rejected) expect(end.atMs).toBeGreaterThanOrEqual(UP_MS + LATENCY_MS);
  });

  it('slow: from the next service start, and only while it lasts', () => {
    const trace = traceOf(
      world({ kind: 'slow', factor: 2 }, { load: { arrivals: 'constant', ratePerMs: 0.005, keys: null } }),
    );
    expect(inFlightAtFault(trace)).toEqual(['ok after 304']);
    expect(endings(trace, DOWN_MS, UP_MS - LATENCY_MS - 1)).toEqual(['ok after 604']);
    expect(endings(trace, UP_MS, 10_000)).toEqual(['ok after 304']);
    expect(trace.truths).toEqual([]);
  });

  it('hang: with drop-queued, what was given up meanwhile makes room for those who still listen', () => {
    const trial = trialOf({
      durationMs: 20_000,
      instances: instances(1, {
        concurrency: 4,
        queue: 4,
        serviceTime: { kind: 'constant', valueMs: 1000 },
        onClientGone: 'drop-queued',
      }),
      load: { arrivals: 'constant', ratePerMs: 0.002, keys: null },
      request: { timeoutMs: 1500, perTryTimeoutMs: 1500, connectTimeoutMs: 1500, retries: 0, retryOn: [] },
      faults: [{ ...during({ kind: 'hang' }), when: { kind: 'at', atMs: 5000, forMs: 10_000 } }],
    });
    const outcomes = traceOf(trial)
      .done.filter(({ arrivedAtMs }) => arrivedAtMs > 14_000)
      .map(({ outcome }) => outcome);
    expect(outcomes.length).toBeGreaterThan(5);
    expect(outcomes).not.toContain('rejected');
    expect(outcomes).toContain('ok');
  });

  it('errors: answers at once with that probability, without taking a worker, what is in flight too', () => {
    const all = traceOf(world({ kind: 'errors', rate: 1, probes: false }));
    expect(inFlightAtFault(all).every((end) => end.startsWith('error after '))).toBe(true);
    const struck = all.ends.filter(({ outcome, sentAtMs }) => outcome === 'error' && sentAtMs < DOWN_MS - LATENCY_MS);
    expect(struck.length).toBeGreaterThanOrEqual(3);
    for (const end of struck) expect(end.atMs).toBe(DOWN_MS + LATENCY_MS);
    expect(endings(all, DOWN_MS, UP_MS - 10)).toEqual(['error after 4']);
    const some = traceOf(
      world({ kind: 'errors', rate: 0.25, probes: false }, { load: { arrivals: 'poisson', ratePerMs: 1, keys: null } }),
    );
    const hit = some.done.filter(({ arrivedAtMs }) => arrivedAtMs >= DOWN_MS && arrivedAtMs < UP_MS - LATENCY_MS);
    const errors = hit.filter(({ outcome }) => outcome === 'error').length;
    // Binomial with n about 3000: 4.8 standard deviations.
    expect(Math.abs(errors - hit.length / 4)).toBeLessThan(4.8 * Math.sqrt(hit.length * 0.25 * 0.75));
  });

  it('failing-checks: serves as ever, so it is neither down nor impaired', () => {
    const trace = traceOf(world({ kind: 'failing-checks', rate: 1 }));
    expect(endings(trace, 0, 10_000)).toEqual(['ok after 304']);
    expect(trace.truths).toEqual([]);
    expect(trace.faults.map(({ what, atMs }) => [what, atMs])).toEqual([
      ['start', DOWN_MS],
      ['end', UP_MS],
    ]);
  });

  it('degraded: serves as ever, so it is neither down nor impaired', () => {
    const trace = traceOf(world({ kind: 'degraded' }));
    expect(endings(trace, 0, 10_000)).toEqual(['ok after 304']);
    expect(trace.truths).toEqual([]);
    expect(trace.faults.map(({ what }) => what)).toEqual(['start', 'end']);
  });

  const restart = (drainMs: number): FaultConfig => ({
    action: { kind: 'restart', drainMs, downMs: 1000, everyMs: 2000 },
    target: { kind: 'instances', indexes: [0, 1] },
    when: { kind: 'at', atMs: DOWN_MS, forMs: Infinity },
  });

  it('restart: each in turn deregisters, drains, stops, comes back and registers again', () => {
    const trial = world({ kind: 'crash' }, { faults: [restart(500)] });
    const trace = traceOf({
      ...trial,
      instances: instances(2, trial.instances[0]).map((it, i) => ({ ...it, id: `r-${i}` })),
    });
    expect(trace.done.every(({ outcome }) => outcome === 'ok')).toBe(true);
    expect(trace.truths.map(({ atMs, instance, up }) => [atMs, instance, up])).toEqual([
      [4500, 0, false],
      [5500, 0, true],
      [6500, 1, false],
      [7500, 1, true],
    ]);
    expect(trace.views.slice(2).map(({ atMs, instance, inView }) => [atMs, instance, inView])).toEqual([
      [4000, 0, false],
      [5500, 0, true],
      [6000, 1, false],
      [7500, 1, true],
    ]);
    expect(new Set(trace.faults.filter(({ event }) => event >= 0).map(({ event }) => event))).toEqual(new Set([0]));
  });

  it('restart: what is still in flight when the drain ends is reset', () => {
    const trial = world({ kind: 'crash' }, { faults: [restart(100)] });
    const trace = traceOf({
      ...trial,
      instances: instances(2, trial.instances[0]).map((it, i) => ({ ...it, id: `r-${i}` })),
    });
    const resets = trace.ends.filter(({ outcome }) => outcome === 'reset');
    expect(resets.length).toBeGreaterThan(0);
    for (const end of resets) expect([4102, 6102]).toContain(end.atMs);
  });

  const probing = (kind: 'http' | 'tcp', action: FaultAction): boolean[] => {
    const trace = traceOf(
      world(action, {
        healthCheck: envoyChecks(
          {
            intervalMs: 200,
            timeoutMs: 100,
            unhealthyThreshold: 3,
            healthyThreshold: 2,
            intervalJitterMs: 0,
          },
          { kind },
        ),
      }),
    );
    const passed = (fromMs: number, toMs: number): boolean[] => [
      ...new Set(trace.probes.filter(({ atMs }) => atMs > fromMs && atMs < toMs).map((probe) => probe.passed)),
    ];
    expect(passed(0, DOWN_MS)).toEqual([true]);
    expect(passed(UP_MS + 300, 10_000)).toEqual([true]);
    return passed(DOWN_MS + 110, UP_MS);
  };
  const probes: [FaultAction, http: boolean, tcp: boolean][] = [
    [{ kind: 'crash' }, false, false],
    [{ kind: 'blackhole' }, false, false],
    [{ kind: 'hang' }, false, true],
    [{ kind: 'slow', factor: 50 }, true, true],
    [{ kind: 'errors', rate: 1, probes: false }, true, true],
    [{ kind: 'errors', rate: 1, probes: true }, false, true],
    [{ kind: 'failing-checks', rate: 1 }, false, true],
    [{ kind: 'degraded' }, true, true],
  ];
  for (const [action, http, tcp] of probes) {
    const name = action.kind === 'errors' && action.probes ? 'errors with probes: true' : action.kind;
    it(`${name}: an http probe ${http ? 'passes' : 'fails'}, a tcp probe ${tcp ? 'passes' : 'fails'}`, () => {
      expect(probing('http', action)).toEqual([http]);
      expect(probing('tcp', action)).toEqual([tcp]);
    });
  }
});

describe('faults overlap by union', () => {
  const at = (action: FaultAction, atMs: number, forMs: number): FaultConfig => ({
    action,
    target: { kind: 'instances', indexes: [0] },
    when: { kind: 'at', atMs, forMs },
  });

  it('merges overlapping outages of any kind into one episode, named by the first', () => {
    const faults = [
      at({ kind: 'hang' }, 3000, 2000),
      at({ kind: 'crash' }, 2000, 1500),
      at({ kind: 'blackhole' }, 4500, 1000),
    ];
    const { truths } = traceOf(trialOf({ faults }));
    expect(truths).toEqual([
      { atMs: 2000, instance: 0, up: false, entry: 1 },
      { atMs: 5500, instance: 0, up: true, entry: 2 },
    ]);
  });

  const restartAt = (atMs: number, drainMs: number, downMs: number): FaultConfig => ({
    action: { kind: 'restart', drainMs, downMs, everyMs: 1000 },
    target: { kind: 'instances', indexes: [0] },
    when: { kind: 'at', atMs, forMs: Infinity },
  });

  it('is one episode where a restart stops an instance at the very moment its crash ends', () => {
    const { truths } = traceOf(trialOf({ faults: [at({ kind: 'crash' }, 4000, 2000), restartAt(5000, 1000, 1000)] }));
    expect(truths.map(({ atMs, up }) => [atMs, up])).toEqual([
      [4000, false],
      [7000, true],
    ]);
  });

  for (const lease of [null, { ttlMs: 6000, renewIntervalMs: 500 }]) {
    const kind = lease === null ? 'permanent registration' : 'lease';
    const turnsOf = (faults: FaultConfig[]) =>
      traceOf(trialOf({ faults, registry: { kind: 'memory', lease }, durationMs: 12_000, instances: instances(2) }))
        .views.filter(({ instance }) => instance === 0)
        .map(({ atMs, inView }) => [atMs, inView]);

    it(`lets a restart announced in the dark be heard once it can be (${kind})`, () => {
      const turns = turnsOf([at({ kind: 'blackhole' }, 4000, 2000), restartAt(5000, 3000, 1000)]);
      expect(turns).toEqual([
        [0, true],
        [6000, false],
        [9000, true],
      ]);
    });

    it(`lets nobody register from the dark (${kind})`, () => {
      const turns = turnsOf([at({ kind: 'blackhole' }, 5000, 3000), restartAt(4000, 0, 2000)]);
      expect(turns.slice(0, 2)).toEqual([
        [0, true],
        [4000, false],
      ]);
      expect(turns[2][0]).toBeGreaterThanOrEqual(8000);
      expect(turns[2][0]).toBeLessThanOrEqual(8500);
    });
  }

  it('takes the largest of several slow factors and independent coins of several error rates', () => {
    const faults = [
      at({ kind: 'slow', factor: 3 }, 2000, 4000),
      at({ kind: 'slow', factor: 5 }, 3000, 1000),
      at({ kind: 'errors', rate: 0.5, probes: false }, 7000, 2000),
      at({ kind: 'errors', rate: 0.5, probes: false }, 8000, 2000),
    ];
    const trace = traceOf(trialOf({ faults, load: { arrivals: 'constant', ratePerMs: 0.1, keys: null } }));
    expect(endings(trace, 2000, 3000)).toEqual(['ok after 3']);
    expect(endings(trace, 3000, 4000)).toEqual(['ok after 5']);
    expect(endings(trace, 4000, 6000)).toEqual(['ok after 3']);
    const errors = (fromMs: number, toMs: number): number => {
      const of = trace.done.filter(({ arrivedAtMs }) => arrivedAtMs >= fromMs && arrivedAtMs < toMs);
      return of.filter(({ outcome }) => outcome === 'error').length / of.length;
    };
    // A hundred requests each, 4.8 standard deviations; the larger rate alone would give 1/2 again.
    expect(Math.abs(errors(7000, 8000) - 0.5)).toBeLessThan(4.8 * Math.sqrt(0.25 / 100));
    expect(errors(8000, 9000)).toBeGreaterThan(0.5 + 0.1);
    expect(Math.abs(errors(8000, 9000) - 0.75)).toBeLessThan(4.8 * Math.sqrt(0.1875 / 100));
    // Told again when the first of two that overlap ends and the other acts on.
    expect(trace.faults.filter(({ what }) => what === 'impaired').map(({ atMs, entry }) => [atMs, entry])).toEqual([
      [2000, 0],
      [7000, 2],
      [9000, 3],
    ]);
  });

  it('draws as many targets as asked, others in another replication, and numbers drawn activations one by one', () => {
    const faults: FaultConfig[] = [
      { action: { kind: 'crash' }, target: { kind: 'count', count: 3 }, when: { kind: 'at', atMs: 1000, forMs: 500 } },
      {
        action: { kind: 'hang' },
        target: { kind: 'instances', indexes: [0, 1] },
        when: {
          kind: 'lifetime',
          lifetime: { kind: 'exponential', meanMs: 2000 },
          repair: { kind: 'constant', valueMs: 10 },
        },
      },
    ];
    const drawn = [1, 2, 3, 4].map((seed) => {
      const { faults: events } = traceOf(trialOf({ instances: instances(10), faults }), seed);
      const starts = events.filter(({ what }) => what === 'start');
      expect(starts.filter(({ entry }) => entry === 0)).toHaveLength(3);
      const numbers = starts.map(({ event }) => event);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      const ofDrawn = starts.filter(({ entry }) => entry === 1).map(({ event }) => event);
      expect(new Set(ofDrawn).size).toBe(ofDrawn.length);
      return starts
        .filter(({ entry }) => entry === 0)
        .map(({ instance }) => instance)
        .join();
    });
    expect(new Set(drawn).size).toBeGreaterThan(1);
  });

  it('leaves draws of one fault alone when another is added, and everything alone when a fault does nothing', () => {
    const lifetimes: FaultConfig = {
      action: { kind: 'crash' },
      target: { kind: 'instances', indexes: [0] },
      when: {
        kind: 'lifetime',
        lifetime: { kind: 'exponential', meanMs: 1000 },
        repair: { kind: 'exponential', meanMs: 200 },
      },
    };
    const noOp = at({ kind: 'slow', factor: 1 }, 500, 9000);
    const plain = traceOf(trialOf({ callers: callers(3), faults: [lifetimes] }));
    const more = traceOf(trialOf({ callers: callers(3), faults: [lifetimes, noOp] }));
    expect(more.truths).toEqual(plain.truths);
    expect(more.done).toEqual(plain.done);
  });
});
