import { describe, expect, it } from 'vitest';
import type { DetectorResult } from '../../src/metrics/measures.ts';
import { Script, type SmallWorld } from './history.ts';

const rows = (script: Script): readonly DetectorResult[] => script.run().measures.detectors;
const world = (written: SmallWorld = {}) => new Script({ weights: [1], callers: 2, ...written });
const NOBODY = { count: 0, mean: null, p50: null, p90: null, p99: null, max: null };

describe('detectors', () => {
  it('each is held against the truth by itself: a slow and sure one, a quick one that errs', () => {
    const script = world().allGood();
    for (const caller of [0, 1]) {
      script.verdict(0, caller, 0, 'activeCheck', true).verdict(0, caller, 0, 'heartbeat', true);
    }
    // Heartbeats are missed for 500 ms at 1000; the instance is down from 4000 to 8000.
    script.verdict(1000, 0, 0, 'heartbeat', false).verdict(1500, 0, 0, 'heartbeat', true).outage(0, 4000, 8000);
    script.verdict(4200, 0, 0, 'heartbeat', false).verdict(4400, 1, 0, 'heartbeat', false);
    script.verdict(7000, 0, 0, 'activeCheck', false);
    // Found well again; caller 1's check has never noticed.
    script.verdict(8100, 0, 0, 'heartbeat', true).verdict(8100, 1, 0, 'heartbeat', true);
    script.verdict(9000, 0, 0, 'activeCheck', true);
    const [check, heartbeat, all] = rows(script);
    expect(check).toEqual({
      detector: 'activeCheck',
      ...{ atRisk: 2, undetected: 1, censored: 0, falsePositives: 0 },
      // One at 3000, one lost at 4000: S = 1/2 from 3000 on.
      detectMs: { count: 1, mean: 3500, p50: 3000, p90: null, p99: null, max: 3000 },
      // Both until 4000; caller 1 from 8000, caller 0 from 9000 to the end at 10 000.
      goodTimeMs: 8000 + 2000 + 1000,
      ...{ meanTimeBetweenMs: null, meanDurationMs: null, queryAccuracy: 1 },
    });
    expect(heartbeat).toEqual({
      detector: 'heartbeat',
      ...{ atRisk: 2, undetected: 0, censored: 0, falsePositives: 1 },
      detectMs: { count: 2, mean: 300, p50: 200, p90: 400, p99: 400, max: 400 },
      goodTimeMs: 8000 + 2 * 1900,
      ...{ meanTimeBetweenMs: 11_800, meanDurationMs: 500, queryAccuracy: 1 - 500 / 11_800 },
    });
    // Whoever believes something else believes it nonetheless: nobody said anything of belief.
    expect(all).toMatchObject({ detector: 'all', atRisk: 2, undetected: 2, detectMs: { count: 0 } });
  });

  it('loses from sight what leaves the view, which only the registry has noticed', () => {
    const script = world({ callers: 1 }).allGood().verdict(0, 0, 0, 'registry', true);
    script.verdict(0, 0, 0, 'activeCheck', true).outage(0, 2000, null);
    script.say({ kind: 'view', atMs: 3000, caller: 0, instance: 0, on: false });
    script.verdict(3000, 0, 0, 'registry', false).remove(3000, 0, 0, 'registry');
    const [check, registry] = rows(script);
    expect(check).toMatchObject({ atRisk: 1, undetected: 0, censored: 1, detectMs: { count: 0, mean: 1000 } });
    expect(registry).toMatchObject({ atRisk: 1, undetected: 0, censored: 0, detectMs: { count: 1, mean: 1000 } });
  });

  it('has no good time of what is not in view', () => {
    const script = world({ callers: 1 }).allGood().verdict(0, 0, 0, 'ejection', true);
    script.say({ kind: 'view', atMs: 3000, caller: 0, instance: 0, on: false }).remove(3000, 0, 0, 'registry');
    script.join(7000, 0, 0).verdict(7000, 0, 0, 'ejection', true);
    expect(rows(script)[0]).toMatchObject({ detector: 'ejection', goodTimeMs: 3000 + 3000, falsePositives: 0 });
  });

  it('is not at risk where it has not said anything good, and not asked of outages from before', () => {
    const script = world({ warmupMs: 1000 }).allGood().outage(0, 500, 1500).outage(0, 2000, 3000);
    script.verdict(600, 0, 0, 'activeCheck', true).verdict(700, 0, 0, 'activeCheck', false);
    script.verdict(1600, 0, 0, 'activeCheck', true);
    expect(rows(script)[0]).toMatchObject({ atRisk: 1, undetected: 1, detectMs: { count: 0, mean: 1000 } });
    expect(rows(world().allGood())[0]).toMatchObject({ detector: 'all', atRisk: 0, detectMs: NOBODY });
  });
});
