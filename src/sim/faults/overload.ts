import { begin, end, type FaultContext, type Lasting } from './effect.ts';
import { repairSampler } from './repair.ts';
import type { FaultWhen } from './when.ts';

/**
 * One target that dies whenever its queue is longer than it can bear: at once, but after what happens at that very
 * moment. Every death is an event of its own.
 */
export function scheduleOverload(
  action: Lasting,
  when: FaultWhen & { kind: 'overload' },
  entry: number,
  target: number,
  context: FaultContext,
  nextEvent: () => number,
): void {
  const { engine, states } = context;
  const random = context.random.fork(`${entry}/${context.instances[target].id}`);
  const repair = when.repair === null ? null : repairSampler(when.repair, random);
  let event = -1;
  let upSinceMs = 0;
  const fail = (): void => {
    event = nextEvent();
    begin(action, entry, event, target, context);
    if (repair !== null) engine.schedule(repair(engine.now() - upSinceMs), mend, 0);
  };
  const mend = (): void => {
    upSinceMs = engine.now();
    end(action, entry, event, target, context);
    watch();
  };
  const watch = (): void => states[target].onceQueueAbove(when.queueAbove, () => engine.schedule(0, fail, 0));
  watch();
}
