import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openOutput } from '../../src/report/write.ts';
import { labelOf } from '../../src/run/cells.ts';
import { accruals, detectors, metrics, strategies, subsettings } from '../../src/run/lists.ts';
import { runStudy } from '../../src/run/study.ts';
import { runTrial } from '../../src/run/trial.ts';
import { formatDiagnostics } from '../../src/scenario/diagnostics.ts';
import { readScenario } from '../../src/scenario/read_scenario.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { examineRetold } from './retold.ts';
import { workOf } from './work.ts';

/** What became of a document. */
export type Fate = 'ran' | 'refused' | 'too much work';

export interface Examination {
  /** An empty folder of its own; nothing may appear in it but `out`. */
  readonly folder: string;
  /** Scenarios of more events than this are validated only. */
  readonly mostWork: number;
  /** The validation of one document may not take longer. */
  readonly mostMs: number;
  /** Told before a scenario is run, so that whoever watches knows where it hangs. */
  readonly onRun?: () => void;
}

/** Validates a document, and runs and replays it when that is little work. Throws an Error that says what went wrong with whom. */
export async function examine(text: string, { folder, mostWork, mostMs, onRun }: Examination): Promise<Fate> {
  const start = process.cpuUsage();
  const read = readScenario(text, 'fuzz.yaml', { strategies, subsettings, accruals, detectors, metrics, readFile });
  // Of the processor: on a busy machine the clock says little.
  const { user, system } = process.cpuUsage(start);
  const tookMs = (user + system) / 1000;
  if (tookMs > mostMs) throw new Error(`validation took ${Math.round(tookMs)} ms, more than ${mostMs}`);
  if ('problems' in read) {
    const { length } = text.split('\n');
    for (const { line, column, message, fix } of read.problems) {
      if (line < 1 || line > length || column < 1 || message === '' || fix === '') {
        throw new Error(`a problem without place, words or fix: ${JSON.stringify({ line, column, message, fix })}`);
      }
      if (/undefined|\[object|NaN, found|function/.test(message)) throw new Error(`a problem said badly: ${message}`);
    }
    if (read.problems.length === 0) throw new Error('refused without a reason');
    if (formatDiagnostics('fuzz.yaml', text, read.problems) === '') throw new Error('problems without text');
    return 'refused';
  }
  if (workOf(read.scenario) > mostWork) return 'too much work';
  onRun?.();
  await runAndWrite(read.scenario, folder);
  examineRetold(read.scenario);
  return 'ran';
}

/** Small files, whatever they are called. */
function readFile(path: string): string {
  if (path.includes('..')) throw new Error('there is no such file');
  return path.includes('trace') ? 'instance,down,up\na-1,1,2\n' : '1ms\n5ms\n20ms\n';
}

async function runAndWrite(scenario: Scenario, folder: string): Promise<void> {
  const directory = join(folder, 'out', scenario.name);
  const output = await openOutput(directory, scenario.columns.map(labelOf), { id: 1, isAlive: () => false });
  try {
    const study = await runStudy(scenario, {
      runCell: async ({ trial, seed, recordSeries }) => runTrial(trial, seed, { recordSeries }),
      jobs: 1,
      series: output.series,
    });
    await output.write(study.document);
    const files = output.publish();
    const there = readdirSync(directory);
    if (there.toSorted().join() !== files.toSorted().join()) {
      throw new Error(`expected the files ${files.join(', ')}, found ${there.join(', ')}`);
    }
  } catch (thrown) {
    output.discard();
    throw thrown;
  }
  const strange = readdirSync(folder).filter((name) => name !== 'out');
  if (strange.length > 0) throw new Error(`found ${strange.join(', ')} outside of the folder for results`);
}
