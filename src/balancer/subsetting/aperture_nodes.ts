import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';

interface Node {
  readonly token: number;
  readonly weight: number;
}

/**
 * What Finagle's apertures keep of each host: a token, drawn when it joins. A host of another weight is another one to
 * Finagle: its endpoints are told apart by address and weight (TrafficDistributor.scala, weightEndpoints; Balancer.scala,
 * update). There it also begins with no latency known and nothing in flight, which here it keeps.
 * Source: finagle-core loadbalancer/aperture/ApertureNode.scala.
 */
export class ApertureNodes {
  private readonly random: Random;
  private nodes: ReadonlyMap<Host, Node> = new Map();

  constructor(random: Random) {
    this.random = random;
  }

  /** These are the hosts from now on; whether any has come or gone. Those that come draw a token each, in this order. */
  update(hosts: readonly Host[]): boolean {
    let kept = 0;
    const nodes = new Map<Host, Node>();
    for (const host of hosts) {
      const known = this.nodes.get(host);
      const stays = known?.weight === host.weight;
      if (stays) kept++;
      nodes.set(host, stays ? known : { token: this.random.int32(), weight: host.weight });
    }
    const changed = kept < hosts.length || kept < this.nodes.size;
    this.nodes = nodes;
    return changed;
  }

  /** Of a present host: 32 bits with their sign. */
  tokenOf(host: Host): number {
    return this.nodes.get(host)?.token ?? 0;
  }
}
