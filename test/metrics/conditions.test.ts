import { expect, it } from 'vitest';
import { Conditions } from '../../src/metrics/conditions.ts';
import { runTrial } from '../../src/run/trial.ts';
import { envoyChecks } from '../helpers/checks.ts';
import { instances, trialOf } from '../helpers/trial.ts';

it('counts who is in panic as measuring begins, and whoever gets into it after that', () => {
  const conditions = new Conditions(1000, 1);
  conditions.panic(false);
  conditions.start(Uint8Array.of(1, 0, 1));
  expect(conditions.sample().panics).toBe(2);
  conditions.panic(true);
  conditions.panic(false);
  expect(conditions.sample().panics).toBe(3);
});

it('of a real run: its caller goes into panic once two of three are found unhealthy, where there is a threshold', () => {
  const panics = (panicThreshold: number) => {
    // Before its first checks a caller knows of no healthy host, and is in panic.
    const trial = trialOf({ instances: instances(3), warmupMs: 500 });
    const { sample } = runTrial(
      {
        ...trial,
        loadBalancer: { ...trial.loadBalancer, panicThreshold },
        healthCheck: envoyChecks({ intervalMs: 100, timeoutMs: 50, unhealthyThreshold: 1, healthyThreshold: 1 }),
        faults: [
          {
            action: { kind: 'crash' },
            target: { kind: 'instances', indexes: [0, 1] },
            when: { kind: 'at', atMs: 1000, forMs: Infinity },
          },
        ],
      },
      1,
      { recordSeries: false },
    );
    return sample.conditions.panics;
  };
  expect(panics(0.5)).toBe(1);
  expect(panics(0)).toBe(0);
});
