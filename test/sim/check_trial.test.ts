import { describe, expect, it } from 'vitest';
import { checkTrial } from '../../src/sim/check_trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { runWorld } from '../../src/sim/world.ts';
import { instances, trialOf } from '../helpers/trial.ts';

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
