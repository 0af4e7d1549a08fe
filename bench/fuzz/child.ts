import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomStream } from '../../src/core/random.ts';
import { examineByCommandLine } from './command_line.ts';
import { documentMaker } from './documents.ts';
import { examine, type Fate } from './examine.ts';
import { assertNoStrays, sandboxAt } from './sandbox.ts';

/** One document and what is to be done with it, from parent to child. */
export interface Order {
  /** The root of the sandbox. */
  readonly root: string;
  readonly seed: string;
  readonly from: number;
  readonly to: number;
  readonly scenarios: readonly string[];
  readonly mostWork: number;
  readonly mostMs: number;
  readonly mostMiB: number;
  /** Every so many documents one goes through the command line too, which takes a process. */
  readonly byCommandLine: number;
}

/** From child to parent: before each document, while it runs, after each, and at the end. */
export type Word =
  | { readonly kind: 'begin' | 'run'; readonly index: number }
  | { readonly kind: 'fate'; readonly index: number; readonly fate: Fate }
  | { readonly kind: 'finding'; readonly index: number; readonly what: string; readonly text: string }
  | { readonly kind: 'end' };

/** The document of a seed and a number, alone: what reproduces a finding. */
export function documentAt(seed: string, index: number, make: ReturnType<typeof documentMaker>): string {
  return make(randomStream(`fuzz/${seed}/${index}`));
}

process.on('message', (order: Order) => {
  void work(order);
});

async function work({
  root,
  seed,
  from,
  to,
  scenarios,
  mostWork,
  mostMs,
  mostMiB,
  byCommandLine,
}: Order): Promise<void> {
  const tell = (word: Word) => process.send?.(word);
  const make = documentMaker(scenarios);
  const sandbox = sandboxAt(root);
  for (let index = from; index < to; index++) {
    const folder = join(sandbox.documents, String(index));
    mkdirSync(folder);
    const text = documentAt(seed, index, make);
    tell({ kind: 'begin', index });
    try {
      const fate = await examine(text, { folder, mostWork, mostMs, onRun: () => tell({ kind: 'run', index }) });
      const usedMiB = process.memoryUsage.rss() / 2 ** 20;
      if (usedMiB > mostMiB) throw new Error(`the process takes ${Math.round(usedMiB)} MiB, more than ${mostMiB}`);
      if (index % byCommandLine === 0 && fate !== 'too much work') {
        tell({ kind: 'run', index });
        examineByCommandLine(text, folder, sandbox);
      }
      assertNoStrays(sandbox, String(index));
      tell({ kind: 'fate', index, fate });
    } catch (thrown) {
      const what = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      tell({ kind: 'finding', index, what, text });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  tell({ kind: 'end' });
  process.disconnect();
}
