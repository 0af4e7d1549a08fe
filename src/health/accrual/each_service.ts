import type { Outcome } from '../../core/outcome.ts';
import { EachHost } from './each_host.ts';

/**
 * As `EachHost`, where a host of another weight is another service, as in Linkerd: its pool makes a new one of an address of
 * which anything else is said than before, and each has a breaker of its own. So one whose gate was shut may be picked again, and
 * answers to what was sent before are told to nobody.
 * Source: linkerd2-proxy linkerd/pool/p2c/src/lib.rs (add_endpoint, reset_pool), linkerd/proxy/api-resolve/src/metadata.rs
 * (Metadata) and linkerd/app/outbound/src/http/concrete/balance.rs (NewClassifyGateSet).
 */
export class EachService extends EachHost {
  renew(host: number): void {
    const verdict = this.verdicts[host];
    this.judges[host]?.stop();
    this.judge(host, verdict);
    verdict.say(false, false);
  }

  override ended(host: number, outcome: Outcome, sentAtMs = Number.NaN, isOfBefore = false): void {
    if (!isOfBefore) super.ended(host, outcome, sentAtMs);
  }
}
