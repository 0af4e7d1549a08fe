import { parentPort, Worker, workerData } from 'node:worker_threads';
import { type Contender, setUp } from './contenders.ts';

/** What one turn of a contender took. */
interface Turn {
  readonly nsPerPick: number;
  /** Of one rebuild; null for peers. */
  readonly rebuildMs: number | null;
}

/** A contender over some hosts that waits for its turn. */
export interface Isolate {
  turn(timeMs: number): Promise<Turn>;
  close(): Promise<void>;
}

interface Setting {
  readonly contender: Contender;
  readonly hosts: number;
}

/** In a thread of its own: what the compiler and the collector do for one contender does not touch another. */
export function isolate(contender: Contender, hosts: number): Isolate {
  const setting: Setting = { contender, hosts };
  const worker = new Worker(new URL(import.meta.url), { workerData: setting });
  const dead = new Promise<never>((_, reject) => worker.once('error', reject));
  return {
    turn: (timeMs) => {
      const answer = new Promise<Turn>((resolve) => worker.once('message', resolve));
      worker.postMessage(timeMs);
      return Promise.race([answer, dead]);
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

/** In this thread, for tests: every contender slows the next. */
export function noIsolate(contender: Contender, hosts: number): Isolate {
  const take = turns({ contender, hosts });
  return { turn: (timeMs) => Promise.resolve(take(timeMs)), close: () => Promise.resolve() };
}

function turns({ contender, hosts }: Setting): (timeMs: number) => Turn {
  const { spin, rebuild } = setUp(contender, hosts);
  let batch = 16;
  let sum = 0;
  return (timeMs) => {
    // A batch grows until it fills the turn, so that the clock is read once for many picks.
    for (;;) {
      const start = performance.now();
      sum += spin(batch);
      const tookMs = performance.now() - start;
      if (tookMs >= timeMs / 2)
        return { nsPerPick: (1e6 * tookMs) / batch, rebuildMs: rebuild === null ? null : timeOf(rebuild) };
      batch *= 2;
      if (Number.isNaN(sum)) throw new Error('bench: picks do not add up');
    }
  };
}

function timeOf(action: () => void): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

if (parentPort !== null && workerData !== null && (workerData as Partial<Setting>).contender !== undefined) {
  const take = turns(workerData as Setting);
  const port = parentPort;
  port.on('message', (timeMs: number) => port.postMessage(take(timeMs)));
}
