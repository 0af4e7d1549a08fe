import { describe, expect, it } from 'vitest';
import { Outcome } from '../../src/core/outcome.ts';
import { record, Script } from './history.ts';

describe('series', () => {
  const gauges = { busy: (i: number) => i + 1, queued: (i: number) => 10 * i, busyMs: () => 0 };
  const { series } = new Script({ weights: [1, 1], warmupMs: 1000, durationMs: 2500, gauges, recordSeries: true })
    .allGood()
    .request(0, 100, [0, 100, 1100, Outcome.reset], [1, 1100, 1124, Outcome.ok])
    .request(0, 1500, [0, 1500, 1564, Outcome.ok])
    .request(0, 1600, [0, 1600, 2664, Outcome.timedOut])
    .outage(1, 1700, 1800)
    .doubt(1750, 0, 1)
    .request(0, 2500, [0, 2500, 2510, Outcome.ok])
    .run(3000);
  const of = (metric: string, subject = 'all') =>
    (series ?? [])
      .filter((row) => row.metric === metric && row.subject === subject)
      .map(({ tMs, value }) => [tMs, value]);

  it('count by second from 0 to the duration, answers by arrival', () => {
    expect(of('offered')).toEqual([
      [0, 1],
      [1000, 2],
      [2000, 0],
    ]);
    expect(of('failed')).toEqual([
      [0, 0],
      [1000, 1],
      [2000, 0],
    ]);
    expect(of('retries')).toEqual([
      [0, 0],
      [1000, 1],
      [2000, 0],
    ]);
    expect(of('requests', 'i-0')).toEqual([
      [0, 1],
      [1000, 2],
      [2000, 0],
    ]);
    expect(of('requests', 'i-1')).toEqual([
      [0, 0],
      [1000, 1],
      [2000, 0],
    ]);
  });

  it('have the latency of successes by the second of arrival', () => {
    expect(of('latency_p50_ms')).toEqual([
      [0, 1024],
      [1000, 64],
    ]);
    for (const metric of ['latency_p90_ms', 'latency_p99_ms', 'latency_p999_ms']) {
      expect(of(metric)).toEqual([
        [0, 1024],
        [1000, 64],
      ]);
    }
  });

  it('sample gauges at the end of each second', () => {
    expect(of('in_flight', 'i-1')).toEqual([
      [1000, 2],
      [2000, 2],
      [2500, 2],
    ]);
    expect(of('queue', 'i-1')).toEqual([
      [1000, 10],
      [2000, 10],
      [2500, 10],
    ]);
  });

  it('hold ground truth and belief, on change', () => {
    expect(of('up', 'i-0')).toEqual([[0, 1]]);
    expect(of('up', 'i-1')).toEqual([
      [0, 1],
      [1700, 0],
      [1800, 1],
    ]);
    expect(of('belief', 'c-0/i-1')).toEqual([
      [0, 1],
      [1750, 0],
    ]);
    expect(of('removed_by_active_check', 'c-0/i-1')).toEqual([[1750, 1]]);
  });

  it('hold faults with the number of their targets, and who is impaired by which kind, on change', () => {
    const world = { weights: [1, 1], durationMs: 3000, recordSeries: true, faultKinds: ['slow', 'errors'] };
    const { series: rows } = new Script(world)
      .allGood()
      .impairment(0, 1000, 2000)
      .impairment(1, 1500, 2500)
      .impairment(1, 2600, 3500, 1)
      .run(4000);
    const found = (rows ?? []).filter(({ metric }) => ['fault', 'slow', 'errors'].includes(metric));
    expect(found.map(({ tMs, metric, subject, value }) => `${tMs} ${metric} ${subject} ${value}`)).toEqual([
      '1000 fault slow#0 1',
      '1000 slow i-0 1',
      '1500 fault slow#0 2',
      '1500 slow i-1 1',
      '2000 fault slow#0 1',
      '2000 slow i-0 0',
      '2500 fault slow#0 0',
      '2500 slow i-1 0',
      '2600 fault errors#1 1',
      '2600 errors i-1 1',
    ]);
  });

  it('hold the buckets of the headline histogram', () => {
    // One success was measured: 64 ms, in a bucket 0.125 wide.
    expect((series ?? []).filter(({ metric }) => metric === 'latency_bucket')).toEqual([
      { tMs: 0, metric: 'latency_bucket', subject: '64.0625', value: 1 },
    ]);
  });

  it('come by time, and not unless asked for', () => {
    const times = (series ?? []).map(({ tMs }) => tMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Script().run().series).toBeNull();
  });

  it('leave out what a large world has too much of', () => {
    const large = new Script({ weights: new Array(1001).fill(1), callers: 10, durationMs: 1000, recordSeries: true });
    const metrics = new Set((record(large.allGood().history()).series ?? []).map(({ metric }) => metric));
    expect([...metrics].sort()).toEqual(['failed', 'offered', 'retries']);
  });
});
