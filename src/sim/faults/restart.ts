import type { FaultAction } from '../config.ts';
import type { FaultContext } from './effect.ts';
import type { FaultWhen } from './when.ts';

/**
 * However long a preStop hook took, a process has this long from its SIGTERM to its SIGKILL (kubernetes,
 * pkg/kubelet/kuberuntime/kuberuntime_container.go, minimumGracePeriodInSeconds).
 */
const MIN_SHUTDOWN_MS = 2_000;

/** Each target in turn deregisters, serves on while it drains, stops, and comes back; the whole round is one event. */
export function scheduleRestart(
  action: FaultAction & { kind: 'restart' },
  when: FaultWhen,
  entry: number,
  targets: readonly number[],
  context: FaultContext,
  nextEvent: () => number,
): void {
  if (when.kind !== 'at') throw new Error(`faults[${entry}]: a restart is scheduled by 'at'`);
  const { engine, recorder, states } = context;
  const inAnswers = action.announce === 'immediate-fail';
  let event = -1;
  targets.forEach((target, turn) => {
    const announce = (): void => {
      if (turn === 0) event = nextEvent();
      recorder.faultStart(engine.now(), entry, event, target);
      states[target].announceRestart(engine.now(), inAnswers);
    };
    const stop = (): void => {
      if (action.graceMs !== undefined) {
        terminate(action.graceMs);
        return;
      }
      states[target].beginOutage(engine.now(), 'crash', entry);
      engine.schedule(action.downMs, start, 0);
    };
    const terminate = (graceMs: number): void => {
      const killInMs = Math.max(graceMs - action.drainMs, MIN_SHUTDOWN_MS);
      const kill = engine.schedule(killInMs, () => states[target].kill(), 0);
      states[target].terminate(engine.now(), entry, () => {
        engine.cancel(kill);
        engine.schedule(action.downMs, start, 0);
      });
    };
    const start = (): void => {
      recorder.faultEnd(engine.now(), entry, event, target);
      states[target].endRestart(engine.now(), entry, inAnswers);
    };
    const announceMs = when.atMs + turn * action.everyMs;
    engine.schedule(announceMs, announce, 0);
    // Scheduled now and not by `announce`, so that it comes before whatever ends at that instant: outages that touch are one.
    engine.schedule(announceMs + action.drainMs, stop, 0);
  });
}
