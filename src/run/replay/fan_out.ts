import type { TrialObserver } from '../../sim/world.ts';

/** An observer that tells both, `first` first, all it is told. */
export function fanOut(first: TrialObserver, second: TrialObserver): TrialObserver {
  return {
    arrive: (...event) => {
      first.arrive(...event);
      second.arrive(...event);
    },
    send: (...event) => {
      first.send(...event);
      second.send(...event);
    },
    attemptEnd: (...event) => {
      first.attemptEnd(...event);
      second.attemptEnd(...event);
    },
    done: (...event) => {
      first.done(...event);
      second.done(...event);
    },
    belief: (...event) => {
      first.belief(...event);
      second.belief(...event);
    },
    verdict: (...event) => {
      first.verdict(...event);
      second.verdict(...event);
    },
    probing: (...event) => {
      first.probing(...event);
      second.probing(...event);
    },
    view: (...event) => {
      first.view(...event);
      second.view(...event);
    },
    pickable: (...event) => {
      first.pickable(...event);
      second.pickable(...event);
    },
    panic: (...event) => {
      first.panic(...event);
      second.panic(...event);
    },
    probe: (...event) => {
      first.probe(...event);
      second.probe(...event);
    },
    faultStart: (...event) => {
      first.faultStart(...event);
      second.faultStart(...event);
    },
    faultEnd: (...event) => {
      first.faultEnd(...event);
      second.faultEnd(...event);
    },
    truth: (...event) => {
      first.truth(...event);
      second.truth(...event);
    },
    impaired: (...event) => {
      first.impaired(...event);
      second.impaired(...event);
    },
    planned: (...event) => {
      first.planned(...event);
      second.planned(...event);
    },
    startMeasuring: (atMs) => {
      first.startMeasuring(atMs);
      second.startMeasuring(atMs);
    },
    stopMeasuring: (atMs) => {
      first.stopMeasuring(atMs);
      second.stopMeasuring(atMs);
    },
  };
}
