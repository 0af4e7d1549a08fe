import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../../src/core/assert.ts';
import { randomStream } from '../../../src/core/random.ts';
import { HealthChecker } from '../../../src/health/checks/checker.ts';
import type { EnvoyCheckSettings } from '../../../src/health/checks/settings.ts';
import type { Probe, ProbeVerdict } from '../../../src/health/probe.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { type Answer, fakeHost, instance, settings } from './fake_host.ts';

/** One checker of one host whose nth probe is answered by the nth of `answers`, the last of them repeating. */
function setUp(answers: Answer[], over: Partial<EnvoyCheckSettings> = {}, rttMs = 0) {
  const clock = new ManualClock();
  const host = fakeHost(clock, (n) => answers[Math.min(n, answers.length - 1)] as Answer, rttMs);
  const verdicts: ProbeVerdict[] = [];
  const changes: { healthy: boolean; evidenceAtMs: number; atMs: number }[] = [];
  const checker = new HealthChecker({
    clock,
    random: randomStream('test/caller'),
    probe: host.probe,
    settings: settings(over),
    onProbe: (_, verdict) => void verdicts.push(verdict),
  });
  const { stop } = checker.start(instance('a'), (healthy, evidenceAtMs) => {
    changes.push({ healthy, evidenceAtMs, atMs: clock.now() });
  });
  return { clock, host, checker, verdicts, changes, stop };
}

describe('timing', () => {
  it('sends first at a phase below the interval, then an interval after each verdict', () => {
    const { clock, host } = setUp(['pass'], {}, 50);
    clock.advance(10_000);
    const [first = -1, ...later] = host.sentAtMs;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(1000);
    expect(later).toHaveLength(9);
    later.forEach((atMs, i) => void expect(atMs).toBeCloseTo(first + (i + 1) * 1050, 6));
  });

  it('counts silence as a timeout at timeoutMs from the send, cancels the probe, and waits an interval from there', () => {
    const { clock, host, verdicts } = setUp(['silence']);
    clock.advance(5000);
    const [first = -1, second = -1] = host.sentAtMs;
    expect(host.cancelledAtMs[0]).toBe(first + 200);
    expect(second).toBeCloseTo(first + 1200, 6);
    expect(new Set(verdicts)).toEqual(new Set(['timeout']));
  });

  it('leaves no deadline behind an answer, and cancels no probe that has answered', () => {
    const { clock, host } = setUp(['pass'], { timeoutMs: 5000 }, 10);
    clock.advance(20_000);
    expect(clock.pending).toBe(1);
    expect(host.cancelledAtMs).toEqual([]);
  });

  it('tells the probe how long it will be listened to', () => {
    const clock = new ManualClock();
    const told: number[] = [];
    const probe: Probe = (_, timeoutMs) => {
      told.push(timeoutMs);
      return () => {};
    };
    new HealthChecker({ clock, random: randomStream('x'), probe, settings: settings() }).start(instance('a'), () => {});
    clock.advance(1000);
    expect(told).toEqual([200]);
  });

  it('adds U(0, jitter) to each interval', () => {
    const { clock, host } = setUp(['pass'], { intervalJitterMs: 400 });
    clock.advance(2_400_000);
    const gaps = host.sentAtMs.slice(1).map((atMs, i) => atMs - (host.sentAtMs[i] ?? 0) - 1000);
    const n = gaps.length;
    expect(n).toBeGreaterThan(1900);
    expect(Math.min(...gaps)).toBeGreaterThan(-1e-6);
    expect(Math.max(...gaps)).toBeLessThan(400 + 1e-6);
    // Moments of U(0, J): mean J/2 with standard error J / sqrt(12 n); the largest of n is within J (1 - 1e-9^(1/n)) of J.
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / n;
    expect(Math.abs(mean - 200)).toBeLessThan((5 * 400) / Math.sqrt(12 * n));
    expect(400 - Math.max(...gaps)).toBeLessThan(400 * (1 - 1e-9 ** (1 / n)));
    expect(Math.min(...gaps)).toBeLessThan(400 * (1 - 1e-9 ** (1 / n)));
  });
});

