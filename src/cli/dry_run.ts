import { availableParallelism } from 'node:os';
import { planText } from '../report/plan_text.ts';
import { type Plan, planOf } from '../run/plan.ts';
import { runTrial } from '../run/trial.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { writeOut } from './streams.ts';

interface DryRunOptions {
  readonly jobs: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Prints what scenarios would run and about how long it would take. Nothing is written. */
export async function dryRun(scenarios: readonly Scenario[], { jobs, json, quiet }: DryRunOptions): Promise<void> {
  if (quiet && !json) return;
  for (const [i, scenario] of scenarios.entries()) {
    const cells = scenario.columns.length * scenario.maxReplications;
    const plan = planOf(scenario, Math.min(jobs, availableParallelism(), cells), {
      run: (trial) => void runTrial(trial, scenario.seed, { recordSeries: false }),
      seriesRows: (trial) => countOf(runTrial(trial, scenario.seed, { recordSeries: true }).series ?? []),
      nowMs: processorMs,
    });
    await writeOut([json ? asJson(plan) : `${i === 0 ? '' : '\n'}${planText(plan)}`]);
  }
}

function countOf(rows: Iterable<unknown>): number {
  let count = 0;
  for (const _ of rows) count++;
  return count;
}

/** Part of the interface: scripts depend on it. */
function asJson(plan: Plan): string {
  return `${JSON.stringify(plan)}\n`;
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
