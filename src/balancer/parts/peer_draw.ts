import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import type { WeightOf } from '../strategy.ts';
import { takesPart } from './taking_part.ts';
import { WeightedDraw } from './weighted_draw.ts';

/**
 * What nginx's `random` draws from: all members by weight, those that cannot be picked included, whose draws are in vain.
 * O(1) per draw on average, O(n) per rebuild.
 * Source: ngx_http_upstream_random_module.c, ngx_http_upstream_update_random and ngx_http_upstream_peek_random_peer.
 */
export class PeerDraw {
  /** Draws that lead nowhere, after which one more leaves it to round robin. */
  static readonly TRIES = 20;
  members: readonly Host[] = [];
  /** By place, what each counts for. */
  weights = new Float64Array(0);
  private usable = new Uint8Array(0);
  private readonly byWeight = new WeightedDraw();

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    const present = new Set(eligible);
    this.members = members.slice();
    this.usable = Uint8Array.from(members, (host) => (present.has(host) ? 1 : 0));
    this.weights = Float64Array.from(members, (host) => (present.has(host) ? weightOf(host) : host.weight));
    this.byWeight.rebuild(this.weights);
  }

  /** One member, for which nginx draws nothing. */
  get alone(): boolean {
    return this.members.length < 2;
  }

  /** The place of the member drawn, in one raw draw; -1: it takes no part. */
  draw(random: Random, passesTried: boolean): number {
    const place = this.byWeight.draw(random);
    return this.usable[place] === 1 && takesPart(this.members[place], passesTried) ? place : -1;
  }

  /** The same of a raw draw that was made. */
  entryOf(drawn: number, passesTried: boolean): number {
    const place = this.byWeight.entryOf(drawn);
    return this.usable[place] === 1 && takesPart(this.members[place], passesTried) ? place : -1;
  }
}