describe('phases', () => {
  const firstSend = (stream: string, id: string): number => {
    const clock = new ManualClock();
    const host = fakeHost(clock, () => 'pass');
    const random = randomStream(stream);
    const checker = new HealthChecker({ clock, random, probe: host.probe, settings: settings() });
    checker.start(instance(id), () => {});
    clock.advance(1000);
    return host.sentAtMs[0] ?? -1;
  };

  it('differ by instance and by checker, and depend on nothing else', () => {
    const phases = ['c-1', 'c-2', 'c-3'].flatMap((caller) => ['a', 'b', 'c'].map((id) => firstSend(caller, id)));
    expect(new Set(phases).size).toBe(9);
    expect(firstSend('c-2', 'b')).toBe(phases[4]);
  });

  it('are drawn anew each time the check of an instance starts again', () => {
    const clock = new ManualClock();
    const host = fakeHost(clock, () => 'pass');
    const checker = new HealthChecker({ clock, random: randomStream('c'), probe: host.probe, settings: settings() });
    const phases = Array.from({ length: 20 }, () => {
      const startedAtMs = clock.now();
      const { stop } = checker.start(instance('a'), () => {});
      const seen = host.sentAtMs.length;
      clock.advance(1000);
      stop();
      return (host.sentAtMs[seen] ?? -1) - startedAtMs;
    });
    expect(new Set(phases.map((phase) => Math.round(phase * 1e6))).size).toBe(20);
  });

  it('are uniform over the interval', () => {
    const n = 4000;
    const phases = Array.from({ length: n }, (_, i) => firstSend('caller', `i-${i}`) / 1000).sort((a, b) => a - b);
    const distance = Math.max(...phases.map((u, i) => Math.max(u - i / n, (i + 1) / n - u)));
    // Kolmogorov-Smirnov by the inequality of Dvoretzky, Kiefer, Wolfowitz and Massart, at one in a million.
    expect(distance).toBeLessThan(Math.sqrt(Math.log(2e6) / (2 * n)));
  });
});

describe('verdicts and changes', () => {
  it('a new host is unhealthy, and stays so unsaid, until its first pass', () => {
    const { clock, changes, verdicts } = setUp(['refused', 'badAnswer', 'silence', 'refused', 'pass']);
    clock.advance(10_000);
    expect(verdicts.slice(0, 5)).toEqual(['refused', 'badAnswer', 'timeout', 'refused', 'pass']);
    expect(changes.map(({ healthy }) => healthy)).toEqual([true]);
  });

  it('gives as evidence the send of the probe that decided, not the time of its verdict', () => {
    const { clock, host, changes } = setUp(['pass', 'silence', 'silence', 'silence', 'pass', 'pass'], {}, 30);
    clock.advance(10_000);
    const sent = (n: number) => host.sentAtMs[n] ?? -1;
    expect(changes).toEqual([
      { healthy: true, evidenceAtMs: sent(0), atMs: sent(0) + 30 },
      { healthy: false, evidenceAtMs: sent(3), atMs: sent(3) + 200 },
      { healthy: true, evidenceAtMs: sent(5), atMs: sent(5) + 30 },
    ]);
  });

  it('a bad answer turns it unhealthy at once', () => {
    const { clock, host, changes } = setUp(['pass', 'badAnswer'], { unhealthyThreshold: 10 });
    clock.advance(10_000);
    expect(changes[1]).toMatchObject({ healthy: false, evidenceAtMs: host.sentAtMs[1] });
    expect(changes).toHaveLength(2);
  });

  it('tells the verdict before the change', () => {
    const clock = new ManualClock();
    const said: string[] = [];
    const { probe } = fakeHost(clock, () => 'pass');
    const onProbe = (_: unknown, verdict: ProbeVerdict) => void said.push(verdict);
    const checker = new HealthChecker({ clock, random: randomStream('x'), probe, settings: settings(), onProbe });
    checker.start(instance('a'), (healthy) => void said.push(`healthy ${healthy}`));
    clock.advance(1000);
    expect(said).toEqual(['pass', 'healthy true']);
  });

  it('checks many hosts, each for itself', () => {
    const clock = new ManualClock();
    const probe: Probe = ({ id }, _, done) => {
      clock.schedule(1, () => done(id === 'b' ? 'badAnswer' : 'pass'), 0);
      return () => {};
    };
    const checker = new HealthChecker({ clock, random: randomStream('x'), probe, settings: settings() });
    const healthy: string[] = [];
    for (const id of ['a', 'b', 'c']) checker.start(instance(id), (is) => void (is && healthy.push(id)));
    clock.advance(3000);
    expect(healthy.sort()).toEqual(['a', 'c']);
  });
});

