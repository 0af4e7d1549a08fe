import type { KeyHashes } from '../../core/hash/key_hashes.ts';
import { type Key, NO_KEY } from '../../core/key.ts';
import type { Host } from '../host.ts';
import { ServerMap } from '../parts/server_map.ts';
import { hashWords, hex32, type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import type { Strategy, WeightOf } from '../strategy.ts';

/**
 * HAProxy's `hash-type map-based`, the one it has by default: the slot of the map that is the hash of the key, by default
 * sdbm, not avalanched, modulo the number of slots. Without a key, the slots in turn, but that of a server that is alone is
 * no turn (src/backend.c, get_server_hh, gen_hash and assign_server; src/lb_map.c). O(1) per pick, n x W steps for a map of W slots for n hosts.
 */
export class HaproxyModuloHash implements Strategy {
  /** For what divides the weights of the start. */
  readonly prompt = 'from the start';
  private readonly map: ServerMap;
  private readonly hashes: KeyHashes;

  constructor(hashes: KeyHashes, map = new ServerMap()) {
    this.hashes = hashes;
    this.map = map;
  }

  forBackups(sole: boolean): HaproxyModuloHash {
    return new HaproxyModuloHash(this.hashes, this.map.ofBackups(sole));
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.map.rebuild(members, eligible, weightOf);
  }

  pick(key: Key, attempt: number): Host | null {
    return this.find(key, attempt, false);
  }

  /** HAProxy's map leads a key to the same server again. */
  pickAnother(key: Key, attempt: number): Host | null {
    return this.find(key, attempt, true);
  }

  private find(key: Key, attempt: number, passesTried: boolean): Host | null {
    if (key === NO_KEY) return this.map.sole ?? this.map.inTurn(passesTried);
    const at = this.hashes.at(key);
    return this.map.ofHash(this.hashes.low[at], attempt);
  }

  explain({ key, attempt }: PickMade): PickReason {
    if (key === NO_KEY && this.map.sole !== null) return ruled('no key, and nobody else to pick');
    if (key === NO_KEY) return ruled(`no key, so the slots in turn: ${this.map.latestTurn}`);
    const at = this.hashes.at(key);
    const hash = this.hashes.low[at];
    return ruled(`${hashWords(key, hex32(hash))} leads to ${this.map.wayOf(hash, attempt)}`);
  }

  onStart(): void {}

  onEnd(): void {}
}
