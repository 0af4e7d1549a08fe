import type { TrialObserver } from '../../src/sim/world.ts';

function ignore(): void {}

/** Listens to nothing: for tests that want a few of a long run's events, and keep no trace. */
export const quietObserver: TrialObserver = {
  arrive: ignore,
  send: ignore,
  attemptEnd: ignore,
  done: ignore,
  belief: ignore,
  verdict: ignore,
  probing: ignore,
  view: ignore,
  pickable: ignore,
  panic: ignore,
  probe: ignore,
  faultStart: ignore,
  faultEnd: ignore,
  truth: ignore,
  impaired: ignore,
  planned: ignore,
  startMeasuring: ignore,
  stopMeasuring: ignore,
};