describe('a probe that misbehaves', () => {
  /** A probe that never hears cancels; each `done` is kept, to be called when the test likes. */
  function deaf() {
    const clock = new ManualClock();
    const dones: ((verdict: 'pass' | 'badAnswer' | 'refused') => void)[] = [];
    const verdicts: ProbeVerdict[] = [];
    const changes: boolean[] = [];
    const onProbe = (_: unknown, verdict: ProbeVerdict) => void verdicts.push(verdict);
    const probe: Probe = (_, __, done) => {
      dones.push(done);
      return () => done('pass');
    };
    const checker = new HealthChecker({ clock, random: randomStream('x'), probe, settings: settings(), onProbe });
    const { stop } = checker.start(instance('a'), (healthy) => void changes.push(healthy));
    return { clock, dones, verdicts, changes, stop };
  }

  it('is not heard after its deadline: between probes, during the next, or from inside the cancel', () => {
    const { clock, dones, verdicts, changes } = deaf();
    clock.advance(1000 + 200);
    expect(verdicts).toEqual(['timeout']);
    dones[0]?.('pass');
    while (dones.length < 2) clock.step();
    dones[0]?.('pass');
    expect(verdicts).toEqual(['timeout']);
    dones[1]?.('refused');
    expect(verdicts).toEqual(['timeout', 'refused']);
    expect(changes).toEqual([]);
  });

  it('is heard once', () => {
    const { clock, dones, verdicts } = deaf();
    while (dones.length < 1) clock.step();
    dones[0]?.('pass');
    dones[0]?.('badAnswer');
    expect(verdicts).toEqual(['pass']);
    expect(clock.pending).toBe(1);
  });

  it('must not answer from inside its own call', () => {
    const clock = new ManualClock();
    const probe: Probe = (_, __, done) => {
      done('pass');
      return () => {};
    };
    new HealthChecker({ clock, random: randomStream('x'), probe, settings: settings() }).start(instance('a'), () => {});
    expect(() => clock.advance(1000)).toThrow(InvariantError);
  });

  it('is not heard after stop', () => {
    const { clock, dones, verdicts, changes, stop } = deaf();
    while (dones.length < 1) clock.step();
    stop();
    dones[0]?.('pass');
    expect([verdicts, changes, clock.pending]).toEqual([[], [], 0]);
  });
});

describe('stop', () => {
  it('before the first probe: nothing is ever sent', () => {
    const { clock, host, stop } = setUp(['pass']);
    stop();
    expect(clock.pending).toBe(0);
    clock.advance(10_000);
    expect(host.sentAtMs).toEqual([]);
  });

  it('with a probe in flight: cancels it and its deadline', () => {
    const { clock, host, verdicts, stop } = setUp(['pass'], {}, 100);
    while (host.sentAtMs.length === 0) clock.step();
    stop();
    stop();
    expect(host.cancelledAtMs).toEqual(host.sentAtMs);
    expect(clock.pending).toBe(0);
    expect(verdicts).toEqual([]);
  });

  it('between probes: is final', () => {
    const { clock, verdicts, stop } = setUp(['pass']);
    clock.advance(1500);
    const before = [...verdicts];
    stop();
    expect(clock.pending).toBe(0);
    clock.advance(10_000);
    expect(verdicts).toEqual(before);
  });

  it.each(['onProbe', 'onChange', 'probe'] as const)('from inside %s: nothing is called after it', (where) => {
    const clock = new ManualClock();
    const host = fakeHost(clock, () => 'pass');
    const calls: string[] = [];
    const at = (place: string) => {
      calls.push(place);
      if (place === where) stop();
    };
    const checker = new HealthChecker({
      clock,
      random: randomStream('x'),
      settings: settings(),
      probe: (target, timeoutMs, done) => {
        at('probe');
        return host.probe(target, timeoutMs, done);
      },
      onProbe: () => at('onProbe'),
    });
    const { stop } = checker.start(instance('a'), () => at('onChange'));
    clock.advance(10_000);
    expect(calls.at(-1)).toBe(where);
    expect(calls).toHaveLength(1 + ['probe', 'onProbe', 'onChange'].indexOf(where));
    expect(clock.pending).toBe(0);
  });
});

it.each([
  { intervalMs: 0 },
  { intervalMs: Infinity },
  { timeoutMs: -1 },
  { timeoutMs: Number.NaN },
  { intervalJitterMs: -1 },
  { unhealthyThreshold: 0 },
  { healthyThreshold: 1.5 },
])('refuses %j, naming it', (over) => {
  expect(() => setUp(['pass'], over)).toThrow(RangeError);
  expect(() => setUp(['pass'], over)).toThrow(Object.keys(over)[0]);
});
