import type { Key } from '../../core/key.ts';
import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { type NginxFailures, USUAL_FAILURES } from '../parts/nginx_failures.ts';
import { PeerDraw } from '../parts/peer_draw.ts';
import type { Explain } from '../pick_reason.ts';
import type { RequestUnderWay, Strategy, StrategyPorts, WeightOf } from '../strategy.ts';
import { NginxDrawsBackups } from './nginx_draws_backups.ts';
import { SmoothRoundRobin } from './smooth_round_robin.ts';

export const TOO_MANY_BEFORE = 'too many draws in vain for earlier tries, so round robin';

/**
 * What nginx's `random` and `random two` share: draws from all members, and round robin where those lead nowhere. Draws in
 * vain are counted over all tries of a request (`tries` of ngx_http_upstream_random_peer_data_t); so once there were too
 * many, its retries are round robin as well, without a draw.
 */
export abstract class NginxDraws implements Strategy {
  protected readonly random: Random;
  /** Its memory: draws in vain. */
  protected readonly request: RequestUnderWay;
  protected readonly peers = new PeerDraw();
  protected readonly everybody: SmoothRoundRobin;
  private readonly failures: NginxFailures;
  private backups: NginxDrawsBackups | null = null;

  constructor({ random, request }: Pick<StrategyPorts, 'random' | 'request'>, failures = USUAL_FAILURES) {
    this.random = random;
    this.request = request;
    this.failures = failures;
    this.everybody = new SmoothRoundRobin(failures);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.peers.rebuild(members, eligible, weightOf);
    this.everybody.rebuild(members, eligible, weightOf);
  }

  pick(): Host | null {
    this.request.memory = 0;
    return this.drawn(false) ?? this.everybody.pick();
  }

  pickAnother(): Host | null {
    return this.drawn(true) ?? this.everybody.pickAnother();
  }

  /** It does not know that all are down before it has drawn too often in vain. */
  nobody(retry: boolean): void {
    if (!retry) this.request.memory = 0;
    this.drawn(retry);
    if (retry) this.backups?.drawInVain();
  }

  /** Who has found nobody among the others goes to the backups in turn. */
  forBackups(): NginxDrawsBackups {
    this.backups = new NginxDrawsBackups(this.peers, new SmoothRoundRobin(this.failures), this.random, this.request);
    return this.backups;
  }

  /** null: too many draws were in vain, or there is nothing to draw from. */
  protected abstract drawn(passesTried: boolean): Host | null;

  abstract explainNext(key: Key, attempt: number, another: boolean): Explain;

  onStart(): void {}

  onEnd(host: Host, latencyMs: number, outcome: Outcome, report: LoadReport | null): void {
    this.everybody.onEnd(host, latencyMs, outcome, report);
  }
}
