import { describe, expect, it } from 'vitest';
import { Outcome } from '../../src/core/outcome.ts';
import { columnName, metrics } from '../../src/metrics/catalogue.ts';
import { Script } from './history.ts';

const measures = new Script({ weights: [1, 1], durationMs: 5000 })
  .allGood()
  .request(0, 100, [0, 100, 164, Outcome.ok])
  .request(0, 1000, [0, 1000, 1100, Outcome.refused])
  .outage(0, 1000, 2000)
  .remove(1500, 0, 0)
  .run().measures;

/** Where in the result document a metric without a formula of its own is found. */
function byPath(name: string): unknown {
  return name.split('.').reduce<unknown>((node, key) => {
    if (typeof node !== 'object' || node === null) return undefined;
    const fields = node as Record<string, unknown>;
    return key in fields ? fields[key] : fields[`${key}Ms`];
  }, measures);
}

const computed = /^(requests\.(errorRate|successShare)|instances\.|impact\.)/;
const value = (name: string) => metrics.find((metric) => metric.name === name)?.read(measures);

describe('the catalogue', () => {
  it('names every figure once, in one column', () => {
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
    expect(new Set(metrics.map(columnName)).size).toBe(metrics.length);
    for (const { doc } of metrics) expect(doc).toMatch(/^\S.*\S$/);
  });

  it.each(metrics.filter(({ name }) => !computed.test(name)))('reads $name at its path', ({ name, read }) => {
    expect(byPath(name)).not.toBeUndefined();
    expect(read(measures)).toBe(byPath(name));
  });

  it('has every number of the result document', () => {
    const paths = (node: object, prefix: string): string[] =>
      Object.entries(node).flatMap(([key, child]) => {
        if (Array.isArray(child)) return [];
        const path = `${prefix}${key.replace(/Ms$/, '')}`;
        return typeof child === 'object' && child !== null ? paths(child, `${path}.`) : [path];
      });
    const { digest, inputDigest, ...figures } = measures;
    expect(paths(figures, '').filter((path) => !metrics.some(({ name }) => name === path))).toEqual([]);
  });

  it.each([
    ['latency.p99', 'latency_p99_ms'],
    ['latency.all.p999', 'latency_all_p999_ms'],
    ['failover.detect.p99', 'failover_detect_p99_ms'],
    ['failover.leaks.staleView', 'failover_leaks_stale_view'],
    ['requests.inFlightAtEnd', 'requests_in_flight_at_end'],
    ['impact.outageSeconds', 'impact_outage_seconds'],
    ['detector.goodTime', 'detector_good_time_ms'],
    ['fairness.byTruth.jain', 'fairness_by_truth_jain'],
  ])('calls the column of %s %s', (name, column) => {
    expect(metrics.filter((metric) => metric.name === name).map(columnName)).toEqual([column]);
  });

  it('computes what has no path', () => {
    expect(value('requests.errorRate')).toBe(0.5);
    expect(value('requests.successShare')).toBe(0.5);
    expect(value('instances.availability')).toBe(0.9);
    expect(value('instances.utilization')).toBe(0);
    expect(value('instances.maxUtilization')).toBe(0);
  });

  it('sums impact over events and takes the worst of peaks', () => {
    const row = {
      fault: 'crash#0',
      startMs: 0,
      failedAttempts: 3,
      clientFailures: 2,
      peakErrorRate: 0.5,
      outageSeconds: 4,
      recoverMs: 4000,
    };
    const read = (
      name: string,
      impact: readonly (typeof row | (Omit<typeof row, 'recoverMs'> & { recoverMs: null }))[],
    ) => metrics.find((metric) => metric.name === name)?.read({ ...measures, impact });
    const two = [row, { ...row, peakErrorRate: 0.9, recoverMs: 1000 }];
    expect(read('impact.failedAttempts', two)).toBe(6);
    expect(read('impact.clientFailures', two)).toBe(4);
    expect(read('impact.outageSeconds', two)).toBe(8);
    expect(read('impact.peakErrorRate', two)).toBe(0.9);
    expect(read('impact.recover', two)).toBe(4000);
    expect(read('impact.recover', [row, { ...row, recoverMs: null }])).toBeNull();
    expect([read('impact.failedAttempts', []), read('impact.peakErrorRate', []), read('impact.recover', [])]).toEqual([
      0,
      null,
      null,
    ]);
  });
});
