import { begin, end, type FaultContext, type Lasting } from './effect.ts';
import { type DrawnWhen, failureProcess } from './processes.ts';

/** Targets that fail and come back by one process, all at once; every failure is an event of its own. */
export function scheduleDrawn(
  action: Lasting,
  when: DrawnWhen,
  entry: number,
  targets: readonly number[],
  context: FaultContext,
  nextEvent: () => number,
): void {
  const { engine, horizonMs } = context;
  const name = when.together === true ? 'together' : context.instances[targets[0]].id;
  const { first, failsAfterMs, repair } = failureProcess(when, context.random.fork(`${entry}/${name}`), horizonMs);
  let event = -1;
  let upSinceMs = 0;
  const later = (afterMs: number, what: () => void): void => {
    if (engine.now() + afterMs <= horizonMs) engine.schedule(afterMs, what, 0);
  };
  const strike = (): void => {
    event = nextEvent();
    for (const target of targets) begin(action, entry, event, target, context);
  };
  const fail = (): void => {
    strike();
    if (repair !== null) later(repair(engine.now() - upSinceMs), mend);
  };
  const mend = (): void => {
    for (const target of targets) end(action, entry, event, target, context);
    upSinceMs = engine.now();
    later(failsAfterMs(upSinceMs), fail);
  };
  if (first.up) later(first.afterMs, fail);
  else {
    later(0, strike);
    later(first.afterMs, mend);
  }
}
