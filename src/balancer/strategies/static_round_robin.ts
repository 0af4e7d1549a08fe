import type { Host } from '../host.ts';
import { ServerMap } from '../parts/server_map.ts';
import { type PickReason, ruled } from '../pick_reason.ts';
import { ANY_ROOM, type Room } from '../room.ts';
import type { Strategy, WeightOf } from '../strategy.ts';

/**
 * HAProxy's `static-rr` (src/lb_map.c, map_get_server_rr): the slots of a map in turn, the first host's first. The place
 * on the map stays when it changes; beyond the end of a smaller one it starts again. O(1) per pick, n x W steps for a
 * map of W slots for n hosts.
 */
export class StaticRoundRobin implements Strategy {
  /** For what divides the weights of the start. */
  readonly prompt = 'from the start';
  private readonly map: ServerMap;
  private readonly room: Room;

  constructor(room: Room = ANY_ROOM, map = new ServerMap(room)) {
    this.room = room;
    this.map = map;
  }

  forBackups(sole: boolean): StaticRoundRobin {
    return new StaticRoundRobin(this.room, this.map.ofBackups(sole));
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.map.rebuild(members, eligible, weightOf);
  }

  pick(): Host | null {
    return this.room.crowded ? null : this.map.inTurn(false);
  }

  pickAnother(): Host | null {
    return this.room.crowded ? null : this.map.inTurn(true);
  }

  explain(): PickReason {
    return ruled(`the slots in turn: ${this.map.latestTurn}`);
  }

  onStart(): void {}

  onEnd(): void {}
}
