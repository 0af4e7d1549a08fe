import type { Key } from '../../core/key.ts';
import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { PeerDraw } from '../parts/peer_draw.ts';
import { beginning, type Explain } from '../pick_reason.ts';
import type { RequestUnderWay, Strategy, WeightOf } from '../strategy.ts';
import type { SmoothRoundRobin } from './smooth_round_robin.ts';

/**
 * The backups of nginx's `random`: in turn, since who comes to them has drawn too often in vain. But for a server alone
 * nothing is drawn. So where it is the only one that is no backup, and there are several backups, the next try of a request
 * that a backup has failed draws all 21 times, and all of them are in vain: nginx looks for what they mean in a table whose
 * only entry is that server, who has failed, or whose place is the first backup's that was tried.
 *
 * It also reads beyond that table, so what it does is undefined, and it may crash. Where what lies there is greater than a
 * draw, as the size of the next chunk of memory is in a `zone`, the search stays at the only entry. `random two` always
 * does so then. `random` goes back to the server alone where the first backup is untried and that server can be picked by
 * then: with `max_fails` other than 1, after its `fail_timeout`, or where it was full or down before. Not so here. Of 112
 * configurations of 1.31.5, of one server with `max_fails=0`, 20 crashed, 67 did as it is here, and 25, all `random`, went back.
 * Source: ngx_http_upstream_random_module.c, ngx_http_upstream_update_random and ngx_http_upstream_peek_random_peer.
 */
export class NginxDrawsBackups implements Strategy {
  private readonly others: { readonly alone: boolean };
  private readonly inTurn: SmoothRoundRobin;
  private readonly random: Random;
  /** Its memory: draws in vain. */
  private readonly request: RequestUnderWay;
  private members: readonly Host[] = [];

  constructor(others: { readonly alone: boolean }, inTurn: SmoothRoundRobin, random: Random, request: RequestUnderWay) {
    this.others = others;
    this.inTurn = inTurn;
    this.random = random;
    this.request = request;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.members = members.slice();
    this.inTurn.rebuild(members, eligible, weightOf);
  }

  pick(): Host | null {
    return this.inTurn.pick();
  }

  pickAnother(): Host | null {
    this.drawInVain();
    return this.inTurn.pickAnother();
  }

  /** The draws left of a retry, if it draws. */
  drawInVain(): void {
    const { random, request } = this;
    if (!this.isDrawn()) return;
    for (; request.memory <= PeerDraw.TRIES; request.memory++) random.int32();
  }

  /** Of a retry: whether it draws at all. */
  private isDrawn(): boolean {
    const { members } = this;
    if (!this.others.alone || members.length < 2) return false;
    for (const host of members) if (host.tried) return true;
    return false;
  }

  explainNext(_key: Key, _attempt: number, another: boolean): Explain {
    const inTurn = this.inTurn.explainNext();
    if (!another || !this.isDrawn()) return inTurn;
    return (made) => {
      const draws = made.drawn.length;
      return draws === 0 ? inTurn(made) : beginning(`${draws} draws in vain, so round robin`, inTurn)(made);
    };
  }

  onSession(host: Host): void {
    this.inTurn.onSession(host);
  }

  onStart(): void {}

  onEnd(host: Host, latencyMs: number, outcome: Outcome, report: LoadReport | null): void {
    this.inTurn.onEnd(host, latencyMs, outcome, report);
  }
}
