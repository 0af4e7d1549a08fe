import type { Outcome } from '../../core/outcome.ts';
import { EachHost } from './each_host.ts';

/** Attempts of one host that are under way, and how many of them were sent to the service before, until when. */
interface UnderWay {
  attempts: number;
  before: number;
  untilMs: number;
}

/**
 * As `EachHost`, where a host of another weight is another service, as in Linkerd: its pool makes a new one of an address of
 * which anything else is said than before, and each has a breaker of its own. So one whose gate was shut may be picked again, and
 * answers to what was sent before are told to nobody. Of attempts sent at the very time of the change, the first to end are
 * taken for those sent before.
 * Source: linkerd2-proxy linkerd/pool/p2c/src/lib.rs (add_endpoint, reset_pool), linkerd/proxy/api-resolve/src/metadata.rs
 * (Metadata) and linkerd/app/outbound/src/http/concrete/balance.rs (NewClassifyGateSet).
 */
export class EachService extends EachHost {
  private readonly underWay: UnderWay[] = [];

  override add(host: number): void {
    super.add(host);
    while (this.underWay.length <= host) this.underWay.push({ attempts: 0, before: 0, untilMs: 0 });
    Object.assign(this.underWay[host], { attempts: 0, before: 0 });
  }

  renew(host: number): void {
    const verdict = this.verdicts[host];
    this.judges[host]?.stop();
    this.judge(host, verdict);
    const underWay = this.underWay[host];
    underWay.before = underWay.attempts;
    underWay.untilMs = this.ports.clock.now();
    verdict.say(false, false);
  }

  override started(host: number): void {
    if (host < this.underWay.length) this.underWay[host].attempts++;
    super.started(host);
  }

  override ended(host: number, outcome: Outcome, sentAtMs = Number.NaN): void {
    if (host < this.underWay.length && this.isOfBefore(this.underWay[host], sentAtMs)) return;
    super.ended(host, outcome, sentAtMs);
  }

  private isOfBefore(underWay: UnderWay, sentAtMs: number): boolean {
    underWay.attempts--;
    if (underWay.before === 0 || sentAtMs > underWay.untilMs) return false;
    underWay.before--;
    return true;
  }
}
