import { describe, expect, test } from 'vitest';
import {
  detectors,
  accruals as realAccruals,
  metrics as realMetrics,
  strategies as realStrategies,
  subsettings as realSubsettings,
} from '../../src/run/lists.ts';
import { fieldReference } from '../../src/scenario/reference.ts';
import { accruals, metrics, strategies, subsettings } from './vocabulary.ts';

const fields = fieldReference({ strategies, subsettings, accruals, detectors, metrics, readText: () => '' });
const byPath = new Map(fields.map((field) => [field.path, field]));

describe('the reference of the format', () => {
  test.each([
    ['name', 'name of lower-case letters, digits and hyphens', true, null],
    ['duration', 'duration above 0s, at most 31d', true, null],
    ['warmup', 'duration', false, '0s'],
    ['seed', 'integer of at least 0', false, '1'],
    ['instances', '[block, ...]', true, null],
    ['instances.N.queue', 'integer from 0 to 1000000000', false, 'unlimited'],
    ['instances.N.onClientGone', 'finish | drop-queued | cancel', false, 'finish'],
    ['instances.N.retryAfter', 'duration above 0s', false, 'they do not ask'],
    ['instances.N.serviceTime', 'distribution', true, null],
    ['callers', 'block', false, 'one caller'],
    ['load', 'block', true, null],
    ['load.rate', 'rate', true, null],
    ['load.keys', 'block of one key', false, 'no keys'],
    ['load.keys.zipf.exponent', 'number from 0 to 100', true, null],
    ['loadBalancer.policy', 'name, or block of one key', true, null],
    ['loadBalancer.policy.least-request.choiceCount', 'integer from 2 to 100', false, '2'],
    ['loadBalancer.policy.peak-ewma.decayTime', 'duration of at least 1ms', false, '10s'],
    ['loadBalancer.policy.picky.mode', 'fast | fair', true, null],
    ['loadBalancer.policy.picky.floor', 'share', false, '10%'],
    ['loadBalancer.policy.picky.minimumPercent', 'share, or number of percent', false, '10%'],
    ['loadBalancer.panicThreshold', 'share', false, '50%'],
    ['failureAccrual', 'name, or block of one key', false, 'none'],
    ['failureAccrual.finagle.backoffStart', 'duration of at least 1ms', false, '5s'],
    ['request.retries.retryOn', '[connect-failure | reset | timeout | 5xx, ...]', false, '[connect-failure, reset]'],
    ['faults.N.restart.every', 'duration', false, 'drain + down, or grace + down'],
    ['faults.N.errors.instances', 'all, or [id, ...]', false, null],
    ['faults.N.lifetime', 'distribution', false, null],
    ['thresholds', '[threshold, or block, ...]', false, 'none'],
    ['DISTRIBUTION', 'duration, or block of one key', false, null],
    ['DISTRIBUTION.weibull.shape', 'number from 0.05 to 1000', true, null],
    ['DISTRIBUTION.mixture', '[block, ...]', false, null],
    ['DISTRIBUTION.mixture.N.of', 'distribution', true, null],
  ])('%s: %s', (path, type, required, fallback) => {
    expect(byPath.get(path)).toMatchObject({ type, required, default: fallback });
  });

  test('each path once, distributions in one place', () => {
    expect(byPath.size).toBe(fields.length);
    expect(fields.filter(({ path }) => path.endsWith('exponential.mean'))).toHaveLength(1);
  });

  test('a line about everything', () => {
    const real = fieldReference({
      strategies: realStrategies,
      subsettings: realSubsettings,
      accruals: realAccruals,
      detectors,
      metrics: realMetrics,
      readText: () => '',
    });
    expect(real.filter(({ doc }) => !/^[^\n]+\.$/.test(doc))).toStrictEqual([]);
  });
});
