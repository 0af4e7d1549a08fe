import type { Rumour } from './message.ts';

/** What a packet of 1400 bytes (memberlist's UDPBufferSize) holds beside its message, at some 65 bytes each. */
export const RUMOURS_A_MESSAGE = 20;

interface Entry {
  readonly rumour: Rumour;
  sends: number;
}

/**
 * What is still to be told, the least told first, of those the latest: memberlist queue.go, TransmitLimitedQueue. A
 * rumour takes the place of an older one about the same member.
 */
export class RumourQueue {
  /** In order of arrival. */
  private entries: Entry[] = [];

  get size(): number {
    return this.entries.length;
  }

  add(rumour: Rumour): void {
    this.entries = this.entries.filter((entry) => entry.rumour.about !== rumour.about);
    this.entries.push({ rumour, sends: 0 });
  }

  /** For one message. A rumour that has been told `limit` times with this is forgotten. */
  take(limit: number): Rumour[] {
    if (this.entries.length === 0) return [];
    const latestFirst = this.entries.toReversed();
    // Stable: among those told as often the latest stays first.
    const taken = latestFirst.sort((a, b) => a.sends - b.sends).slice(0, RUMOURS_A_MESSAGE);
    let over = false;
    for (const entry of taken) {
      entry.sends++;
      if (entry.sends >= limit) over = true;
    }
    if (over) this.entries = this.entries.filter(({ sends }) => sends < limit);
    return taken.map(({ rumour }) => rumour);
  }
}
