import type { FaultAction, FaultConfig, TrialConfig } from '../config.ts';
import { upModel } from './up_model.ts';
import type { FaultWhen } from './when.ts';

/**
 * The model's P(t), the expected share of instances up at t, where it has a closed form: null unless every fault that
 * takes instances down has one (see `up_model.ts`). Faults are independent, so an instance is up with the product of the
 * probabilities that none of them holds it down. That several fail together changes nothing about the share expected.
 * Null too where nodes restart processes.
 */
export function availabilityModel(trial: TrialConfig): ((tMs: number) => number) | null {
  const outages = trial.faults.filter(({ action }) => takesDown(action));
  // When a node restarts what fails its probes is no matter of faults alone.
  if (outages.length === 0 || trial.healthCheck?.restarts !== undefined) return null;
  const models: FaultModel[] = [];
  for (const fault of outages) {
    const model = modelOf(fault, trial);
    if (model === null) return null;
    models.push(model);
  }
  const count = trial.instances.length;
  return (tMs) => {
    const now = models.map((model) => model(tMs));
    let up = 0;
    for (let i = 0; i < count; i++) up += now.reduce((product, probability) => product * probability(i), 1);
    return up / count;
  };
}

/** Whether it makes P(t) = 0. */
function takesDown({ kind }: FaultAction): boolean {
  return kind === 'crash' || kind === 'blackhole' || kind === 'hang' || kind === 'restart';
}

/** The probability that the fault leaves an instance up at t. */
type FaultModel = (tMs: number) => (instance: number) => number;

function modelOf({ action, target, when }: FaultConfig, trial: TrialConfig): FaultModel | null {
  const { instances } = trial;
  if (action.kind === 'restart') {
    // Which target of a drawn count takes which turn is drawn too; when a process has finished depends on the load.
    if (target.kind === 'count' || when.kind !== 'at' || action.graceMs !== undefined) return null;
    const turns = turnsOf(target, trial);
    return (tMs) => (instance) => {
      const stopMs = when.atMs + turns[instance] * action.everyMs + action.drainMs;
      return turns[instance] >= 0 && tMs >= stopMs && tMs < stopMs + action.downMs ? 0 : 1;
    };
  }
  const model = upModel(when);
  if (model === null) return null;
  if (target.kind === 'count') {
    const share = target.count / instances.length;
    return (tMs) => {
      const whileTargeted = model(tMs);
      return (instance) => 1 - share * (1 - whileTargeted(instance));
    };
  }
  const turns = turnsOf(target, trial);
  return (tMs) => {
    const whileTargeted = model(tMs);
    return (instance) => (turns[instance] < 0 ? 1 : whileTargeted(instance));
  };
}

/** Which turn each instance has among the targets; -1 where it is none. */
function turnsOf(target: Exclude<FaultConfig['target'], { kind: 'count' }>, { instances }: TrialConfig): number[] {
  const turns = instances.map(() => -1);
  const indexes = target.kind === 'instances' ? target.indexes : instances.keys();
  let turn = 0;
  for (const index of indexes) {
    if (target.kind === 'instances' || instances[index].zone === target.zone) turns[index] = turn++;
  }
  return turns;
}

/** Where in the run the model may jump, since something was scheduled or recorded: in order, each once. */
export function availabilityJumps({ faults, instances, durationMs }: TrialConfig): readonly number[] {
  const jumps = new Set<number>();
  for (const { action, when } of faults.filter(({ action }) => takesDown(action))) {
    for (const [downMs, upMs] of scheduledOutages(action, when, instances.length, durationMs))
      jumps.add(downMs).add(upMs);
  }
  return [...jumps].filter((atMs) => atMs < durationMs).sort((a, b) => a - b);
}

function* scheduledOutages(
  action: FaultAction,
  when: FaultWhen,
  turns: number,
  durationMs: number,
): Generator<readonly [downMs: number, upMs: number]> {
  if (when.kind === 'trace') for (const { downMs, upMs } of when.outages) yield [downMs, upMs];
  if (when.kind === 'repeated') {
    for (let turn = 0; turn < when.times && when.atMs + turn * when.everyMs < durationMs; turn++) {
      yield [when.atMs + turn * when.everyMs, when.atMs + turn * when.everyMs + when.forMs];
    }
  }
  if (when.kind !== 'at') return;
  if (action.kind !== 'restart') yield [when.atMs, when.atMs + when.forMs];
  else {
    for (let turn = 0; turn < turns; turn++) {
      const stopMs = when.atMs + turn * action.everyMs + action.drainMs;
      yield [stopMs, stopMs + action.downMs];
    }
  }
}
