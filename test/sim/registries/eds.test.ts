import { expect, it } from 'vitest';
import { EDS } from '../../../src/sim/registries/eds/settings.ts';
import { envoyChecks } from '../../helpers/checks.ts';
import { instances, traceOf, trialOf } from '../../helpers/trial.ts';

/** One of three leaves at 3 s, serves on until 8 s, and is back at 10 s; checked each 500 ms. */
const views = (ignoreHealthOnHostRemoval: boolean) =>
  traceOf(
    trialOf({
      durationMs: 15_000,
      instances: instances(3),
      registry: { ...EDS, ignoreHealthOnHostRemoval },
      healthCheck: envoyChecks({
        intervalMs: 500,
        timeoutMs: 100,
        unhealthyThreshold: 1,
        healthyThreshold: 1,
      }),
      faults: [
        {
          action: { kind: 'restart', drainMs: 5000, downMs: 2000, everyMs: 0 },
          target: { kind: 'instances', indexes: [0] },
          when: { kind: 'at', atMs: 3000, forMs: Infinity },
        },
      ],
    }),
  ).views.filter(({ instance }) => instance === 0);

it('eds: who has left but is well stays until his check fails, and is gone then', () => {
  const [, out, back] = views(false);
  expect(out.inView).toBe(false);
  expect(out.atMs).toBeGreaterThanOrEqual(8000);
  expect(out.atMs).toBeLessThanOrEqual(8500);
  expect(back).toMatchObject({ inView: true, atMs: 10_100 });
});

it('eds: is gone with the push, 100 ms after he left, where health is ignored', () => {
  expect(views(true)[1]).toMatchObject({ inView: false, atMs: 3100 });
});
