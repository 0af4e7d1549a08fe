import { describe, expect, it } from 'vitest';
import { SWIM } from '../../src/health/swim/settings.ts';
import { detectorPaces } from '../../src/run/detector_checks.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { Distribution, FaultAction, FaultWhen, TrialConfig } from '../../src/sim/config.ts';
import { fakeScenario, fakeTrial } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';
import { callers, instances, traceOf, trialOf } from '../helpers/trial.ts';

/** What is said of heartbeats and gossip in a run of one minute. */
async function said(written: Partial<TrialConfig>): Promise<string[]> {
  const trial = fakeTrial('random', { durationMs: 60_000, ...written });
  const { warnings } = await fakeStudy(fakeScenario([{ strategy: 'random', trial }], { replications: 2 }), () => ({}));
  const told = warnings.filter(({ cause }) => /^(heartbeat|gossip)/.test(cause));
  for (const { effect, next } of told) expect([effect, next]).not.toContain('');
  return told.map(({ cause }) => cause);
}

const beats = (name: string, options: Record<string, number>, intervalMs = 1000) =>
  ({ heartbeat: { intervalMs, loss: 0, detector: { name, options } } }) satisfies Partial<TrialConfig>;
const group = (over: Partial<typeof SWIM> = {}) =>
  ({ gossip: { settings: { ...SWIM, ...over }, loss: 0 } }) satisfies Partial<TrialConfig>;
const legs = (valueMs: number): Partial<TrialConfig> => ({ networkLatency: { kind: 'constant', valueMs } });
const down = (forMs: number, action: FaultAction = { kind: 'crash' }): Partial<TrialConfig> => ({
  faults: [
    {
      action,
      target: { kind: 'instances', indexes: [0] },
      when: { kind: 'at', atMs: 10_000, forMs } satisfies FaultWhen,
    },
  ],
});

describe('heartbeats and gossip that can never act, or always err', () => {
  it.each<[string, Partial<TrialConfig>]>([
    ['slack as long as the network takes', { ...beats('nfd-s', { slack: 100 }), ...legs(100) }],
    ['slack that knows the network', { ...beats('nfd-e', { slack: 0 }), ...legs(100) }],
    ["Akka's defaults", { ...beats('phi-accrual', {}), ...legs(100), ...down(5000) }],
    ["Cassandra's defaults", { ...beats('phi-exponential', {}), ...down(18_000) }],
    ['memberlist, in time for its answers', { ...group(), ...legs(250) }],
    ['an outage as long as it takes', { ...group(), ...down(5000) }],
    ['what is no outage', { ...beats('nfd-s', { slack: 9000 }), ...down(1, { kind: 'slow', factor: 2 }) }],
  ])('nothing of %s', async (_, written) => {
    expect(await said(written)).toEqual([]);
  });

  it.each<[Partial<TrialConfig>, string]>([
    [
      { ...beats('nfd-s', { slack: 99 }), ...legs(100) },
      'heartbeat.detector nfd-s trusts a host for 1.099 s from the send of a heartbeat, and the next is heard after 1.1 s',
    ],
    [{ ...beats('phi-exponential', { threshold: 0.3 }) }, 'phi-exponential trusts a host for 0.'],
    [beats('phi-accrual', { threshold: 0.2, acceptableHeartbeatPause: 0 }), 'phi-accrual trusts a host for 0.'],
    [
      { ...group({ probeTimeoutMs: 499 }), ...legs(250) },
      'gossip.probeTimeout, 0.499 s, is shorter than a round trip of 0.5 s',
    ],
    [
      { ...group({ probeIntervalMs: 499, probeTimeoutMs: 499 }), ...legs(250) },
      'gossip.probeInterval, 0.499 s, is shorter than a round trip of 0.5 s',
    ],
    [beats('phi-exponential', { threshold: 30 }), 'heartbeat.detector phi-exponential takes 69.'],
    [
      beats('phi-accrual', { acceptableHeartbeatPause: 60_000 }),
      'heartbeat.detector phi-accrual takes 60.52 s at least to find an instance dead, and a run lasts 60 s',
    ],
    [beats('nfd-s', { slack: 60_000 }), 'nfd-s takes 60 s at least'],
    [group({ suspicionMult: 60 }), 'gossip takes 61 s at least to find an instance dead, and a run lasts 60 s'],
    [
      { ...beats('nfd-s', { slack: 3000 }), ...down(2999, { kind: 'hang' }) },
      'heartbeat.detector nfd-s takes 3 s at least to find an instance dead, and hang#0 lasts 2.999 s',
    ],
    [{ ...group(), ...down(4999) }, 'gossip takes 5 s at least to find an instance dead, and crash#0 lasts 4.999 s'],
  ])('%j', async (written, words) => {
    expect(await said(written)).toEqual([expect.stringContaining(words)]);
  });
});

describe('what is said is so', () => {
  const world = (written: Partial<TrialConfig>): TrialConfig =>
    trialOf({ durationMs: 40_000, instances: instances(8), callers: callers(8), ...written });

  it.each([
    ['below the latency, every heartbeat is too late for every caller', 99, 8 * 8 * 39],
    ['above it, none is', 101, 0],
  ])('a slack %s', (_, slack, least) => {
    const { detector } = runTrial(world({ ...beats('nfd-s', { slack }), ...legs(100) }), 1, {
      recordSeries: false,
    }).measures;
    expect(detector.falsePositives).toBeGreaterThanOrEqual(least - 64);
    expect(detector.falsePositives).toBeLessThanOrEqual(least + 64 * Math.sign(least));
  });

  it('members whose answers come after their next probe hold one another dead', () => {
    const falsePositives = (over: Partial<typeof SWIM>): number =>
      runTrial(world({ ...group(over), ...legs(250) }), 1, { recordSeries: false }).measures.detector.falsePositives;
    expect(falsePositives({ probeIntervalMs: 499, probeTimeoutMs: 499, suspicionMult: 0 })).toBeGreaterThan(100);
    expect(falsePositives({ probeIntervalMs: 501, probeTimeoutMs: 501, suspicionMult: 0 })).toBe(0);
  });

  const jitter: Distribution = { kind: 'uniform', minMs: 10, maxMs: 50 };
  it.each<[string, Partial<TrialConfig>]>([
    ['nfd-s', beats('nfd-s', { slack: 700 })],
    ['nfd-e', beats('nfd-e', { slack: 700 })],
    ['phi-accrual', beats('phi-accrual', {})],
    ['phi-exponential', beats('phi-exponential', { threshold: 2 })],
    ['gossip', group()],
  ])('%s is no faster than its least, and hardly slower where it is lucky', (_, watching) => {
    const crash: FaultWhen = { kind: 'at', atMs: 15_000, forMs: Infinity };
    const trial = world({
      ...watching,
      instances: instances(40),
      networkLatency: jitter,
      faults: [{ action: { kind: 'crash' }, target: { kind: 'count', count: 10 }, when: crash }],
    });
    const delays = traceOf(trial)
      .beliefs.filter(({ good, atMs }) => !good && atMs > 15_000)
      .map(({ atMs }) => atMs - 15_000);
    expect(delays.length).toBeGreaterThanOrEqual(80);
    const [{ leastMs } = { leastMs: Number.NaN }] = detectorPaces(trial);
    // The latency counts with its mean, and is up to 20 ms shorter. Ten phases of an interval: one is in its last half.
    expect(Math.min(...delays)).toBeGreaterThan(leastMs - 50);
    expect(Math.min(...delays)).toBeLessThan(leastMs + 600);
  });
});
