import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { PeerDraw } from '../parts/peer_draw.ts';
import { beginning, type Explain, ruled } from '../pick_reason.ts';
import type { Strategy, WeightOf } from '../strategy.ts';
import { SmoothRoundRobin } from './smooth_round_robin.ts';

/** nginx's default, for the rounds in which failures lower weights. */
const MAX_FAILS = 1;

/**
 * nginx's `random`: a host drawn by weight from all members, and again where it cannot be picked. After 21 draws in vain
 * it is round robin, as for a member alone, for which nothing is drawn. O(1) per draw on average, O(n) where it is
 * round robin, O(n) per rebuild.
 * Source: ngx_http_upstream_random_module.c, ngx_http_upstream_get_random_peer.
 */
export class NginxRandom implements Strategy {
  private readonly random: Random;
  private readonly peers = new PeerDraw();
  private readonly everybody = new SmoothRoundRobin(MAX_FAILS, false);

  constructor(random: Random) {
    this.random = random;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.peers.rebuild(members, eligible, weightOf);
    this.everybody.rebuild(members, eligible, weightOf);
  }

  pick(): Host {
    const { peers, random } = this;
    if (!peers.alone) {
      for (let inVain = 0; inVain <= PeerDraw.TRIES; inVain++) {
        const drawn = peers.draw(random);
        if (drawn !== -1) return peers.members[drawn];
      }
    }
    return this.everybody.pick();
  }

  explainNext(): Explain {
    const { peers } = this;
    const inTurn = this.everybody.explainNext();
    if (peers.alone) return () => ruled('the only host');
    return (made) => {
      const draws = made.drawn.length;
      if (peers.entryOf(made.drawn[draws - 1]) === -1) {
        return beginning(`${draws} draws of hosts that cannot be picked, so round robin`, inTurn)(made);
      }
      const again = draws === 1 ? '' : `, after ${draws - 1} of hosts that cannot be picked`;
      return ruled(`drawn by weight from all ${peers.members.length} members${again}`);
    };
  }

  onStart(): void {}

  onEnd(host: Host, latencyMs: number, outcome: Outcome, report: LoadReport | null): void {
    this.everybody.onEnd(host, latencyMs, outcome, report);
  }
}
