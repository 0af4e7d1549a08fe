import { describe, expect, it } from 'vitest';
import { tabledCauses } from '../../src/core/belief_cause.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { columnName, metrics } from '../../src/metrics/catalogue.ts';
import type { CellMeasures } from '../../src/metrics/measures.ts';
import { finiteOrNull, NOT_REACHED } from '../../src/metrics/not_reached.ts';
import { Script } from './history.ts';

const alone = new Script({ weights: [1, 1], durationMs: 5000 })
  .allGood()
  .request(0, 100, [0, 100, 164, Outcome.ok])
  .request(0, 1000, [0, 1000, 1100, Outcome.refused])
  .outage(0, 1000, 2000)
  .remove(1500, 0, 0)
  .run().measures;
const measures: CellMeasures = {
  ...alone,
  twin: { failures: 5, delayedRequests: -2, extraSeconds: 1.5, collateral: 3 },
};

/** Where in the result document a metric without a formula of its own is found. */
function byPath(name: string): unknown {
  return name.split('.').reduce<unknown>((node, key) => {
    if (typeof node !== 'object' || node === null) return undefined;
    const fields = node as Record<string, unknown>;
    return key in fields ? fields[key] : fields[`${key}Ms`];
  }, measures);
}

const computed = /^(requests\.(errorRate|successShare)|instances\.|impact\.|failover\.unnoticed)/;
const value = (name: string) => metrics.find((metric) => metric.name === name)?.read(measures);

describe('the catalogue', () => {
  it('names every figure once, in one column', () => {
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
    expect(new Set(metrics.map(columnName)).size).toBe(metrics.length);
    for (const { doc } of metrics) expect(doc).toMatch(/^\S.*\S$/);
  });

  it.each(metrics.filter(({ name }) => !computed.test(name)))('reads $name at its path', ({ name, read }) => {
    expect(byPath(name)).not.toBeUndefined();
    // What was not reached is null in the result document.
    expect(finiteOrNull(read(measures))).toBe(byPath(name));
  });

  it('has every number of the result document', () => {
    const paths = (node: object, prefix: string): string[] =>
      Object.entries(node).flatMap(([key, child]) => {
        if (Array.isArray(child)) return [];
        const path = `${prefix}${key.replace(/Ms$/, '')}`;
        return typeof child === 'object' && child !== null ? paths(child, `${path}.`) : [path];
      });
    const { digest, inputDigest, ...figures } = measures;
    // Of detection by cause, six times the same, the median and the 99th percentile will do.
    const left = paths(figures, '').filter((path) => !/^failover\.detectBy\.\w+\.(mean|p90|max)$/.test(path));
    expect(left.filter((path) => !metrics.some(({ name }) => name === path))).toEqual([]);
  });

  it.each(tabledCauses.map((cause, i) => [cause, i + 1] as const))(
    "reads detection by %s, and says so, as its own and nobody else's",
    (cause, seconds) => {
      // Each cause at a time of its own.
      const script = new Script({ weights: tabledCauses.map(() => 1), durationMs: 20_000 }).allGood();
      tabledCauses.forEach((by, i) => {
        script.outage(i, 1000, 15_000).remove(2000 + 1000 * i, 0, i, by);
      });
      const { measures: each } = script.run();
      const [count, p50] = ['count', 'p50'].map((figure) =>
        metrics.find(({ name }) => name === `failover.detectBy.${cause}.${figure}`),
      );
      expect(count?.read(each)).toBe(1);
      expect(p50?.read(each)).toBe(1000 * seconds);
      expect(p50?.doc).toContain(
        {
          ...{ activeCheck: 'active check', ejection: 'outlier', registry: 'registry' },
          ...{ accrual: 'accrual', heartbeat: 'heartbeat', gossip: 'gossip' },
        }[cause],
      );
    },
  );

  it.each([
    ['latency.p99', 'latency_p99_ms'],
    ['latency.all.p999', 'latency_all_p999_ms'],
    ['failover.detect.p99', 'failover_detect_p99_ms'],
    ['failover.detectBy.activeCheck.p99', 'failover_detect_by_active_check_p99_ms'],
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
    expect(value('instances.probes')).toBe(0);
  });

  describe('tells what was not reached from what nobody was there for', () => {
    const world = () => new Script({ weights: [1, 1], callers: 10 }).allGood();
    const readAll = (script: Script, name: string) => {
      const { measures: found } = script.run();
      return ['p50', 'p90', 'p99', 'max'].map((field) => {
        return metrics.find((metric) => metric.name === `${name}.${field}`)?.read(found);
      });
    };
    const mean = (script: Script, name: string) =>
      metrics.find((metric) => metric.name === `${name}.mean`)?.read(script.run().measures);
    const never = [NOT_REACHED, NOT_REACHED, NOT_REACHED, NOT_REACHED];
    const nobody = [null, null, null, null];

    it.each(['failover.detect', 'failover.drain', 'failover.reinstate'])('%s, where nothing went down', (name) => {
      expect(readAll(world(), name)).toEqual(nobody);
      expect(mean(world(), name)).toBeNull();
    });

    it('detection that most pairs, or all, did not get to', () => {
      const script = world().outage(0, 2000, 5000);
      expect(readAll(script, 'failover.detect')).toEqual(never);
      for (let caller = 0; caller < 7; caller++) script.remove(2500, caller, 0);
      // The longest that was observed is known; the mean is restricted to it.
      expect(readAll(script, 'failover.detect')).toEqual([500, NOT_REACHED, NOT_REACHED, 500]);
      expect(mean(script, 'failover.detect')).toBe(0.7 * 500 + 0.3 * 3000);
    });

    it('detection cut short by the end of the run', () => {
      expect(readAll(world().outage(0, 9000, null), 'failover.detect')).toEqual(never);
    });

    it('draining: nobody, where nobody had sent; not reached, where those who had went on', () => {
      expect(readAll(world().outage(0, 2000, 5000), 'failover.drain')).toEqual(nobody);
      expect(readAll(world().outage(0, 2000, 5000).hit(3000, 0), 'failover.drain')).toEqual(never);
    });

    it('reinstatement: nobody, where it was never out; not reached, where it stayed out', () => {
      expect(readAll(world().outage(0, 2000, 5000), 'failover.reinstate')).toEqual(nobody);
      expect(readAll(world().outage(0, 2000, 5000).remove(3000, 0, 0), 'failover.reinstate')).toEqual(never);
    });

    it('the next mistake: none in good time is not reached, no good time is none to speak of', () => {
      const read = (script: Script) =>
        ['detector.meanTimeBetween', 'detector.meanDuration'].map((name) =>
          metrics.find((metric) => metric.name === name)?.read(script.run().measures),
        );
      expect(read(world())).toEqual([NOT_REACHED, null]);
      expect(read(new Script({ weights: [1] }))).toEqual([null, null]);
      expect(read(world().doubt(1000, 0, 0).believe(1500, 0, 0))).toEqual([10 * 2 * 10_000, 500]);
    });
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
    expect(read('impact.recover', [row, { ...row, recoverMs: null }])).toBe(NOT_REACHED);
    expect([read('impact.failedAttempts', []), read('impact.peakErrorRate', []), read('impact.recover', [])]).toEqual([
      0,
      null,
      null,
    ]);
  });
});
