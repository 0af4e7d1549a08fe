/** A first-in, first-out queue of timer slots that share one delay, so that their order of scheduling is their order of time. */
export class LaneQueue {
  /** Whether the heap holds a timer for this lane, and for which head (its sequence). */
  armed = false;
  armedFor = -1;
  /** Timers in it, cancelled ones included. */
  size = 0;
  /** Those of them that are cancelled. */
  cancelled = 0;

  private slot = new Int32Array(64);
  private time = new Float64Array(64);
  private head = 0;

  push(slot: number, time: number): void {
    if (this.size === this.slot.length) this.grow();
    const at = (this.head + this.size++) & (this.slot.length - 1);
    this.slot[at] = slot;
    this.time[at] = time;
  }

  headSlot(): number {
    return this.slot[this.head];
  }

  headTime(): number {
    return this.time[this.head];
  }

  shift(): void {
    this.head = (this.head + 1) & (this.slot.length - 1);
    this.size--;
  }

  /** Keeps only the slots that `keeps` says, in their order. */
  retain(keeps: (slot: number) => boolean): void {
    const mask = this.slot.length - 1;
    let kept = 0;
    for (let i = 0; i < this.size; i++) {
      const from = (this.head + i) & mask;
      if (!keeps(this.slot[from])) continue;
      const to = (this.head + kept++) & mask;
      this.slot[to] = this.slot[from];
      this.time[to] = this.time[from];
    }
    this.size = kept;
  }

  private grow(): void {
    const old = this.slot.length;
    const slot = new Int32Array(old * 2);
    const time = new Float64Array(old * 2);
    for (let i = 0; i < this.size; i++) {
      const from = (this.head + i) & (old - 1);
      slot[i] = this.slot[from];
      time[i] = this.time[from];
    }
    this.slot = slot;
    this.time = time;
    this.head = 0;
  }
}
