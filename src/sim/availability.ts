import type { Distribution, FaultAction, FaultConfig, TrialConfig } from './config.ts';

/**
 * The model's P(t), the expected share of instances up at t, where it has a closed form: every fault that takes
 * instances down is scheduled, or alternates between exponential lives and repairs. null where it has none.
 *
 * Alternating renewal from up at 0: A(t) = A + (1 - A) exp(-t (1/MTTF + 1/MTTR)), A = MTTF / (MTTF + MTTR)
 * (Barlow & Proschan, Mathematical Theory of Reliability, 1965, ch. 3). Faults are independent, so an instance is up
 * with the product of the probabilities that none of them holds it down.
 */
export function availabilityModel(trial: TrialConfig): ((tMs: number) => number) | null {
  const outages = trial.faults.filter(({ action }) => !['slow', 'errors', 'registry'].includes(action.kind));
  if (outages.length === 0 || !outages.every(hasClosedForm)) return null;
  const { instances } = trial;
  return (tMs) => {
    let up = 0;
    for (let i = 0; i < instances.length; i++) {
      up += outages.reduce((product, fault) => product * probabilityUp(fault, trial, i, tMs), 1);
    }
    return up / instances.length;
  };
}

function hasClosedForm({ when, target, action }: FaultConfig): boolean {
  // Which target of a drawn count takes which turn is drawn too.
  if (action.kind === 'restart' && target.kind === 'count') return false;
  return (
    when.kind === 'at' ||
    (when.lifetime.kind === 'exponential' && (when.repair === null || when.repair.kind === 'exponential'))
  );
}

/** Probability that this fault leaves instance `i` up at t. */
function probabilityUp(fault: FaultConfig, trial: TrialConfig, i: number, tMs: number): number {
  const { target } = fault;
  if (target.kind === 'count') return 1 - (target.count / trial.instances.length) * (1 - whileTargeted(fault, 0, tMs));
  const turn =
    target.kind === 'instances'
      ? target.indexes.indexOf(i)
      : trial.instances.filter(({ zone }) => zone === target.zone).indexOf(trial.instances[i]);
  return turn < 0 ? 1 : whileTargeted(fault, turn, tMs);
}

function whileTargeted({ action, when }: FaultConfig, turn: number, tMs: number): number {
  if (when.kind === 'at') {
    const [fromMs, toMs] = downWindow(action, when.atMs, when.forMs, turn);
    return tMs >= fromMs && tMs < toMs ? 0 : 1;
  }
  const failureRate = 1 / meanOfExponential(when.lifetime);
  if (when.repair === null) return Math.exp(-tMs * failureRate);
  const repairRate = 1 / meanOfExponential(when.repair);
  const limit = repairRate / (failureRate + repairRate);
  return limit + (1 - limit) * Math.exp(-tMs * (failureRate + repairRate));
}

function downWindow(action: FaultAction, atMs: number, forMs: number, turn: number): [number, number] {
  if (action.kind !== 'restart') return [atMs, atMs + forMs];
  const stopMs = atMs + turn * action.everyMs + action.drainMs;
  return [stopMs, stopMs + action.downMs];
}

function meanOfExponential(law: Distribution): number {
  if (law.kind !== 'exponential') throw new Error(`availability: expected an exponential law, found ${law.kind}`);
  return law.meanMs;
}
