import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { PeerDraw } from '../parts/peer_draw.ts';
import type { Explain } from '../pick_reason.ts';
import type { Strategy, WeightOf } from '../strategy.ts';
import { SmoothRoundRobin } from './smooth_round_robin.ts';

/** What nginx's `random` and `random two` share: draws from all members, and round robin where those lead nowhere. */
export abstract class NginxDraws implements Strategy {
  protected readonly random: Random;
  protected readonly peers = new PeerDraw();
  protected readonly everybody = new SmoothRoundRobin();

  constructor(random: Random) {
    this.random = random;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.peers.rebuild(members, eligible, weightOf);
    this.everybody.rebuild(members, eligible, weightOf);
  }

  abstract pick(): Host;

  abstract pickAnother(): Host;

  abstract explainNext(): Explain;

  onStart(): void {}

  onEnd(host: Host, latencyMs: number, outcome: Outcome, report: LoadReport | null): void {
    this.everybody.onEnd(host, latencyMs, outcome, report);
  }
}
