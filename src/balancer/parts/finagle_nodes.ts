import type { Host } from '../host.ts';
import { PerHost } from './per_host.ts';

/** Where a host's numbers are among its own: how often it had been reweighed as its node began, and how many attempts in flight are of its nodes before. */
const REWEIGHED = 0;
const BEFORE = 1;
const WIDTH = 2;

/**
 * Finagle's nodes: what its balancers keep of each host. A host of another weight is another node to it, with nothing in
 * flight and no latency known: its endpoints are told apart by address and weight. What was sent to the node before
 * counts nowhere any more, nor does the latency it ends with. So it is in Linkerd, whose pool makes another service of an
 * address where anything of its metadata changes.
 *
 * Which attempts those are is told by how often the host had been reweighed as each was sent.
 * Sources: finagle-core loadbalancer/TrafficDistributor.scala (weightEndpoints) and Balancer.scala (update);
 * linkerd2-proxy linkerd/pool/p2c/src/lib.rs (add_endpoint, reset_pool) and linkerd/proxy/api-resolve/src/metadata.rs.
 */
export class FinagleNodes {
  private readonly state = new PerHost(WIDTH);
  /** Whether any node has taken the place of another that had attempts in flight: else there is nothing to tell apart. */
  private renewed = false;

  /** Of these hosts, those whose nodes begin now. To be asked as soon as weights change. */
  begin(hosts: readonly Host[]): Host[] {
    return hosts.filter((host) => {
      const at = this.state.at(host);
      const { values } = this.state;
      if (values[at + REWEIGHED] === host.reweighed) return false;
      values[at + REWEIGHED] = host.reweighed;
      values[at + BEFORE] = host.inFlight;
      if (host.inFlight > 0) this.renewed = true;
      return true;
    });
  }

  /** Attempts in flight of the host's node. */
  inFlight(host: Host): number {
    if (!this.renewed) return host.inFlight;
    const at = this.state.at(host);
    // A small integer, which need not be boxed.
    return (host.inFlight - this.state.values[at + BEFORE]) | 0;
  }

  /** An attempt has ended, which `host.inFlight` no longer counts: whether it was of the host's node. `reweighed`: `Host.reweighed` as it was sent. */
  ended(host: Host, reweighed: number): boolean {
    if (!this.renewed) return true;
    const at = this.state.at(host);
    const { values } = this.state;
    if (values[at + BEFORE] === 0 || reweighed === values[at + REWEIGHED]) return true;
    values[at + BEFORE]--;
    return false;
  }
}
