import { afterEach, describe, expect, it } from 'vitest';
import type { CellTask } from '../../src/run/cells.ts';
import { type CellPool, createPool } from '../../src/run/pool.ts';

const fakeWorker = new URL('../helpers/fake_worker.mjs', import.meta.url);
let pool: CellPool;
afterEach(() => pool.close());

/** What the fake worker is to do, in the place of a trial. */
function task(seed: number, what: string): CellTask {
  return { index: 0, column: 0, seed, recordSeries: false, twin: false, trial: what as unknown as CellTask['trial'] };
}

describe('the pool', () => {
  it('answers each task with its own report, more tasks than workers', async () => {
    pool = createPool(2, fakeWorker);
    const seeds = Array.from({ length: 20 }, (_, i) => i);
    const reports = await Promise.all(seeds.map((seed) => pool.runCell(task(seed, 'work'))));
    expect(reports.map(({ measures }) => measures.digest)).toEqual(seeds.map(String));
  });

  it('says why a cell failed, and goes on with others', async () => {
    pool = createPool(1, fakeWorker);
    await expect(pool.runCell(task(5, 'fail'))).rejects.toThrow('seed 5 broke a promise');
    await expect(pool.runCell(task(5, 'throw'))).rejects.toThrow('the worker died: not caught');
    await expect(pool.runCell(task(6, 'work'))).resolves.toMatchObject({ measures: { digest: '6' } });
  });

  it('outlives a worker that ran out of memory, and says what would need less', async () => {
    pool = createPool(2, fakeWorker, 24);
    const ends = await Promise.allSettled(
      ['work', 'hoard', 'work', 'work'].map((what, seed) => pool.runCell(task(seed, what))),
    );
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(ends[1]).toMatchObject({ reason: { message: expect.stringContaining('the worker ran out of memory') } });
  });

  it('outlives more deaths than it has workers, those by an exit too, and says so of their cells alone', async () => {
    pool = createPool(2, fakeWorker);
    const whats = ['work', 'exit', 'exit', 'work', 'exit', 'work', 'throw', 'throw', 'work'];
    const ends = await Promise.allSettled(whats.map((what, seed) => pool.runCell(task(seed, what))));
    expect(ends.map(({ status }) => status === 'rejected')).toEqual(whats.map((what) => what !== 'work'));
    expect(ends[4]).toMatchObject({ reason: { message: 'the worker died: it ended with exit code 4' } });
  });

  it('loses no cell to a worker that died after its last', async () => {
    pool = createPool(1, fakeWorker);
    await pool.runCell(task(3, 'work, then exit'));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await expect(pool.runCell(task(4, 'work'))).resolves.toMatchObject({ measures: { digest: '4' } });
  });

  it.each([
    ['ends', new URL('../helpers/stillborn_worker.mjs', import.meta.url), 'it ended with exit code 7'],
    ['is missing', new URL('no_worker.mjs', import.meta.url), 'no_worker.mjs'],
  ])('says so of every cell where the worker %s before its first', async (_, file, why) => {
    pool = createPool(2, file);
    const ends = await Promise.allSettled([1, 2, 3].map((seed) => pool.runCell(task(seed, 'work'))));
    for (const end of ends) expect(end).toMatchObject({ reason: { message: expect.stringContaining(why) } });
    await expect(pool.runCell(task(4, 'work'))).rejects.toThrow('the worker died: ');
  });

  it('ends a worker that would never end, when it is closed', async () => {
    pool = createPool(1, fakeWorker);
    const endless = pool.runCell(task(1, 'forever'));
    setTimeout(() => void pool.close(), 300);
    await expect(endless).rejects.toThrow();
  });
});
