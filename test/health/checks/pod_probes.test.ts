import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import { HealthChecker } from '../../../src/health/checks/checker.ts';
import {
  KUBERNETES_PROBE,
  type KubernetesCheckSettings,
  type KubernetesProbeSettings,
} from '../../../src/health/checks/settings.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { type Answer, fakeHost, instance } from './fake_host.ts';

const probe = (over: Partial<KubernetesProbeSettings> = {}): KubernetesProbeSettings => ({
  ...KUBERNETES_PROBE,
  ...over,
});

/** A pod whose probes are answered as `answer` says; told apart by their timeouts. */
function pod(probes: Partial<KubernetesCheckSettings>, answer: (atMs: number, timeoutMs: number) => Answer) {
  const clock = new ManualClock();
  const sent: { atMs: number; timeoutMs: number }[] = [];
  const ready: [boolean, number][] = [];
  const restarts: number[] = [];
  const settings: KubernetesCheckSettings = {
    ...{ system: 'kubernetes', readiness: null, liveness: null, startup: null },
    ...probes,
  };
  const checker = new HealthChecker({
    clock,
    random: randomStream('pod'),
    settings,
    probe: (target, timeoutMs, done) => {
      sent.push({ atMs: clock.now(), timeoutMs });
      return fakeHost(clock, () => answer(clock.now(), timeoutMs)).probe(target, timeoutMs, done);
    },
    onRestart: () => void restarts.push(clock.now()),
  });
  const check = checker.start(instance('a'), (healthy) => void ready.push([healthy, clock.now()]));
  const sentBy = (timeoutMs: number) => sent.filter((each) => each.timeoutMs === timeoutMs).map(({ atMs }) => atMs);
  return { clock, sent, ready, restarts, check, sentBy };
}

describe('readiness (prober/worker.go)', () => {
  it('is not ready until it passes, and no longer after failureThreshold failures, at a fixed rate', () => {
    const { clock, sent, ready } = pod({ readiness: probe() }, (atMs) => (atMs < 60_000 ? 'pass' : 'silence'));
    clock.advance(200_000);
    const [first = -1] = sent.map(({ atMs }) => atMs);
    expect(first).toBeLessThan(10_000);
    // A timeout of 1 s does not move the next probe: the ticks go on every 10 s.
    sent.forEach(({ atMs }, i) => void expect(atMs).toBeCloseTo(first + i * 10_000, 6));
    const failing = first + Math.ceil((60_000 - first) / 10_000) * 10_000;
    expect(ready).toEqual([
      [true, first],
      [false, expect.closeTo(failing + 20_000 + 1000, 6)],
    ]);
  });

  it('a probe longer than its period is followed by the tick that waited, and those after it are lost', () => {
    const { clock, sent } = pod({ readiness: probe({ periodMs: 1000, timeoutMs: 2500 }) }, () => 'silence');
    clock.advance(10_000);
    const [first = -1] = sent.map(({ atMs }) => atMs);
    expect(sent.map(({ atMs }) => Math.round(atMs - first)).slice(0, 4)).toEqual([0, 2500, 5000, 7500]);
  });

  it('waits for initialDelay after a start, and needs successThreshold passes in a row', () => {
    const readiness = probe({ initialDelayMs: 25_000, successThreshold: 3 });
    const { clock, sent, ready } = pod({ readiness }, (atMs) => (atMs < 40_000 ? 'badAnswer' : 'pass'));
    clock.advance(100_000);
    expect(sent[0]?.atMs).toBeGreaterThanOrEqual(25_000);
    expect(sent[0]?.atMs).toBeLessThan(35_000);
    const passing = sent.filter(({ atMs }) => atMs >= 40_000);
    expect(ready).toEqual([[true, passing[2]?.atMs]]);
  });
});

describe('liveness and restart', () => {
  it('asks for a restart once for each container, and leaves it alone until a new one runs', () => {
    const { clock, sent, ready, restarts, check } = pod({ liveness: probe() }, (atMs) =>
      atMs > 30_000 && atMs < 110_000 ? 'refused' : 'pass',
    );
    clock.advance(100_000);
    expect(ready).toEqual([[true, 0]]);
    expect(restarts).toHaveLength(1);
    const [askedAtMs = -1] = restarts;
    expect(askedAtMs).toBeGreaterThanOrEqual(50_000);
    expect(askedAtMs).toBeLessThan(60_000);
    expect(sent.filter(({ atMs }) => atMs > askedAtMs)).toEqual([]);
    check.process(false);
    clock.advance(5000);
    check.process(true);
    clock.advance(50_000);
    expect(ready).toEqual([
      [true, 0],
      [false, 100_000],
      [true, 105_000],
    ]);
    expect(restarts).toHaveLength(1);
    expect(sent.filter(({ atMs }) => atMs > 105_000)).toHaveLength(5);
  });

  it('asks for no restart of a process that ended before the answer to its last probe was given up', () => {
    const { clock, sent, restarts, check } = pod({ liveness: probe() }, () => 'silence');
    while (sent.length < 3) clock.advance(100);
    check.process(false);
    clock.advance(5000);
    expect(restarts).toEqual([]);
    // The next one is on its own.
    check.process(true);
    clock.advance(31_000);
    expect(restarts).toHaveLength(1);
  });

  it('a process that has ended is not ready, and readiness is asked for as soon as one runs', () => {
    const { clock, ready, check, sent } = pod({ readiness: probe() }, () => 'pass');
    clock.advance(20_000);
    check.process(false);
    clock.advance(13_000);
    check.process(true);
    const before = sent.length;
    expect(sent.at(-1)?.atMs).toBe(33_000);
    clock.advance(10_000);
    // From then on the ticks are in step with that.
    expect(sent.slice(before).map(({ atMs }) => atMs)).toEqual([43_000]);
    expect(ready.slice(1)).toEqual([
      [false, 20_000],
      [true, 33_000],
    ]);
  });
});

