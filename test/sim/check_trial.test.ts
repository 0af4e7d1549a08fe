import { describe, expect, it } from 'vitest';
import { checkTrial } from '../../src/sim/check_trial.ts';
import type { FaultAction, TrialConfig } from '../../src/sim/config.ts';
import type { FaultWhen } from '../../src/sim/faults/when.ts';
import { CONSUL } from '../../src/sim/registries/consul/settings.ts';
import { runWorld } from '../../src/sim/world.ts';
import { instances, trialOf } from '../helpers/trial.ts';

const zero = { kind: 'constant', valueMs: 0 } as const;

const when = (moment: FaultWhen, action: FaultAction = { kind: 'crash' }): Partial<TrialConfig> => ({
  faults: [{ action, target: { kind: 'instances', indexes: [0] }, when: moment }],
});

const refusals: [string, Partial<TrialConfig>, string][] = [
  [
    'a rate of 0',
    { load: { arrivals: 'poisson', ratePerMs: 0, keys: null } },
    'load.ratePerMs must be above 0, found 0',
  ],
  ['a rate that is no number', { load: { arrivals: 'poisson', ratePerMs: Number.NaN, keys: null } }, 'found NaN'],
  ['no instances', { instances: [] }, 'instances must not be empty'],
  ['an id twice', { instances: [...instances(1), ...instances(1)] }, "found 'i-1' twice"],
  [
    'a negative weight',
    { instances: instances(1, { weight: -1 }) },
    'instances[0].weight must be at least 0, found -1',
  ],
  ['a warm-up as long as the run', { warmupMs: 10_000 }, 'warmupMs must be from 0 to below durationMs'],
  [
    'a lease of no time',
    { registry: { kind: 'memory', lease: { ttlMs: 0, renewIntervalMs: 1 } } },
    'registry.ttlMs must be above 0, found 0',
  ],
  ['queries that do not wait', { registry: { ...CONSUL, waitMs: 0 } }, 'registry.waitMs must be above 0, found 0'],
  [
    'an outage of the registry that is drawn',
    {
      faults: [
        {
          action: { kind: 'registry', mode: 'down', zone: null },
          target: { kind: 'instances', indexes: [] },
          when: { kind: 'lifetime', lifetime: { kind: 'constant', valueMs: 1 }, repair: null },
        },
      ],
    },
    "faults[0]: a registry fault must be scheduled by 'at'",
  ],
  [
    'a fault on an instance that is not there',
    {
      faults: [
        {
          action: { kind: 'crash' },
          target: { kind: 'instances', indexes: [1] },
          when: { kind: 'at', atMs: 0, forMs: 1 },
        },
      ],
    },
    'faults[0].target must be among 1 instances',
  ],
  [
    'a hang by overload',
    when({ kind: 'overload', queueAbove: 5, repair: null }, { kind: 'hang' }),
    'must crash, found hang',
  ],
  ['repeats that overlap', when({ kind: 'repeated', atMs: 0, forMs: 5, everyMs: 5, times: 2 }), '0 < forMs < everyMs'],
  ['lives and repairs of no length', when({ kind: 'lifetime', lifetime: zero, repair: zero }), 'must not both be 0 ms'],
  [
    'equilibrium without repair',
    when({ kind: 'lifetime', lifetime: zero, repair: null, start: 'stationary' }),
    'that is a law',
  ],
  ['a hazard below 0', when({ kind: 'hazard', perMs: { kind: 'constant', value: -1 }, repair: null }), 'at least 0'],
  [
    'a hazard without end',
    when({ kind: 'hazard', perMs: { kind: 'constant', value: Infinity }, repair: null }),
    'finite',
  ],
  [
    'a certainty and more',
    when({
      kind: 'probability',
      everyMs: 1,
      share: { kind: 'sine', mean: 0.6, amplitude: 0.5, periodMs: 1, phaseMs: 0 },
      repair: null,
    }),
    'from 0 to 1',
  ],
  [
    'a trace of strangers',
    when({ kind: 'trace', outages: [{ instance: 1, downMs: 0, upMs: 1 }] }),
    'no outage of an instance',
  ],
  [
    'a restart by hazard',
    when(
      { kind: 'hazard', perMs: { kind: 'constant', value: 1 }, repair: null },
      { kind: 'restart', drainMs: 0, downMs: 1, everyMs: 1 },
    ),
    "faults[0]: a restart fault must be scheduled by 'at'",
  ],
];

it('takes a timeout that is not written for none, whatever is written beside it', () => {
  const request = { timeoutMs: 1000, perTryTimeoutMs: Infinity, connectTimeoutMs: Infinity, retries: 0, retryOn: [] };
  expect(() => checkTrial(trialOf({ request }))).not.toThrow();
  expect(() => checkTrial(trialOf({ request: { ...request, connectTimeoutMs: 1001 } }))).toThrow('connect <= per try');
});

describe('a trial that cannot run', () => {
  it.each(refusals)('is refused at the door: %s', (_, written, message) => {
    const run = () =>
      runWorld(trialOf(written), 1, () => {
        throw new Error('nothing of it may run');
      });
    expect(run).toThrow(RangeError);
    expect(run).toThrow(message);
  });
});
