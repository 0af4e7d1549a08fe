import { begin, end, type FaultContext, type Lasting } from './effect.ts';
import type { FaultWhen, RecordedOutage } from './when.ts';

/** All targets at once, as one event, at a time the scenario says. */
export function scheduleOnce(
  action: Lasting,
  { atMs, forMs }: { readonly atMs: number; readonly forMs: number },
  entry: number,
  targets: readonly number[],
  context: FaultContext,
  nextEvent: () => number,
): void {
  const { engine } = context;
  const onStart = (): void => {
    const event = nextEvent();
    for (const target of targets) begin(action, entry, event, target, context);
    if (forMs === Infinity) return;
    const onEnd = (): void => {
      for (const target of targets) end(action, entry, event, target, context);
    };
    engine.schedule(forMs, onEnd, 0);
  };
  engine.schedule(atMs - engine.now(), onStart, 0);
}

/** The same again and again: every time is an event of its own. */
export function scheduleRepeated(
  action: Lasting,
  when: FaultWhen & { kind: 'repeated' },
  entry: number,
  targets: readonly number[],
  context: FaultContext,
  nextEvent: () => number,
): void {
  const { engine, horizonMs } = context;
  const strike = (turn: number): void => {
    scheduleOnce(action, { atMs: engine.now(), forMs: when.forMs }, entry, targets, context, nextEvent);
    // Not a sum of intervals, so that the thousandth time is as exact as the first.
    const nextMs = when.atMs + (turn + 1) * when.everyMs;
    if (turn + 1 < when.times && nextMs <= horizonMs) engine.schedule(nextMs - engine.now(), strike, turn + 1);
  };
  engine.schedule(when.atMs, strike, 0);
}

/** Every recorded outage of a target is an event of its own. */
export function scheduleTrace(
  action: Lasting,
  outages: readonly RecordedOutage[],
  entry: number,
  targets: readonly number[],
  context: FaultContext,
  nextEvent: () => number,
): void {
  const targeted = new Set(targets);
  for (const { instance, downMs, upMs } of outages) {
    if (!targeted.has(instance) || downMs > context.horizonMs) continue;
    scheduleOnce(action, { atMs: downMs, forMs: upMs - downMs }, entry, [instance], context, nextEvent);
  }
}
