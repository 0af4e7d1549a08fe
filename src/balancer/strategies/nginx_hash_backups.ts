import type { Key } from '../../core/key.ts';
import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Host } from '../host.ts';
import type { Explain } from '../pick_reason.ts';
import type { RequestUnderWay, Strategy, WeightOf } from '../strategy.ts';
import type { NginxModuloHash } from './nginx_modulo_hash.ts';

/**
 * The backups of nginx's `hash`: in turn, since who comes to them has met with too many slots in vain. But for a server
 * alone no slot is looked at. So where it is the only one that is no backup, the next tries of a request that a backup has
 * failed are hashed over the backups, the first slot first.
 * Source: ngx_http_upstream_hash_module.c, ngx_http_upstream_get_hash_peer, where it asks for `peers->number` and `tries`.
 */
export class NginxHashBackups implements Strategy {
  private readonly others: NginxModuloHash;
  private readonly hashed: NginxModuloHash;
  private readonly request: RequestUnderWay;
  private members: readonly Host[] = [];

  constructor(others: NginxModuloHash, hashed: NginxModuloHash, request: RequestUnderWay) {
    this.others = others;
    this.hashed = hashed;
    this.request = request;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.members = members.slice();
    this.hashed.rebuild(members, eligible, weightOf);
  }

  pick(): Host | null {
    this.request.memory = 0;
    return this.hashed.everybody.pick();
  }

  pickAnother(key: Key): Host | null {
    if (this.isHashed()) return this.hashed.pickAnother(key);
    this.request.memory = 0;
    return this.hashed.everybody.pickAnother();
  }

  /** Of a retry: whether slots are looked at. */
  private isHashed(): boolean {
    if (!this.others.alone) return false;
    for (const host of this.members) if (host.tried) return true;
    return false;
  }

  explainNext(key: Key, attempt: number, another: boolean): Explain {
    const { hashed } = this;
    return another && this.isHashed() ? hashed.explainNext(key, attempt, another) : hashed.everybody.explainNext();
  }

  onSession(host: Host): void {
    this.hashed.everybody.onSession(host);
  }

  onStart(): void {}

  onEnd(host: Host, latencyMs: number, outcome: Outcome, report: LoadReport | null): void {
    this.hashed.onEnd(host, latencyMs, outcome, report);
  }
}
