import type { Key } from '../../core/key.ts';
import type { Host } from '../host.ts';
import { PeerDraw } from '../parts/peer_draw.ts';
import { beginning, type Explain, ruled } from '../pick_reason.ts';
import { NginxDraws, TOO_MANY_BEFORE } from './nginx_draws.ts';

/**
 * nginx's `random`: a host drawn by weight from all members, and again where it cannot be picked. After 21 draws in vain
 * it is round robin, as for a member alone, be there backups or not, for which nothing is drawn. O(1) per draw on average, O(n) where it is
 * round robin, O(n) per rebuild.
 * Source: ngx_http_upstream_random_module.c, ngx_http_upstream_get_random_peer.
 */
export class NginxRandom extends NginxDraws {
  protected drawn(passesTried: boolean): Host | null {
    const { peers, random, request } = this;
    if (peers.alone) return null;
    for (; request.memory <= PeerDraw.TRIES; request.memory++) {
      const drawn = peers.draw(random, passesTried);
      if (drawn !== -1) return peers.members[drawn];
    }
    return null;
  }

  explainNext(_key: Key, _attempt: number, another: boolean): Explain {
    const { peers } = this;
    const inTurn = this.everybody.explainNext();
    if (peers.alone) return () => ruled('the only host');
    return (made) => {
      const draws = made.drawn.length;
      if (draws === 0) return beginning(TOO_MANY_BEFORE, inTurn)(made);
      if (peers.entryOf(made.drawn[draws - 1], another) === -1) {
        return beginning(`${draws} draws of hosts that cannot be picked, so round robin`, inTurn)(made);
      }
      const again = draws === 1 ? '' : `, after ${draws - 1} of hosts that cannot be picked`;
      return ruled(`drawn by weight from all ${peers.members.length} members${again}`);
    };
  }
}
