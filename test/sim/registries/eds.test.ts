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

it('eds: who comes as unhealthy is believed in once his check has passed, and not for an instant before', () => {
  const { views, beliefs } = traceOf(
    trialOf({
      durationMs: 10_000,
      instances: instances(3),
      registry: EDS,
      healthCheck: envoyChecks(
        { intervalMs: 2000, timeoutMs: 100, unhealthyThreshold: 1, healthyThreshold: 1 },
        { by: 'node' },
      ),
    }),
  );
  expect(views.map(({ atMs, inView }) => [atMs, inView])).toEqual([1, 2, 3].map(() => [0, true]));
  expect(beliefs.map(({ good, cause }) => [good, cause])).toEqual([1, 2, 3].map(() => [true, 'registry']));
  // The first check, and a debounced push.
  for (const { atMs } of beliefs) {
    expect(atMs).toBeGreaterThanOrEqual(100);
    expect(atMs).toBeLessThanOrEqual(2200);
  }
});
