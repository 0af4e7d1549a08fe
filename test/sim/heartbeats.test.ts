import { expect, it } from 'vitest';
import { SWIM } from '../../src/health/swim/settings.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { FaultAction, TrialConfig } from '../../src/sim/config.ts';
import { callers, instances, type Trace, traceOf, trialOf } from '../helpers/trial.ts';

const DOWN_MS = 20_000;
const UP_MS = 50_000;

const heartbeat = { intervalMs: 1000, loss: 0, detector: { name: 'nfd-s', options: { slack: 500 } } };
const gossip = { settings: SWIM, loss: 0 };

/** The second of four instances is down for half a minute; five callers look on. */
const watched = (written: Partial<TrialConfig>, action: FaultAction = { kind: 'crash' }): TrialConfig =>
  trialOf({
    durationMs: 100_000,
    instances: instances(4),
    callers: callers(5),
    networkLatency: { kind: 'uniform', minMs: 0.2, maxMs: 0.6 },
    faults: [
      {
        action,
        target: { kind: 'instances', indexes: [1] },
        when: { kind: 'at', atMs: DOWN_MS, forMs: UP_MS - DOWN_MS },
      },
    ],
    ...written,
  });

/** What callers think of the second instance from the moment it fails, in order. */
const ofTheSecond = ({ beliefs }: Trace) => beliefs.filter(({ instance, atMs }) => instance === 1 && atMs >= DOWN_MS);

it.each<FaultAction['kind'] & ('crash' | 'blackhole' | 'hang')>(['crash', 'blackhole', 'hang'])(
  'an instance in a %s sends no heartbeats, and is trusted by the first after',
  (kind) => {
    const trace = traceOf(watched({ heartbeat }, { kind }));
    const changes = ofTheSecond(trace);
    expect(changes.map(({ good }) => good)).toEqual([...Array(5).fill(false), ...Array(5).fill(true)]);
    for (const { atMs, good, cause, evidenceAtMs } of changes) {
      expect(cause).toBe('heartbeat');
      expect(atMs - (good ? UP_MS : DOWN_MS)).toBeGreaterThan(good ? 0 : 500);
      expect(atMs - (good ? UP_MS : DOWN_MS)).toBeLessThan(good ? 1001 : 1501);
      expect(evidenceAtMs).toBeGreaterThanOrEqual((good ? UP_MS : DOWN_MS) - 1e-6);
      expect(evidenceAtMs).toBeLessThan(atMs);
    }
    // Nobody else is ever doubted once it was heard.
    expect(trace.beliefs.filter(({ good, instance }) => !good && instance !== 1)).toEqual([]);
    // All callers hear of the same one: freshness points do not depend on when it came.
    expect(new Set(changes.filter(({ good }) => !good).map(({ atMs }) => Math.round(atMs * 1e6))).size).toBe(1);
  },
);

it('before its first heartbeat NFD-S trusts nobody, and phi accrual everybody', () => {
  const firsts = (name: string, options: Record<string, number>) =>
    traceOf(watched({ heartbeat: { ...heartbeat, detector: { name, options } }, faults: [] })).beliefs;
  const heard = firsts('nfd-s', { slack: 500 });
  expect(heard).toHaveLength(20);
  expect(heard.every(({ good, cause, atMs }) => good && cause === 'heartbeat' && atMs > 0 && atMs < 1001)).toBe(true);
  // From phases of their own.
  expect(new Set(heard.map(({ evidenceAtMs }) => evidenceAtMs)).size).toBe(4);
  const trusted = firsts('phi-accrual', {});
  expect(trusted.map(({ cause, atMs }) => [cause, atMs])).toEqual(Array(20).fill(['registry', 0]));
});

it('of heartbeats the share written is lost, each by itself', () => {
  const lossy = { ...heartbeat, loss: 0.3, detector: { name: 'nfd-s', options: { slack: 0.1 } } };
  // Without latency a heartbeat that is lost is a mistake of its own, unless the one before was lost too.
  const trial = watched({ heartbeat: lossy, networkLatency: null, faults: [], durationMs: 500_000 });
  const { detector } = runTrial(trial, 1, { recordSeries: false }).measures;
  const pairsTime = 20 * 500;
  const expected = 0.3 * 0.7 * pairsTime;
  // The number of runs of losses: its variance is below that of a Poisson law.
  expect(Math.abs(detector.falsePositives - expected)).toBeLessThan(4.8 * Math.sqrt(expected));
});

