import type { FaultAction, FaultConfig } from '../sim/config.ts';
import { faultSteps, meanCycleMs } from '../sim/faults/steps.ts';
import { block } from './blocks.ts';
import type { DistributionForm } from './distribution.ts';
import { checkKind, kindFields, kindNames } from './fault_kind.ts';
import { resolveTarget, type TargetSpec } from './fault_target.ts';
import { checkWhen, type WhenSpec, whenFields, whenOf } from './fault_when.ts';
import type { Form } from './form.ts';
import type { Fleet } from './instances.ts';
import { limits } from './limits.ts';
import type { Reading } from './reading.ts';
import { resolveTrace } from './trace.ts';
import { formatDuration } from './units.ts';

/** A fault as written: its target is not looked up yet, since instances may be written below it. */
export interface FaultSpec {
  readonly action: FaultAction;
  readonly target: TargetSpec;
  readonly when: WhenSpec;
  /** Of the fault, and of what says when it begins. */
  readonly offset: number;
  readonly atOffset: number;
}

/** `{ KIND: { TARGET, options }, WHEN }`. */
export function faultForm(distribution: DistributionForm, readText: (path: string) => string): Form<FaultSpec> {
  const fields = { ...kindFields(), ...whenFields(distribution, readText) };
  return block('a fault', fields, {
    check: (values, site) => {
      checkKind(site);
      checkWhen(values, site);
    },
    make: (values, site) => {
      const effect = kindNames.map((kind) => values[kind]).find((value) => value !== null);
      const when = whenOf(values);
      if (effect == null || when === null) return undefined;
      return {
        ...effect,
        when,
        offset: site.offset(null),
        atOffset: site.offset(values.trace === null ? 'at' : 'trace'),
      };
    },
  });
}

/** Looks targets up and reports those that do not exist, faults that begin when all is over, and faults without end. */
export function resolveFaults(
  faults: readonly FaultSpec[],
  fleet: Fleet | undefined,
  durationMs: number | undefined,
  reading: Reading,
): readonly FaultConfig[] {
  const resolved: FaultConfig[] = [];
  let steps = 0;
  for (const fault of faults) {
    const beginsMs = firstMs(fault.when);
    if (beginsMs !== null && durationMs !== undefined && beginsMs >= durationMs) {
      const message = `expected the fault to begin before the end at ${formatDuration(durationMs)}, found ${formatDuration(beginsMs)}`;
      reading.report(fault.atOffset, message, 'let it begin earlier, or make the run longer');
    }
    if (fleet === undefined) continue;
    const config = reading.once<FaultConfig | undefined>(fleet, fault, () => resolveFault(fault, fleet, reading));
    if (config === undefined) continue;
    resolved.push(config);
    if (durationMs === undefined || steps > limits.faultSteps) continue;
    const cycleMs = reading.once(config.when, config, () => meanCycleMs(config.when));
    const more = faultSteps(config.when, cycleMs, durationMs) * targetCount(config, fleet);
    // Lives and repairs that are always 0s have been reported as such.
    if (more < Number.POSITIVE_INFINITY) steps += more;
    if (steps > limits.faultSteps) {
      const message = `expected at most ${limits.faultSteps} failures and ticks of faults in a run, found more`;
      reading.report(fault.offset, message, 'let it strike less often, or fewer targets');
    }
  }
  return resolved;
}

function resolveFault({ action, target, when }: FaultSpec, fleet: Fleet, reading: Reading): FaultConfig | undefined {
  const found = resolveTarget(target, fleet, reading);
  if (when.kind !== 'recorded') return found === undefined ? undefined : { action, target: found, when };
  const outages = resolveTrace(when, fleet, reading);
  return found === undefined || outages === undefined
    ? undefined
    : { action, target: found, when: { kind: 'trace', outages } };
}

/** When a fault that is scheduled first strikes. */
function firstMs(when: WhenSpec): number | null {
  if (when.kind === 'at' || when.kind === 'repeated') return when.atMs;
  return when.kind === 'recorded' ? when.firstMs : null;
}

/** At most so many: a zone counts as all. */
function targetCount({ target, when }: FaultConfig, fleet: Fleet): number {
  if ('together' in when && when.together === true) return 1;
  if (target.kind === 'count') return target.count;
  return target.kind === 'instances' ? target.indexes.length : fleet.instances.length;
}
