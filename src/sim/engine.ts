import { grown } from '../core/arrays.ts';
import { invariant } from '../core/assert.ts';
import { type Clock, type Lane, NO_TIMER, type TimerId } from '../core/clock.ts';
import { LaneQueue } from './lane_queue.ts';

/** Requests come in time order by themselves, so they stay out of the heap: the engine asks when the next one is due. */
export interface Arrivals {
  nextAtMs: number;
  /** Called at `nextAtMs`; moves it on. */
  arrive(): void;
}

const NO_ARRIVALS: Arrivals = { nextAtMs: Infinity, arrive: () => {} };

/** A timer id is `generation * SLOTS + slot`: exact in a double, and a reused slot has another id. */
const SLOTS = 2 ** 26;
const GENERATIONS = 2 ** 26;

/** A lane with fewer cancelled timers than this is left alone. */
const MIN_SWEEP = 64;

/**
 * Virtual time: runs callbacks in the order of (time, sequence of scheduling).
 *
 * Goals: a general timer API at about 100 ns an event, no allocation per event, the same order on every machine.
 * Non-goals: parallelism, real time (see live/).
 *
 * A 4-ary heap of slots in typed arrays. While a callback runs, the root of the heap is a hole, so that the first
 * timer it schedules (nearly every callback schedules one) costs one sift-down instead of a removal and an insertion.
 * A cancelled timer stays where it is, marked, and is dropped when its time comes.
 */
export class Engine implements Clock {
  private nowMs = 0;
  private sequence = 0;
  private stopped = false;

  // The heap: parallel arrays of due time and slot.
  private heapTime = new Float64Array(1024);
  private heapSlot = new Int32Array(1024);
  private heapSize = 0;
  private rootIsHole = false;

  // The slots: what to call; null once cancelled. `nextFree` links the free ones.
  private fn: (((arg: number) => void) | null)[] = [];
  private arg = new Int32Array(1024);
  private order = new Float64Array(1024);
  private generation = new Int32Array(1024);
  private nextFree = new Int32Array(1024);
  /** The lane a slot waits in, or -1 for the heap. */
  private laneOf = new Int32Array(1024);
  private firstFree = -1;
  private slots = 0;

  private readonly lanes: LaneQueue[] = [];
  private readonly laneByDelay = new Map<number, Lane>();
  private readonly fireLane = (lane: number): void => this.runLaneHead(lane);

  now(): number {
    return this.nowMs;
  }

  schedule(delayMs: number, fn: (arg: number) => void, arg: number): TimerId {
    // Written so that NaN fails too.
    if (!(delayMs >= 0)) invariant(false, `schedule: expected a delay of at least 0 ms, found ${delayMs}`);
    const slot = this.takeSlot(fn, arg, this.sequence++, -1);
    this.insert(this.nowMs + delayMs, slot);
    return this.generation[slot] * SLOTS + slot;
  }

  lane(delayMs: number): Lane {
    invariant(delayMs >= 0, () => `lane: expected a delay of at least 0 ms, found ${delayMs}`);
    const known = this.laneByDelay.get(delayMs);
    if (known !== undefined) return known;
    const index = this.lanes.length;
    const queue = new LaneQueue();
    this.lanes.push(queue);
    const lane: Lane = { schedule: (fn, arg) => this.scheduleInLane(index, queue, delayMs, fn, arg) };
    this.laneByDelay.set(delayMs, lane);
    return lane;
  }

  cancel(id: TimerId): void {
    if (id === NO_TIMER) return;
    const generation = Math.floor(id / SLOTS);
    const slot = id - generation * SLOTS;
    if (this.generation[slot] !== generation) return;
    this.fn[slot] = null;
    const lane = this.laneOf[slot];
    // Requests end nearly in order, so most cancelled timeouts are their lane's oldest and leave at once.
    if (lane >= 0) this.cancelInLane(this.lanes[lane], slot);
    else this.bumpGeneration(slot);
  }

  /** Runs everything due before `untilMs` (not at it), then stands at `untilMs`. An arrival yields to timers due at the same instant. */
  run(untilMs: number, arrivals: Arrivals = NO_ARRIVALS): void {
    this.stopped = false;
    while (!this.stopped) {
      const timerAt = this.heapSize > 0 ? this.heapTime[0] : Infinity;
      const arrivalAt = arrivals.nextAtMs;
      if (arrivalAt < timerAt) {
        if (arrivalAt >= untilMs) break;
        this.nowMs = arrivalAt;
        arrivals.arrive();
      } else {
        if (timerAt >= untilMs) break;
        this.nowMs = timerAt;
        this.runRoot();
      }
    }
    if (!this.stopped) this.nowMs = untilMs;
  }

  /** Ends `run` after the callback that calls this; the clock stays where it is. */
  stop(): void {
    this.stopped = true;
  }

  private runRoot(): void {
    const slot = this.heapSlot[0];
    const fn = this.fn[slot];
    const arg = this.arg[slot];
    this.freeSlot(slot);
    this.rootIsHole = true;
    if (fn !== null) fn(arg);
    if (this.rootIsHole) {
      this.rootIsHole = false;
      const last = --this.heapSize;
      if (last > 0) this.siftDown(this.heapTime[last], this.heapSlot[last]);
    }
  }

