import { describe, expect, it } from 'vitest';
import type { CellTask } from '../../src/run/cells.ts';
import { runStudy } from '../../src/run/study.ts';
import type { Threshold } from '../../src/scenario/scenario.ts';
import { fakeReport, fakeScenario, fakeTrial } from '../helpers/fake_report.ts';

const scenario = fakeScenario(
  ['ring', 'random', 'peak-ewma'].map((strategy) => ({ strategy })),
  { seed: 40, replications: 4 },
);

const reportOf = ({ seed, column, recordSeries }: CellTask) => fakeReport({ p99: seed + 100 * column }, recordSeries);

/** Answers in an order of its own, and notes everything that comes out. */
async function outcome(delays: readonly number[], jobs: number) {
  const events: unknown[] = [];
  const study = await runStudy(scenario, {
    jobs,
    runCell: async (task) => {
      for (let i = 0; i < delays[task.index]; i++) await Promise.resolve();
      return reportOf(task);
    },
    series: async (label, seed, rows) => void events.push([label.strategy, seed, [...rows]]),
    onProgress: (done, total) => expect(done).toBeLessThanOrEqual(total),
  });
  return JSON.stringify({ document: study.document, events });
}

const p99Below = (limit: number, abortOnFail = false): Threshold => ({
  expression: `latency.p99 < ${limit}ms`,
  metric: 'latency.p99',
  operator: '<',
  limit,
  ...{ strategies: null, variants: null, abortOnFail },
});

describe('runStudy', () => {
  it('comes to the same whatever order cells finish in and however many run at once', async () => {
    const n = 12;
    const inOrder = await outcome(Array(n).fill(0), 1);
    const backwards = Array.from({ length: n }, (_, i) => 10 * (n - i));
    const zigzag = Array.from({ length: n }, (_, i) => (i * 7919) % 101);
    for (const [delays, jobs] of [
      [backwards, n],
      [zigzag, 3],
      [zigzag, 100],
    ] as const) {
      expect(await outcome(delays, jobs)).toBe(inOrder);
    }
  });

  it('gives replication r the seed `seed + r`, and orders cells by column, then seed', async () => {
    const { document } = JSON.parse(await outcome(Array(12).fill(0), 2));
    expect(
      document.cells.map((cell: { strategy: string; seed: number }) => [cell.strategy, cell.seed]).slice(3, 6),
    ).toEqual([
      ['ring', 43],
      ['random', 40],
      ['random', 41],
    ]);
  });

  it('asks for series of the first seed of each column, and adds P(t) over all replications', async () => {
    const { events } = JSON.parse(await outcome(Array(12).fill(0), 2));
    expect(events).toHaveLength(6);
    expect(events[0]).toEqual(['ring', 40, [{ tMs: 0, metric: 'up', subject: 'a-1', value: 1 }]]);
    expect(events[1]).toEqual([
      'ring',
      null,
      [
        { tMs: 0, metric: 'availability', subject: 'measured', value: 1 },
        { tMs: 1000, metric: 'availability', subject: 'measured', value: 0.5 },
      ],
    ]);
  });

  it('puts the model beside the measured P(t) where it has a closed form', async () => {
    const trial = fakeTrial('ring', {
      faults: [
        {
          action: { kind: 'crash' },
          target: { kind: 'instances', indexes: [0] },
          when: { kind: 'at', atMs: 1000, forMs: Infinity },
        },
      ],
    });
    const rows: unknown[] = [];
    await runStudy(fakeScenario([{ strategy: 'ring', trial }]), {
      jobs: 1,
      runCell: async (task) => reportOf(task),
      series: async (_label, seed, some) => {
        if (seed === null) rows.push(...some);
      },
    });
    expect(rows.slice(2)).toEqual([
      { tMs: 0, metric: 'availability', subject: 'model', value: 1 },
      { tMs: 1000, metric: 'availability', subject: 'model', value: 0 },
    ]);
  });

  it('goes on without the cells that failed, and says which they are', async () => {
    const progress: number[] = [];
    const { document, failures } = await runStudy(scenario, {
      jobs: 3,
      series: null,
      onProgress: (done) => void progress.push(done),
      runCell: async (task) => {
        if (task.index === 5 || task.index === 0) throw new Error(`expected 3, found ${task.index}`);
        return reportOf(task);
      },
    });
    expect(failures).toEqual([
      { label: { strategy: 'ring', variant: null, params: {} }, seed: 40, message: 'expected 3, found 0' },
      { label: { strategy: 'random', variant: null, params: {} }, seed: 41, message: 'expected 3, found 5' },
    ]);
    expect(progress.at(-1)).toBe(12);
    expect(document.cells.map(({ strategy, seed }) => `${strategy} ${seed}`)).toEqual([
      ...['ring 41', 'ring 42', 'ring 43', 'random 40', 'random 42', 'random 43'],
      ...['peak-ewma 40', 'peak-ewma 41', 'peak-ewma 42', 'peak-ewma 43'],
    ]);
    expect(document.incomplete).toMatchObject({ reason: 'failed', done: 10, of: 12, threshold: null });
    expect(document.incomplete?.failed.map(({ strategy, seed }) => `${strategy} ${seed}`)).toEqual([
      'ring 40',
      'random 41',
    ]);
  });

  it('says nothing of a column that has no cell left', async () => {
    const { document, verdicts } = await runStudy(
      { ...scenario, thresholds: [p99Below(1000)] },
      {
        jobs: 2,
        series: null,
        runCell: async (task) => {
          if (task.column === 0) throw new Error('no');
          return reportOf(task);
        },
      },
    );
    expect(verdicts.map(({ row }) => [row.strategy, row.verdict])).toEqual([
      ['random', 'pass'],
      ['peak-ewma', 'pass'],
    ]);
    expect(new Set(document.comparison.map(({ reference }) => reference))).toEqual(new Set(['random']));
  });

  it('keeps what is done when it is told to stop, whatever is missing before it', async () => {
    const controller = new AbortController();
    const series: unknown[] = [];
    const { document, failures } = await runStudy(scenario, {
      jobs: 3,
      series: async (label, seed) => void series.push([label.strategy, seed]),
      signal: controller.signal,
      runCell: async (task) => {
        // The first hangs until it is ended; the others go on without it.
        if (task.index === 0) return new Promise((_, reject) => controller.signal.addEventListener('abort', reject));
        if (task.index === 6) controller.abort();
        return reportOf(task);
      },
    });
    expect(failures).toEqual([]);
    expect(document.incomplete).toMatchObject({ reason: 'interrupted', of: 12, failed: [] });
    expect(document.incomplete?.done).toBe(document.cells.length);
    expect(document.cells.slice(0, 5).map(({ strategy, seed }) => `${strategy} ${seed}`)).toEqual([
      ...['ring 41', 'ring 42', 'ring 43', 'random 40', 'random 41'],
    ]);
    expect(series).toEqual([
      ['random', 40],
      ['ring', null],
      ['random', null],
    ]);
  });

  it('is whole when it is told to stop after its last cell', async () => {
    const controller = new AbortController();
    const { document } = await runStudy(scenario, {
      jobs: 1,
      series: null,
      signal: controller.signal,
      onProgress: (done, due) => done === due && controller.abort(),
      runCell: async (task) => reportOf(task),
    });
    expect(document.incomplete).toBeNull();
  });

  it('has nothing where nothing was done', async () => {
    const { document } = await runStudy(scenario, {
      jobs: 2,
      series: null,
      signal: AbortSignal.abort(),
      runCell: async (task) => reportOf(task),
    });
    expect(document).toMatchObject({ cells: [], summary: [], comparison: [], incomplete: { done: 0, of: 12 } });
  });

  it('passes on what the sink of series throws', async () => {
    const full = runStudy(scenario, {
      jobs: 2,
      runCell: async (task) => reportOf(task),
      series: async () => {
        throw new Error('no space left');
      },
    });
    await expect(full).rejects.toThrow('no space left');
  });
});

