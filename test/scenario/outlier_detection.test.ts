import { expect, it, test } from 'vitest';
import { OUTLIER_DETECTION } from '../../src/health/outlier/settings.ts';
import { minimal, onlyColumn, problems, unmark } from './vocabulary.ts';

const read = (outlierDetection: string) => onlyColumn(minimal({ outlierDetection })).trial.outlierDetection;

test("a block of nothing has Envoy's defaults", () => {
  expect(read('{}')).toStrictEqual(OUTLIER_DETECTION);
});

it('times carry units, percents may', () => {
  const written = `{ interval: 1s, baseEjectionTime: 400s, maxEjectionTimeJitter: 5s, maxEjectionPercent: 50,
    enforcingSuccessRate: 20%, failurePercentageThreshold: 7, alwaysEjectOneHost: true, consecutive5xx: 0 }`;
  expect(read(written)).toStrictEqual({
    ...OUTLIER_DETECTION,
    intervalMs: 1000,
    baseEjectionTimeMs: 400_000,
    maxEjectionTimeMs: 400_000, // the default is never below the base (Envoy)
    maxEjectionTimeJitterMs: 5000,
    maxEjectionPercent: 50,
    enforcingSuccessRate: 20,
    failurePercentageThreshold: 7,
    alwaysEjectOneHost: true,
    consecutive5xx: 0,
  });
});

it('gRPC takes the base where it is longer than the longest', () => {
  expect(read('{ system: grpc, baseEjectionTime: 30s, maxEjectionTime: 1s }')).toMatchObject({
    maxEjectionTimeMs: 1000,
  });
});

it.each([
  ['{ maxEjectionPercent: ‸2.5 }', 'expected a whole number of percent'],
  ['{ maxEjectionPercent: ‸120% }', 'at most 100%'],
  ['{ interval: ‸10 }', 'expected a duration'],
  ['{ ‸consecutive5x: 3 }', "found 'consecutive5x'"],
  ['{ system: grpc, ‸consecutive5xx: 3 }', "expected 'consecutive5xx' beside system: envoy only"],
  ['{ system: grpc, ‸alwaysEjectOneHost: true }', 'beside system: envoy only'],
  ['{ maxEjectionTimeJitter: ‸0.5ms }', 'whole milliseconds'],
  ['{ baseEjectionTime: 30s, maxEjectionTime: ‸20s }', 'expected maxEjectionTime to be at least baseEjectionTime, 30s'],
])('%s', (written, message) => {
  const { text, places } = unmark(minimal({ outlierDetection: written }));
  const found = problems(text);
  expect(found.map(({ line, column }) => `${line}:${column}`)).toEqual(places);
  expect(found[0]?.message).toContain(message);
});
