import type { StrategyFactory } from '../balancer/strategy.ts';
import { invariant } from '../core/assert.ts';
import type { CellMeasures } from '../metrics/measures.ts';
import type { TrialRecorder } from '../metrics/trial_recorder.ts';
import type { TrialConfig } from '../sim/config.ts';
import type { Gauges } from '../sim/recorder.ts';
import { runWorld, type TrialObserver } from '../sim/world.ts';
import { fanOut } from './replay/fan_out.ts';
import { recorderOf } from './trial.ts';

/** Somebody who looks on while a cell is run once more. */
export interface Watcher extends TrialObserver {
  /** Where servers are asked how busy they are. Called once, before the run. */
  watch(gauges: Gauges): void;
  /** Puts itself around the run's strategies, whose picks it must leave as they are. */
  watched?(factory: StrategyFactory): StrategyFactory;
  /** The run is over. */
  end(endMs: number): void;
}

/** Runs one cell exactly as `runTrial` does, by the same code, with a watcher beside what measures it. */
export function watchTrial(trial: TrialConfig, seed: number, watcher: Watcher): CellMeasures {
  let recorder: TrialRecorder | null = null;
  const { endMs, unfinishedArrivalsMs } = runWorld(
    trial,
    seed,
    (gauges) => {
      watcher.watch(gauges);
      recorder = recorderOf(trial, gauges, false);
      return fanOut(recorder, watcher);
    },
    (factory) => watcher.watched?.(factory) ?? factory,
  );
  watcher.end(endMs);
  // The checker does not see that `observe` was called.
  const measuring = recorder as TrialRecorder | null;
  invariant(measuring !== null, 'a world asks for its observer');
  return measuring.finish(endMs, unfinishedArrivalsMs).measures;
}
