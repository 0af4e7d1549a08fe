import type { Host } from '../host.ts';
import { type PickReason, ruled } from '../pick_reason.ts';
import type { Room } from '../room.ts';
import type { Strategy } from '../strategy.ts';

/** HAProxy's first backup that is up, where it serves alone: whoever waits waits for it (`fbck` in src/lb_fwrr.c). */
export class SoleBackup implements Strategy {
  private readonly room: Room;
  private host: Host | null = null;

  constructor(room: Room) {
    this.room = room;
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    this.host = eligible[0] ?? null;
  }

  pick(): Host | null {
    return this.room.crowded ? null : this.host;
  }

  pickAnother(): Host | null {
    return this.pick();
  }

  explain(): PickReason {
    return ruled('the first backup that is up');
  }

  onStart(): void {}

  onEnd(): void {}
}
