import type { FaultConfig } from '../config.ts';
import { type Curve, maximumOf } from './curve.ts';
import { meanCycleMs } from './steps.ts';
import type { FaultWhen } from './when.ts';

/** Why this fault could not strike, or would never stop striking: a line each. */
export function faultProblems({ action, when }: FaultConfig, instances: number): string[] {
  const problems: string[] = [];
  const need = (holds: boolean, what: string): void => {
    if (!holds) problems.push(what);
  };
  const scheduled = action.kind === 'restart' || action.kind === 'registry';
  need(!scheduled || when.kind === 'at', `a ${action.kind} fault must be scheduled by 'at', found ${when.kind}`);
  need(when.kind !== 'overload' || action.kind === 'crash', `an overload must crash, found ${action.kind}`);
  for (const problem of whenProblems(when, instances)) problems.push(problem);
  return problems;
}

function* whenProblems(when: FaultWhen, instances: number): Generator<string> {
  if (when.kind === 'repeated' && !(when.forMs > 0 && when.everyMs > when.forMs && when.times >= 1)) {
    yield `it must repeat with 0 < forMs < everyMs at least once, found ${when.forMs}, ${when.everyMs} and ${when.times}`;
  }
  if (when.kind === 'lifetime') {
    if (!(meanCycleMs(when) > 0)) yield 'lives and repairs must not both be 0 ms';
    if (when.start === 'stationary' && (when.repair === null || when.repair.kind === 'backoff')) {
      yield 'a stationary start needs a repair that is a law';
    }
  }
  if (when.kind === 'hazard' && !isWithin(when.perMs, Number.MAX_VALUE)) yield 'a hazard must be finite and at least 0';
  if (when.kind === 'probability') {
    if (!(when.everyMs > 0)) yield `everyMs must be above 0, found ${when.everyMs}`;
    if (!isWithin(when.share, 1)) yield 'a probability must be from 0 to 1';
  }
  if (when.kind !== 'trace') return;
  for (const { instance, downMs, upMs } of when.outages) {
    const isOne = Number.isInteger(instance) && instance >= 0 && instance < instances;
    if (!isOne || !(downMs >= 0 && upMs > downMs))
      yield `no outage of an instance: ${instance}, ${downMs} to ${upMs} ms`;
  }
}

function isWithin(curve: Curve, greatest: number): boolean {
  const least =
    curve.kind === 'points'
      ? Math.min(...curve.points.map(([, value]) => value))
      : curve.kind === 'sine'
        ? curve.mean - Math.abs(curve.amplitude)
        : curve.value;
  return least >= 0 && maximumOf(curve) <= greatest;
}
