import type { Key } from '../../core/key.ts';
import type { Host } from '../host.ts';
import { PeerDraw } from '../parts/peer_draw.ts';
import { beginning, comparedAs, type Explain, ruled } from '../pick_reason.ts';
import { NginxDraws, TOO_MANY_BEFORE } from './nginx_draws.ts';

/**
 * nginx's `random two least_conn`: of two distinct hosts drawn by weight the one with the least attempts in flight for
 * its weight; the second among equals. Draws of the first host again, and of members that cannot be picked, are in vain.
 * Where 21 draws (the first counts) have not found two it is round robin, as for a member alone, for which nothing is
 * drawn. O(1) per draw on average, O(n) where it is round robin, O(n) per rebuild.
 * Source: ngx_http_upstream_random_module.c, ngx_http_upstream_get_random2_peer.
 */
export class NginxRandomTwo extends NginxDraws {
  protected drawn(passesTried: boolean): Host | null {
    const { peers, random, request } = this;
    const { members, weights } = peers;
    if (peers.alone) return null;
    let first = -1;
    for (; request.memory <= PeerDraw.TRIES; request.memory++) {
      const drawn = peers.draw(random, passesTried);
      if (drawn === -1 || drawn === first) continue;
      if (first !== -1) {
        const firstIsLess = members[drawn].inFlight * weights[first] > members[first].inFlight * weights[drawn];
        return members[firstIsLess ? first : drawn];
      }
      first = drawn;
    }
    return null;
  }

  explainNext(_key: Key, _attempt: number, another: boolean): Explain {
    const { peers } = this;
    const { members, weights } = peers;
    const inTurn = this.everybody.explainNext();
    if (peers.alone) return () => ruled('the only host');
    return (made) => {
      const [first, second] = new Set(
        made.drawn.map((draw) => peers.entryOf(draw, another)).filter((place) => place !== -1),
      );
      if (made.drawn.length === 0) return beginning(TOO_MANY_BEFORE, inTurn)(made);
      if (second === undefined) {
        const why = `${made.drawn.length} draws of the same host or of hosts that cannot be picked, so round robin`;
        return beginning(why, inTurn)(made);
      }
      const rule = 'the fewest in flight for its weight of two drawn by weight, the second among equals';
      const loads = [second, first].map((place) => members[place].inFlight / weights[place]);
      return comparedAs('in flight / weight', [members[second], members[first]], loads, rule);
    };
  }
}