describe('abortOnFail', () => {
  const stopping = { ...scenario, thresholds: [p99Below(10_000), p99Below(145, true)] };
  const run = async (delays: readonly number[], jobs: number, seen: Threshold[] = [...stopping.thresholds]) => {
    const study = await runStudy(
      { ...stopping, thresholds: seen },
      {
        jobs,
        series: null,
        runCell: async (task) => {
          for (let i = 0; i < delays[task.index]; i++) await Promise.resolve();
          return reportOf(task);
        },
      },
    );
    return study.document;
  };
  const still = Array<number>(12).fill(0);

  it('ends the study after the first column that fails, whoever was quicker', async () => {
    // ring has 41.5 on average, random 141.5 is the last below 145, but for a limit of 100 it is the one to fail.
    const first = await run(still, 1, [p99Below(10_000), p99Below(100, true)]);
    expect(first.cells.map(({ strategy }) => strategy)).toEqual([...Array(4).fill('ring'), ...Array(4).fill('random')]);
    expect(first.incomplete).toEqual({
      reason: 'threshold',
      done: 8,
      of: 12,
      threshold: { expression: 'latency.p99 < 100ms', strategy: 'random', variant: null, params: {} },
      failed: [],
    });
    for (const jobs of [2, 3, 12]) {
      for (const delays of [still.map((_, i) => 10 * (12 - i)), still.map((_, i) => (i * 7919) % 101)]) {
        expect(await run(delays, jobs, [p99Below(10_000), p99Below(100, true)])).toEqual(first);
      }
    }
  });

  it('changes nothing where all that it could spare is done, nor without it', async () => {
    expect((await run(still, 2)).incomplete).toBeNull();
    expect((await run(still, 2, [p99Below(1)])).incomplete).toBeNull();
    expect((await run(still, 2, [p99Below(1)])).cells).toHaveLength(12);
  });
});

