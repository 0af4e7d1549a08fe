import { describe, expect, it } from 'vitest';
import type { CellTask } from '../../src/run/cells.ts';
import { CellError, InterruptedError } from '../../src/run/failure.ts';
import { runStudy } from '../../src/run/study.ts';
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

  it('names the cell that failed, begins no further ones, and keeps the policy to reproduce it with', async () => {
    const begun: number[] = [];
    const failing = runStudy(scenario, {
      jobs: 1,
      series: null,
      runCell: async (task) => {
        begun.push(task.index);
        if (task.index === 5) throw new Error('expected 3, found 4');
        return reportOf(task);
      },
    });
    const error = await failing.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CellError);
    expect(error).toMatchObject({
      message: 'expected 3, found 4',
      cell: 'fake: random, seed 41',
      column: { strategy: 'random' },
      seed: 41,
    });
    expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const stopped = runStudy(scenario, {
      jobs: 2,
      series: null,
      signal: controller.signal,
      runCell: async (task) => {
        if (task.index === 3) controller.abort();
        return reportOf(task);
      },
    });
    await expect(stopped).rejects.toBeInstanceOf(InterruptedError);
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
