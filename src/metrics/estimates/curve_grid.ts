/** Times of one replication, in any order. */
export interface UnitTimes {
  readonly events: Float64Array;
  readonly censored: Float64Array;
}

/**
 * What resampling needs of the pairs of all units: how many events of which unit fall into which step of the pooled
 * curve, and how many leave unseen after it. A resample then is one sweep over the entries with the units' weights.
 */
export interface CurveGrid {
  /** Where the curve steps, rising. */
  readonly steps: Float64Array;
  /** Where a step's events lie on average: at the step, but for a coarse grid. */
  readonly places: Float64Array;
  /** Steps stand for several times of events each. */
  readonly coarse: boolean;
  /** By unit: its pairs, and those of them that leave before the first step. */
  readonly pairs: Float64Array;
  readonly early: Float64Array;
  /** The entries of step i are those from starts[i] up to starts[i + 1]. */
  readonly starts: Uint32Array;
  readonly units: Uint16Array;
  readonly events: Float64Array;
  readonly leavers: Float64Array;
}

/** Entries in all that a grid may have: what makes 1000 resamples a matter of some ten milliseconds, however many pairs. */
const MOST_ENTRIES = 30_000;
const FEWEST_STEPS = 100;

/** `times` are those of all events, rising. */
export function createGrid(units: readonly UnitTimes[], times: Float64Array): CurveGrid {
  const most = Math.max(FEWEST_STEPS, Math.floor(MOST_ENTRIES / units.length));
  const distinct = distinctTimes(times, most);
  const coarse = distinct === null;
  const steps = distinct ?? coarseSteps(times, most);
  return { ...entriesOf(units, steps), steps, places: coarse ? placesOf(times, steps) : steps, coarse };
}

/** null where there are more than `most`. */
function distinctTimes(times: Float64Array, most: number): Float64Array | null {
  const found: number[] = [];
  for (let i = 0; i < times.length; i++) {
    if (i > 0 && times[i] === times[i - 1]) continue;
    if (found.length === most) return null;
    found.push(times[i]);
  }
  return Float64Array.from(found);
}

/**
 * Some of the times, denser towards both ends, where quantiles are asked for: shares of the arc sine law, as the k1 scale of
 * t-digest spaces its clusters (Dunning and Ertl, arXiv 1902.04023, 2019).
 */
function coarseSteps(times: Float64Array, most: number): Float64Array {
  const chosen: number[] = [];
  for (let i = 1; i <= most; i++) {
    const share = (1 - Math.cos((Math.PI * i) / most)) / 2;
    const time = times[Math.max(Math.ceil(share * times.length), 1) - 1];
    if (chosen.length === 0 || time > chosen[chosen.length - 1]) chosen.push(time);
  }
  return Float64Array.from(chosen);
}

/** The mean time of the events up to each step, from the one before. */
function placesOf(times: Float64Array, steps: Float64Array): Float64Array {
  let at = 0;
  return steps.map((step) => {
    const from = at;
    let total = 0;
    while (at < times.length && times[at] <= step) total += times[at++];
    return total / (at - from);
  });
}

function entriesOf(units: readonly UnitTimes[], steps: Float64Array) {
  const width = steps.length;
  const events = new Float64Array(units.length * width);
  const leavers = new Float64Array(units.length * width);
  const early = new Float64Array(units.length);
  const stepsUpTo = createLookUp(steps);
  for (const [unit, own] of units.entries()) {
    for (const time of own.events) {
      const after = stepsUpTo(time);
      // At a step, or between it and the next.
      events[unit * width + (after > 0 && steps[after - 1] === time ? after - 1 : after)]++;
    }
    // Whoever leaves at the time of an event was still at risk of it.
    for (const time of own.censored) {
      const after = stepsUpTo(time);
      if (after === 0) early[unit]++;
      else leavers[unit * width + after - 1]++;
    }
  }
  const pairs = Float64Array.from(units, (own) => own.events.length + own.censored.length);
  return { pairs, early, ...compressed(events, leavers, width) };
}

/** Equal parts of the time up to the last step, for each step, by which it is looked up. */
const PARTS_PER_STEP = 4;

/** How many steps are at a time or before: by bisection among those in the same part of all time, which are few. */
function createLookUp(steps: Float64Array): (time: number) => number {
  const parts = PARTS_PER_STEP * steps.length;
  const perMs = parts / (steps.at(-1) ?? 0);
  const scale = Number.isFinite(perMs) ? perMs : 0;
  const partOf = (time: number) => Math.min(Math.floor(time * scale), parts);
  // Of each part, the steps in those before it: whatever rounds, an earlier part is of earlier times.
  const before = new Uint32Array(parts + 2);
  for (const step of steps) before[partOf(step) + 1]++;
  for (let part = 1; part < before.length; part++) before[part] += before[part - 1];
  return (time) => {
    const part = partOf(time);
    let low = before[part];
    let high = before[part + 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (steps[middle] <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** The counts that are not 0, step by step. */
function compressed(events: Float64Array, leavers: Float64Array, width: number) {
  const starts = new Uint32Array(width + 1);
  const found: { unit: number; events: number; leavers: number }[] = [];
  for (let step = 0; step < width; step++) {
    for (let at = step; at < events.length; at += width) {
      if (events[at] + leavers[at] > 0) {
        found.push({ unit: (at - step) / width, events: events[at], leavers: leavers[at] });
      }
    }
    starts[step + 1] = found.length;
  }
  return {
    starts,
    units: Uint16Array.from(found, ({ unit }) => unit),
    events: Float64Array.from(found, (entry) => entry.events),
    leavers: Float64Array.from(found, (entry) => entry.leavers),
  };
}