describe('precision', () => {
  const wanted = (relative: number) => [{ metric: 'latency.p99', relative, absolute: null }];
  const columns = ['ring', 'random'].map((strategy) => ({ strategy }));
  /** p99 that alternates about a mean of 100, by 10 for ring and less for random. */
  const p99Of = ({ column, seed }: CellTask) => 100 + (seed % 2 === 0 ? 1 : -1) * (column === 0 ? 10 : 1);
  const run = async (changes: Parameters<typeof fakeScenario>[1], jobs = 2, delay = (_: CellTask) => 0) => {
    const totals: number[] = [];
    const events: unknown[] = [];
    const { document } = await runStudy(fakeScenario(columns, { seed: 2, maxReplications: 100, ...changes }), {
      jobs,
      onProgress: (_, due) => void totals.push(due),
      series: async (label, seed) => void events.push([label.strategy, seed]),
      runCell: async (task) => {
        for (let i = 0; i < delay(task); i++) await Promise.resolve();
        return fakeReport({ p99: p99Of(task) }, task.recordSeries);
      },
    });
    return { document, totals: [...new Set(totals)], events };
  };

  it('adds batches of 5 to a first of 10 until the widest interval is narrow enough, as many to every column', async () => {
    const { document, totals, events } = await run({ precision: wanted(0.03) });
    // An even n of +-10 has s = 10 sqrt(n / (n - 1)), so half a width of t(0.975, n - 1) 10 / sqrt(n - 1):
    // 4.10 at 25 (odd: a shade less), 3.79 at 30, 3.48 at 35, 3.24 at 40, 3.04 at 45 and 2.87 at 50.
    expect(document.precision).toEqual({ met: true, replications: 50, unmet: [] });
    expect(document.cells.map(({ seed }) => seed)).toEqual(
      [0, 1].flatMap(() => Array.from({ length: 50 }, (_, i) => 2 + i)),
    );
    expect(totals).toEqual([20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(events).toEqual([
      ['ring', 2],
      ['random', 2],
      ['ring', null],
      ['random', null],
    ]);
    expect(document.incomplete).toBeNull();
  });

  it('is enough at once where 10 are, and where more are written begins with those', async () => {
    expect((await run({ precision: wanted(0.2) })).document.precision).toEqual({
      met: true,
      replications: 10,
      unmet: [],
    });
    const more = await run({ precision: wanted(0.2), replications: 12 });
    expect(more.document.precision).toMatchObject({ met: true, replications: 12 });
  });

  it('gives up at maxReplications, and says what is not precise', async () => {
    const { document } = await run({ precision: wanted(0.006), maxReplications: 18 });
    expect(document.precision).toMatchObject({
      met: false,
      replications: 18,
      unmet: [{ metric: 'latency.p99', strategy: 'ring', wanted: 0.006, relative: true }],
    });
    // t(0.975, 17) = 2.10982.
    expect(document.precision?.unmet[0].halfWidth).toBeCloseTo((2.1098155778 * 10) / Math.sqrt(17) / 100, 8);
    expect(document.cells).toHaveLength(36);
  });

  it('waits for all named metrics, and takes one without an interval for not precise', async () => {
    const { document } = await run({
      precision: [...wanted(0.5), { metric: 'failover.detect.p99', relative: null, absolute: 50 }],
      maxReplications: 15,
    });
    expect(document.precision?.unmet).toMatchObject([
      { metric: 'failover.detect.p99', strategy: 'ring', halfWidth: null, wanted: 50, relative: false },
      { metric: 'failover.detect.p99', strategy: 'random' },
    ]);
  });

  it('comes to the same on any number of workers', async () => {
    const changes = { precision: wanted(0.04) };
    const one = await run(changes, 1);
    for (const jobs of [2, 3]) {
      const other = await run(changes, jobs, ({ index }) => (index * 7919) % 101);
      expect(other.document).toEqual(one.document);
      expect(other.events).toEqual(one.events);
    }
  });

  it('ends at the word of a threshold after a batch of all columns', async () => {
    const { document } = await run({ precision: wanted(0.03), thresholds: [p99Below(50, true)] });
    expect(document.incomplete).toMatchObject({
      reason: 'threshold',
      done: 20,
      of: 20,
      threshold: { strategy: 'ring' },
    });
    expect(document.precision).toMatchObject({ met: false, replications: 10 });
  });
});
