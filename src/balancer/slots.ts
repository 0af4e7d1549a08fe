/** Hands out small whole numbers, each to one holder at a time: the lowest that is free, as HAProxy's ids of servers (server_get_next_id). */
export class Slots {
  /** The lowest last. */
  private readonly free: number[] = [];
  private next = 0;

  take(): number {
    return this.free.pop() ?? this.next++;
  }

  giveBack(slot: number): void {
    const at = this.free.findIndex((other) => other < slot);
    this.free.splice(at < 0 ? this.free.length : at, 0, slot);
  }
}