  private insert(time: number, slot: number): void {
    if (this.rootIsHole) {
      this.rootIsHole = false;
      this.siftDown(time, slot);
      return;
    }
    if (this.heapSize === this.heapTime.length) {
      this.heapTime = grown(this.heapTime);
      this.heapSlot = grown(this.heapSlot);
    }
    this.siftUp(this.heapSize++, time, slot);
  }

  /** Puts an entry at the root and lets it sink. Plain loops: this is the hottest code of the simulator. */
  private siftDown(time: number, slot: number): void {
    const { heapTime, heapSlot, order, heapSize } = this;
    const sequence = order[slot];
    let at = 0;
    for (;;) {
      let child = 4 * at + 1;
      if (child >= heapSize) break;
      const end = Math.min(child + 4, heapSize);
      let best = child;
      let bestTime = heapTime[child];
      for (child++; child < end; child++) {
        const t = heapTime[child];
        if (t < bestTime || (t === bestTime && order[heapSlot[child]] < order[heapSlot[best]])) {
          best = child;
          bestTime = t;
        }
      }
      if (bestTime > time || (bestTime === time && order[heapSlot[best]] > sequence)) break;
      heapTime[at] = bestTime;
      heapSlot[at] = heapSlot[best];
      at = best;
    }
    heapTime[at] = time;
    heapSlot[at] = slot;
  }

  private siftUp(from: number, time: number, slot: number): void {
    const { heapTime, heapSlot, order } = this;
    const sequence = order[slot];
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const t = heapTime[parent];
      if (t < time || (t === time && order[heapSlot[parent]] < sequence)) break;
      heapTime[at] = t;
      heapSlot[at] = heapSlot[parent];
      at = parent;
    }
    heapTime[at] = time;
    heapSlot[at] = slot;
  }

  private takeSlot(fn: (arg: number) => void, arg: number, sequence: number, lane: number): number {
    let slot = this.firstFree;
    if (slot >= 0) this.firstFree = this.nextFree[slot];
    else {
      slot = this.slots++;
      if (slot === this.arg.length) this.growSlots();
      this.generation[slot] = 1;
    }
    this.fn[slot] = fn;
    this.arg[slot] = arg;
    this.order[slot] = sequence;
    this.laneOf[slot] = lane;
    return slot;
  }

  private freeSlot(slot: number): void {
    this.bumpGeneration(slot);
    this.nextFree[slot] = this.firstFree;
    this.firstFree = slot;
  }

  /** From now on no id names what the slot held. Generation 0 is never used, so that no id equals NO_TIMER. */
  private bumpGeneration(slot: number): void {
    const next = this.generation[slot] + 1;
    this.generation[slot] = next === GENERATIONS ? 1 : next;
  }

  private growSlots(): void {
    invariant(this.slots <= SLOTS, () => `engine: more than ${SLOTS} timers at once`);
    this.arg = grown(this.arg);
    this.order = grown(this.order);
    this.generation = grown(this.generation);
    this.nextFree = grown(this.nextFree);
    this.laneOf = grown(this.laneOf);
  }

  // Lanes. Only a lane's head stands in the heap, as a timer of its own with the head's time and sequence, so that
  // lanes and heap share one order. When the head was cancelled meanwhile, the heap's timer finds another head and
  // moves on to that one's place.

  private scheduleInLane(
    lane: number,
    queue: LaneQueue,
    delayMs: number,
    fn: (arg: number) => void,
    arg: number,
  ): TimerId {
    const slot = this.takeSlot(fn, arg, this.sequence++, lane);
    queue.push(slot, this.nowMs + delayMs);
    if (!queue.armed) this.armLane(lane, queue);
    return this.generation[slot] * SLOTS + slot;
  }

  private armLane(lane: number, queue: LaneQueue): void {
    queue.armed = true;
    const head = queue.headSlot();
    const sequence = this.order[head];
    queue.armedFor = sequence;
    this.insert(queue.headTime(), this.takeSlot(this.fireLane, lane, sequence, -1));
  }

  private runLaneHead(lane: number): void {
    const queue = this.lanes[lane];
    queue.armed = false;
    this.dropCancelled(queue);
    if (queue.size === 0) return;
    const slot = queue.headSlot();
    if (this.order[slot] !== queue.armedFor) {
      this.armLane(lane, queue);
      return;
    }
    const fn = this.fn[slot];
    const arg = this.arg[slot];
    queue.shift();
    this.freeSlot(slot);
    this.dropCancelled(queue);
    if (queue.size > 0) this.armLane(lane, queue);
    if (fn !== null) fn(arg);
  }

  private cancelInLane(queue: LaneQueue, slot: number): void {
    // No id names it any more, so it is counted once.
    this.bumpGeneration(slot);
    queue.cancelled++;
    this.dropCancelled(queue);
    // One request that is never answered may hold up all that were cancelled after it.
    if (queue.cancelled > MIN_SWEEP && 2 * queue.cancelled > queue.size) this.sweep(queue);
  }

  private dropCancelled(queue: LaneQueue): void {
    while (queue.cancelled > 0) {
      const slot = queue.headSlot();
      if (this.fn[slot] !== null) return;
      queue.shift();
      queue.cancelled--;
      this.freeSlot(slot);
    }
  }

  private sweep(queue: LaneQueue): void {
    queue.retain((slot) => {
      if (this.fn[slot] !== null) return true;
      this.freeSlot(slot);
      return false;
    });
    queue.cancelled = 0;
  }
}
