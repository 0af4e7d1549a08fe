import { describe, expect, it } from 'vitest';
import { Outcome } from '../../src/core/outcome.ts';
import { Script } from './history.ts';

describe('requests', () => {
  it('are measured where they arrive in [warmup, duration), by their last outcome, retries included', () => {
    const { requests, instances } = new Script({ warmupMs: 1000, durationMs: 2000 })
      .allGood()
      .request(0, 999, [0, 999, 1500, Outcome.reset])
      .request(0, 1000, [0, 1000, 1100, Outcome.refused], [1, 1100, 1200, Outcome.ok])
      .request(0, 1300, [0, 1300, 1400, Outcome.reset], [1, 1400, 2100, Outcome.timedOut])
      .request(0, 1400)
      .request(0, 1900, [2, 1900, 2600, Outcome.error], [3, 2600, null])
      .request(0, 2000, [0, 2000, 2001, Outcome.rejected])
      .run(3000).measures;
    expect(requests).toEqual({
      offered: 4,
      succeeded: 1,
      failed: 2,
      inFlightAtEnd: 1,
      timedOut: 1,
      reset: 0,
      refused: 0,
      error: 0,
      rejected: 0,
      noHost: 1,
      attempts: 6,
      retries: 3,
    });
    // Instances count attempts by when they were sent, whoever's they were.
    expect(instances.map(({ requests: sent }) => sent)).toEqual([2, 2, 1, 0]);
    expect(instances.map(({ failures }) => failures)).toEqual([2, 1, 1, 0]);
    expect(instances.map(({ share }) => share)).toEqual([0.4, 0.4, 0.2, 0]);
    expect(instances.map(({ expectedShare }) => expectedShare)).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it('have a latency from arrival to final answer; failures and unfinished ones count in `all`', () => {
    const { latencyMs } = new Script({ durationMs: 2000 })
      .allGood()
      .request(0, 100, [0, 100, 200, Outcome.reset], [1, 200, 356, Outcome.ok])
      .request(0, 500, [0, 500, 1524, Outcome.timedOut])
      .request(0, 952, [0, 952, null])
      .run(3000).measures;
    expect(latencyMs).toEqual({
      ...{ mean: 256, p50: 256, p90: 256, p99: 256, p999: 256, max: 256 },
      // 256, 1024 and at least 3000 - 952 = 2048.
      all: { mean: 3328 / 3, p50: 1025, p90: 2048, p99: 2048, p999: 2048, max: 2048 },
    });
  });

  it('have no statistics where there are none', () => {
    const { requests, latencyMs, fairness, failover, instances, detector } = new Script().run().measures;
    expect(requests.offered).toBe(0);
    expect(latencyMs.all).toEqual({ mean: null, p50: null, p90: null, p99: null, p999: null, max: null });
    expect(fairness).toEqual({
      ...{ jain: null, cv: null, gini: null, maxOverMean: null, minOverMean: null },
      ...{ dispersion: null, worstCallerJain: null, busyJain: null, excluded: 4 },
      byTruth: { jain: null, cv: null, gini: null, maxOverMean: null, minOverMean: null },
      windows: { jainMean: null, jainP1: null, noiseFloor: null, used: 0, dropped: 10 },
    });
    expect(instances[0]).toMatchObject({
      requests: 0,
      share: null,
      expectedShare: null,
      availability: 1,
      utilization: 0,
    });
    expect(failover.detectMs).toEqual({ count: 0, mean: null, p50: null, p90: null, p99: null, max: null });
    expect(detector.queryAccuracy).toBeNull();
  });
});
