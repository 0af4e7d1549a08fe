import type { Random } from '../../core/random.ts';
import type { FaultConfig, FaultTarget, InstanceConfig } from '../config.ts';
import { scheduleDrawn } from './drawn.ts';
import type { FaultContext, Lasting } from './effect.ts';
import { scheduleOverload } from './overload.ts';
import { scheduleRegistryOutage } from './registry.ts';
import { scheduleRestart } from './restart.ts';
import { scheduleOnce, scheduleRepeated, scheduleTrace } from './schedule.ts';
import type { FaultWhen } from './when.ts';

/** Puts all faults of a scenario on the clock. */
export function scheduleFaults(faults: readonly FaultConfig[], context: FaultContext): void {
  const nextEvent = eventCounter();
  faults.forEach(({ action, target, when }, entry) => {
    if (action.kind === 'registry') {
      scheduleRegistryOutage(action, when, entry, context, nextEvent);
      return;
    }
    const targets = targetIndexes(target, context.instances, context.random.fork(`${entry}/targets`));
    if (action.kind === 'restart') scheduleRestart(action, when, entry, targets, context, nextEvent);
    else if (targets.length > 0) scheduleLasting(action, when, entry, targets, context, nextEvent);
  });
}

function scheduleLasting(
  action: Lasting,
  when: FaultWhen,
  entry: number,
  targets: readonly number[],
  context: FaultContext,
  nextEvent: () => number,
): void {
  if (when.kind === 'at') scheduleOnce(action, when, entry, targets, context, nextEvent);
  else if (when.kind === 'repeated') scheduleRepeated(action, when, entry, targets, context, nextEvent);
  else if (when.kind === 'trace') scheduleTrace(action, when.outages, entry, targets, context, nextEvent);
  else if (when.kind === 'overload') {
    for (const target of targets) scheduleOverload(action, when, entry, target, context, nextEvent);
  } else {
    const groups = when.together === true ? [targets] : targets.map((target) => [target]);
    for (const group of groups) scheduleDrawn(action, when, entry, group, context, nextEvent);
  }
}

/** Numbers activations over the whole run, in order of time: asked only when one begins. */
function eventCounter(): () => number {
  let events = 0;
  return () => events++;
}

/** Which instances a target means. A drawn count is a partial Fisher-Yates shuffle. */
function targetIndexes(target: FaultTarget, instances: readonly InstanceConfig[], random: Random): readonly number[] {
  if (target.kind === 'instances') return target.indexes;
  const all = instances.map((_, index) => index);
  if (target.kind === 'zone') return all.filter((index) => instances[index].zone === target.zone);
  for (let i = 0; i < target.count; i++) {
    const j = i + random.int(all.length - i);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all.slice(0, target.count);
}
