import { expect, it } from 'vitest';
import { OUTLIER_DETECTION, type OutlierDetectionSettings } from '../../src/health/outlier/settings.ts';
import { fakeScenario, fakeTrial } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';

const [like] = fakeTrial('ring').instances;

/** What is said of outlier detection with these settings, by so many instances and callers at 500 requests a second. */
async function said(written: Partial<OutlierDetectionSettings>, instances: number, callers = 1): Promise<string> {
  const trial = fakeTrial('round-robin', {
    outlierDetection: { ...OUTLIER_DETECTION, ...written },
    instances: Array.from({ length: instances }, (_, i) => ({ ...like, id: `i-${i}` })),
    callers: Array.from({ length: callers }, (_, i) => ({ id: `c-${i}`, zone: null, workers: 1 })),
  });
  const { warnings } = await fakeStudy(
    fakeScenario([{ strategy: 'round-robin', trial }], { replications: 2 }),
    () => ({}),
  );
  return warnings
    .filter(({ cause }) => cause.includes('outlierDetection'))
    .map(({ cause, effect, next }) => `${cause}; ${effect}; ${next}`)
    .join('\n');
}

const grpc = { system: 'grpc' } as const;
const quiet = { enforcingSuccessRate: 0 } as const;

it.each([
  ['ten hosts, 500 requests each', {}, 10, 1],
  ['one of four fits into 25%', { ...quiet, maxEjectionPercent: 25 }, 4, 1],
  ['one host always fits', { ...quiet, alwaysEjectOneHost: true }, 2, 1],
  ['gRPC looks before it ejects', grpc, 5, 1],
  ['what is not enforced need not be able to act', quiet, 10, 100],
  ['gateway failures alone', { ...quiet, enforcingConsecutive5xx: 0, enforcingConsecutiveGatewayFailure: 1 }, 10, 1],
])('nothing where %s', async (_, settings, instances, callers) => {
  expect(await said(settings, instances, callers)).toBe('');
});

it.each([
  [
    { ...quiet },
    9,
    1,
    'maxEjectionPercent 10% of 9 hosts is less than one; no host is ever ejected; set maxEjectionPercent to 12% or more, or always',
  ],
  [{ ...grpc, maxEjectionPercent: 0 }, 10, 1, 'maxEjectionPercent 0% of 10 hosts'],
  [{ ...quiet, enforcingConsecutive5xx: 0 }, 10, 1, 'enforces nothing'],
  [{ ...quiet, consecutive5xx: 0 }, 10, 1, 'enforces nothing'],
  [{ ...grpc, ...quiet }, 10, 1, 'enforces nothing'],
  [
    {},
    10,
    10,
    'a caller sends some 50 requests to each instance in outlierDetection.interval, and successRateRequestVolume asks for 100',
  ],
  [
    { ...quiet, enforcingFailurePercentage: 1 },
    10,
    100,
    'some 5 requests to each instance in outlierDetection.interval, and failurePercentageRequestVolume asks for 50',
  ],
  [{ maxEjectionPercent: 50 }, 4, 1, 'successRateMinimumHosts is 5, and there are 4 hosts'],
])('%j, %d instances, %d callers', async (settings, instances, callers, words) => {
  expect((await said(settings, instances, callers)).split('\n')).toEqual([expect.stringContaining(words)]);
});

it('does not advise errors in a row to gRPC, which has none', async () => {
  const settings = { ...grpc, maxEjectionPercent: 50 };
  expect(await said({ ...settings, system: 'envoy' }, 10, 10)).toContain('rely on errors in a row');
  expect(await said(settings, 10, 10)).toContain('lower successRateRequestVolume, or leave it out');
});