describe('startup', () => {
  const startup = probe({ timeoutMs: 11, failureThreshold: 5 });
  const readiness = probe({ timeoutMs: 22 });
  const liveness = probe({ timeoutMs: 33 });

  it('holds the others off until it passes; then readiness is asked for at once', () => {
    const { clock, ready, sentBy } = pod({ startup, readiness, liveness }, (atMs, timeoutMs) =>
      timeoutMs === 11 && atMs < 35_000 ? 'refused' : 'pass',
    );
    clock.advance(80_000);
    const startedAtMs = sentBy(11).at(-1) ?? -1;
    expect(startedAtMs).toBeGreaterThanOrEqual(35_000);
    expect(startedAtMs).toBeLessThan(45_000);
    expect(sentBy(22)[0]).toBe(startedAtMs);
    expect(sentBy(22)[1]).toBeCloseTo(startedAtMs + 10_000, 6);
    expect(Math.min(...sentBy(33))).toBeGreaterThan(startedAtMs);
    expect(ready).toEqual([[true, startedAtMs]]);
  });

  it('fails as liveness does: the container is restarted', () => {
    const { clock, restarts, sentBy } = pod({ startup, readiness }, () => 'refused');
    clock.advance(200_000);
    expect(restarts).toHaveLength(1);
    expect(sentBy(11)).toHaveLength(5);
    expect(sentBy(22)).toEqual([]);
  });
});

it('stops all its probes', () => {
  const { clock, check, ready } = pod({ startup: probe(), readiness: probe(), liveness: probe() }, () => 'pass');
  check.stop();
  expect(clock.pending).toBe(0);
  clock.advance(50_000);
  expect(ready).toEqual([]);
});

/** Readiness told by looking back over results and restarts: runs count on over restarts. */
function naive(history: readonly ('pass' | 'fail' | 'restart')[], settings: KubernetesProbeSettings): boolean {
  const last = history.at(-1);
  if (last === undefined || last === 'restart') return false;
  const results = history.filter((each) => each !== 'restart');
  const run = results.length - 1 - results.findLastIndex((each) => each !== last);
  if (run >= (last === 'pass' ? settings.successThreshold : settings.failureThreshold)) return last === 'pass';
  return naive(history.slice(0, -1), settings);
}

const happening = fc.constantFrom('pass' as const, 'pass' as const, 'fail' as const, 'restart' as const);
const threshold = fc.integer({ min: 1, max: 4 });

test.prop([fc.array(happening, { maxLength: 30 }), threshold, threshold], { numRuns: 200 })(
  'readiness agrees with a look back over the whole history',
  (history, successThreshold, failureThreshold) => {
    const readiness = probe({ successThreshold, failureThreshold });
    let next: Answer = 'pass';
    const { clock, check, ready, sent } = pod({ readiness }, () => next);
    const seen: ('pass' | 'fail' | 'restart')[] = [];
    for (const happens of history) {
      if (happens === 'restart') {
        // A start is followed by a probe at once, which passes or fails as the one before.
        check.process(false);
        seen.push('restart');
        check.process(true);
      } else {
        next = happens === 'pass' ? 'pass' : 'refused';
        const before = sent.length;
        while (sent.length === before) clock.step();
      }
      clock.advance(0);
      seen.push(next === 'pass' ? 'pass' : 'fail');
      expect(ready.at(-1)?.[0] ?? false).toBe(naive(seen, readiness));
    }
  },
);

test.prop([fc.array(happening, { maxLength: 40 }), fc.constantFrom('liveness', 'startup'), threshold, fc.nat(12_000)], {
  numRuns: 200,
})(
  'restarts are asked for as a look back over the whole history says: once a container, by failures since the last',
  (history, kind, failureThreshold, initialDelayMs) => {
    let next: Answer = 'pass';
    const settings = probe({ failureThreshold, initialDelayMs, timeoutMs: 77 });
    const { clock, check, restarts, sentBy } = pod({ [kind]: settings }, () => next);
    let asked = 0;
    let failures = 0;
    let isDone = false;
    for (const happens of history) {
      const before = sentBy(77).length;
      if (happens === 'restart') {
        check.process(false);
        clock.advance(3000);
        check.process(true);
        isDone = false;
        expect(sentBy(77)).toHaveLength(before);
        continue;
      }
      next = happens === 'pass' ? 'pass' : 'refused';
      // Long enough for one probe that is due, and not for two.
      clock.advance(10_000);
      const probes = sentBy(77).length - before;
      expect(probes).toBeLessThanOrEqual(1);
      // Nothing probes one that is to be restarted, nor looks for the start of one that has started.
      if (isDone) expect(probes).toBe(0);
      if (probes === 0) continue;
      failures = happens === 'pass' ? 0 : failures + 1;
      if (failures === failureThreshold) {
        asked++;
        failures = 0;
        isDone = true;
      } else if (happens === 'pass') isDone = kind === 'startup';
      expect(restarts).toHaveLength(asked);
    }
  },
);
