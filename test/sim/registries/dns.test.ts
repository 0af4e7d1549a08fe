import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { resolve } from '../../../src/sim/registries/dns/resolver.ts';
import { DNS, type DnsSettings } from '../../../src/sim/registries/dns/settings.ts';
import { VersionLog, View } from '../../../src/sim/registries/version_log.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { instances, traceOf, trialOf } from '../../helpers/trial.ts';
import { members, type Seen, steady, timeline } from './bench.ts';

/** A caller whose cache holds an answer that runs out `u` of a TTL after 0. */
function caller(written: Partial<DnsSettings> = {}, u = 0.5) {
  const clock = new ManualClock();
  const log = new VersionLog(0);
  const publish = (count: number) => log.publish(clock.now(), members(count), clock.now());
  publish(3);
  const seen: Seen[] = [];
  const view = new View(log, ({ version, evidenceAtMs, instances: its }) =>
    seen.push({ atMs: clock.now(), ids: its.map(({ id }) => id.slice(2)).join(' '), version, evidenceAtMs }),
  );
  view.show(log.current);
  let answers = true;
  resolve({
    settings: { ...DNS, ttlMs: 1000, ...written },
    clock,
    random: steady(u),
    view,
    ask: () => (answers ? log.current : null),
  });
  return { clock, publish, seen, answer: (to: boolean) => (answers = to) };
}

describe('dns', () => {
  it('a change is seen when the answer in the cache has run out', () => {
    const { clock, publish, seen } = caller();
    clock.advance(600);
    publish(2);
    clock.advance(3000);
    expect(timeline(seen)).toEqual([
      [0, '1 2 3'],
      [1500, '1 2'],
    ]);
  });

  it('with a refresh of its own (Envoy’s strict DNS) it is seen with the first refresh after that', () => {
    const { clock, publish, seen } = caller({ refreshMs: 700 });
    // Refreshes at 350, 1050, 1750, ...; the cache runs out at 500, then 1000 after each question.
    clock.advance(1060);
    publish(2);
    clock.advance(5000);
    expect(timeline(seen).slice(1)).toEqual([[2450, '1 2']]);
  });

  it('an empty answer empties the view, or does not, and is kept for its own TTL', () => {
    for (const empty of ['apply', 'keep'] as const) {
      const { clock, publish, seen } = caller({ empty, negativeTtlMs: 200 });
      publish(0);
      clock.advance(600);
      publish(1);
      clock.advance(1000);
      const expected = [[0, '1 2 3'], ...(empty === 'apply' ? [[500, '']] : []), [700, '1']];
      expect(timeline(seen)).toEqual(expected);
    }
  });

  it('no answer leaves the last good view, and is asked for again', () => {
    const { clock, publish, seen, answer } = caller({ retryMs: 300 });
    answer(false);
    publish(1);
    clock.advance(1000);
    answer(true);
    clock.advance(1000);
    // Asked at 500, 800 and 1100.
    expect(timeline(seen).slice(1)).toEqual([[1100, '1']]);
  });

  it('a caller that never resolves again sees nothing ever', () => {
    const { clock, publish, seen } = caller({ neverShare: 0.6 });
    publish(1);
    clock.advance(1e6);
    expect(seen).toHaveLength(1);
  });

  test.prop([
    fc.array(fc.record({ gapMs: fc.nat(900), count: fc.nat(5) }), { maxLength: 30 }),
    fc.double({ min: 0, max: 0.999, noNaN: true }),
  ])('what is seen is what was true at most a TTL ago, and the last change comes', (changes, u) => {
    const { clock, publish, seen } = caller({ negativeTtlMs: null }, u);
    const truth = [{ atMs: 0, ids: '1 2 3' }];
    for (const { gapMs, count } of changes) {
      clock.advance(gapMs);
      publish(count);
      truth.push({
        atMs: clock.now(),
        ids: members(count)
          .map(({ id }) => id.slice(2))
          .join(' '),
      });
      const view = seen.at(-1) as Seen;
      const lasted = truth.filter(
        (it, i) => (truth[i + 1]?.atMs ?? Infinity) >= clock.now() - 1000 && it.atMs <= view.atMs,
      );
      expect(lasted.map(({ ids }) => ids)).toContain(view.ids);
    }
    clock.advance(1000);
    expect(seen.at(-1)?.ids).toBe(truth.at(-1)?.ids);
  });

  it('end to end: a deregistration reaches callers evenly over a TTL, and a share of them never', () => {
    const callers = Array.from({ length: 200 }, (_, i) => ({ id: `c-${i}`, zone: null, workers: 1 }));
    const { views } = traceOf(
      trialOf({
        durationMs: 20_000,
        instances: instances(2),
        callers,
        registry: { ...DNS, ttlMs: 10_000, neverShare: 0.25 },
        load: { arrivals: 'constant', ratePerMs: 0.0001, keys: null },
        faults: [
          {
            action: { kind: 'restart', drainMs: 15_000, downMs: 10_000, everyMs: 0 },
            target: { kind: 'instances', indexes: [0] },
            when: { kind: 'at', atMs: 2000, forMs: Infinity },
          },
        ],
      }),
    );
    const lags = views.filter(({ inView, instance }) => !inView && instance === 0).map(({ atMs }) => atMs - 2000);
    // Binomial, 4.8 standard deviations; then the mean of a uniform law.
    expect(Math.abs(lags.length - 150)).toBeLessThan(4.8 * Math.sqrt(200 * 0.25 * 0.75));
    expect(Math.max(...lags)).toBeLessThanOrEqual(10_000);
    const mean = lags.reduce((sum, lag) => sum + lag, 0) / lags.length;
    expect(Math.abs(mean - 5000)).toBeLessThan((4.8 * 10_000) / Math.sqrt(12 * lags.length));
  });
});