it.each<FaultAction['kind'] & ('crash' | 'blackhole' | 'hang')>(['crash', 'blackhole', 'hang'])(
  'callers learn of a %s by gossip, and that it is over',
  (kind) => {
    const trace = traceOf(watched({ gossip }, { kind }));
    const changes = ofTheSecond(trace);
    expect(changes.map(({ good }) => good)).toEqual([...Array(5).fill(false), ...Array(5).fill(true)]);
    for (const { atMs, good, cause, evidenceAtMs } of changes) {
      expect(cause).toBe('gossip');
      expect(evidenceAtMs).toBeLessThan(atMs);
      if (good) continue;
      // The probe that had no answer, its interval, and a suspicion of 4 s to six times that in a group of nine.
      expect(evidenceAtMs).toBeGreaterThanOrEqual(DOWN_MS - 1);
      expect(atMs - DOWN_MS).toBeGreaterThan(5000 - 1);
      expect(atMs - evidenceAtMs).toBeLessThan(1000 + 24_000 + 1000);
    }
    if (kind === 'hang') return;
    expect(trace.beliefs.filter(({ good, instance }) => !good && instance !== 1)).toEqual([]);
  },
);

it('loss alone makes suspects, who refute it', () => {
  const trial = watched({ gossip: { ...gossip, loss: 0.05 }, faults: [] });
  expect(traceOf(trial).beliefs.filter(({ good }) => !good)).toEqual([]);
});

it('a restart says goodbye: callers need no suspicion', () => {
  const restart: FaultAction = { kind: 'restart', drainMs: 5000, downMs: 10_000, everyMs: 1000 };
  const trial = watched({
    gossip,
    faults: [
      {
        action: restart,
        target: { kind: 'instances', indexes: [1] },
        when: { kind: 'at', atMs: DOWN_MS, forMs: Infinity },
      },
    ],
    discoveryLag: { kind: 'constant', valueMs: 90_000 },
  });
  const changes = ofTheSecond(traceOf(trial));
  expect(changes.map(({ good, cause }) => `${good} ${cause}`)).toEqual([
    ...Array(5).fill('false gossip'),
    ...Array(5).fill('true gossip'),
  ]);
  // While it drains; and back with its process.
  for (const { atMs, good } of changes) {
    expect(atMs).toBeGreaterThan(good ? DOWN_MS + 15_000 : DOWN_MS);
    expect(atMs).toBeLessThan(good ? DOWN_MS + 20_000 : DOWN_MS + 5000);
  }
});

it('exchanges of all that is known are not lost', () => {
  // Nobody probes or gossips: the goodbye of a restart goes by exchanges alone.
  const settings = { ...SWIM, probeIntervalMs: 1e8, gossipNodes: 0, pushPullIntervalMs: 500 };
  const restart: FaultAction = { kind: 'restart', drainMs: 20_000, downMs: 10_000, everyMs: 1000 };
  const trial = watched({
    durationMs: 40_000,
    gossip: { settings, loss: 0.99 },
    faults: [
      {
        action: restart,
        target: { kind: 'instances', indexes: [1] },
        when: { kind: 'at', atMs: DOWN_MS, forMs: Infinity },
      },
    ],
    discoveryLag: { kind: 'constant', valueMs: 90_000 },
  });
  const changes = ofTheSecond(traceOf(trial));
  expect(changes.map(({ good, cause }) => `${good} ${cause}`)).toEqual(Array(5).fill('false gossip'));
  expect(changes.every(({ atMs }) => atMs < DOWN_MS + 10_000)).toBe(true);
});

it('either is enough against a host, each under its own name, and both must be for it', () => {
  const trial = watched({ heartbeat, gossip });
  const { failovers } = runTrial(trial, 1, { recordSeries: false }).measures;
  expect(failovers[0]).toMatchObject({ undetected: 0, removedBy: { heartbeat: 5, gossip: 0, registry: 0 } });
  const back = ofTheSecond(traceOf(trial)).filter(({ good }) => good);
  expect(back).toHaveLength(5);
});

it('the same seed gives the same run', () => {
  const trial = watched({ heartbeat: { ...heartbeat, loss: 0.1 }, gossip: { ...gossip, loss: 0.1 } });
  expect(traceOf(trial).beliefs).toEqual(traceOf(trial).beliefs);
  expect(traceOf(trial).beliefs).not.toEqual(traceOf(trial, 2).beliefs);
});
