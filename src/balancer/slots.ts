/** Hands out small whole numbers, each to one holder at a time, reusing those given back. */
export class Slots {
  private readonly free: number[] = [];
  private next = 0;

  take(): number {
    return this.free.pop() ?? this.next++;
  }

  giveBack(slot: number): void {
    this.free.push(slot);
  }
}
