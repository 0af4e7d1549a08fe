import type { TimerId } from '../core/clock.ts';

export interface Timer {
  readonly id: TimerId;
  readonly dueMs: number;
  readonly fn: (arg: number) => void;
  readonly arg: number;
}

/** Timers by due time, equal ones as added: a binary heap in which cancelled timers stay until they surface or outnumber the rest. */
export class TimerHeap {
  /** The id given last. Ids rise from 1. */
  lastId: TimerId = 0;
  private heap: Timer[] = [];
  private readonly waiting = new Set<TimerId>();

  /** What it holds, cancelled timers included. */
  get length(): number {
    return this.heap.length;
  }

  add(dueMs: number, fn: (arg: number) => void, arg: number): TimerId {
    this.lastId++;
    this.waiting.add(this.lastId);
    this.heap.push({ id: this.lastId, dueMs, fn, arg });
    this.siftUp(this.heap.length - 1);
    return this.lastId;
  }

  /** Does nothing for a timer that has run, was cancelled or never was. */
  cancel(id: TimerId): void {
    if (!this.waiting.delete(id)) return;
    if (this.heap.length > 64 + 2 * this.waiting.size) {
      // A sorted array is a heap.
      this.heap = this.heap.filter((timer) => this.waiting.has(timer.id)).sort((a, b) => (isBefore(a, b) ? -1 : 1));
    }
  }

  /** The next timer to run, or null. */
  first(): Timer | null {
    for (;;) {
      const timer = this.heap[0];
      if (timer === undefined) return null;
      if (this.waiting.has(timer.id)) return timer;
      this.dropRoot();
    }
  }

  /** Takes out what `first` gave. */
  removeFirst(): void {
    const timer = this.heap[0];
    if (timer === undefined) return;
    this.waiting.delete(timer.id);
    this.dropRoot();
  }

  private dropRoot(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.siftDown();
  }

  private siftUp(from: number): void {
    const { heap } = this;
    const timer = heap[from] as Timer;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Timer;
      if (!isBefore(timer, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  private siftDown(): void {
    const { heap } = this;
    const timer = heap[0] as Timer;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Timer, heap[below] as Timer)) below++;
      const child = heap[below] as Timer;
      if (!isBefore(child, timer)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = timer;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.id < b.id);
}
