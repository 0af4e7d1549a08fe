import type { CellMeasures } from '../../metrics/measures.ts';
import type { TrialConfig } from '../../sim/config.ts';
import { watchTrial } from '../watch_trial.ts';
import { EventLog, type Selection, type Unlisted } from './event_log.ts';
import type { ReplayEvent } from './events.ts';
import type { Landmark } from './landmarks.ts';

/** A cell that was run once more, and what was listed meanwhile. */
export interface Replay {
  /** As `run` measures them: the digests are those of its result. */
  readonly measures: CellMeasures;
  readonly events: readonly ReplayEvent[];
  /** Events that the stretch left out. */
  readonly left: number;
  readonly unlisted: Unlisted;
  readonly landmarks: readonly Landmark[];
  /** Requests that arrived over the whole run: they are numbered from 0. */
  readonly arrivals: number;
}

/** Runs one cell exactly as `runTrial` does, by the same code, and lists what is asked for. */
export function replayTrial(trial: TrialConfig, seed: number, selection: Selection): Replay {
  const log = new EventLog(trial, selection);
  const measures = watchTrial(trial, seed, log);
  return {
    measures,
    events: log.window.events(),
    left: log.window.left,
    unlisted: log.unlisted,
    landmarks: log.landmarks.list(),
    arrivals: log.arrivals,
  };
}
