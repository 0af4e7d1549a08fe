import type { FaultAction } from '../config.ts';
import type { FaultContext } from './effect.ts';
import type { FaultWhen } from './when.ts';

/** Stands for an instance in reports of a fault that acts on none. */
const NO_INSTANCE = -1;

/** An outage of the registry: it acts on no instance. */
export function scheduleRegistryOutage(
  { mode, zone }: FaultAction & { kind: 'registry' },
  when: FaultWhen,
  entry: number,
  { engine, recorder, registry }: FaultContext,
  nextEvent: () => number,
): void {
  if (when.kind !== 'at') throw new Error(`faults[${entry}]: an outage of the registry is scheduled by 'at'`);
  const onStart = (): void => {
    const event = nextEvent();
    recorder.faultStart(engine.now(), entry, event, NO_INSTANCE);
    registry.setOutage(mode, zone, true);
    if (when.forMs === Infinity) return;
    const onEnd = (): void => {
      recorder.faultEnd(engine.now(), entry, event, NO_INSTANCE);
      registry.setOutage(mode, zone, false);
    };
    engine.schedule(when.forMs, onEnd, 0);
  };
  engine.schedule(when.atMs, onStart, 0);
}
