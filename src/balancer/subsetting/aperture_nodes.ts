import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';

interface Node {
  readonly token: number;
  readonly reweighed: number;
}

/**
 * What Finagle's apertures keep of each host: a token, drawn when it joins and when it weighs something else (see
 * `FinagleNodes`). Those of weight 0 have one as well: its resolvers leave out hosts of weight -1 alone. So has the node
 * that fails, which is made when a host is asked for and there is none at all, the first time.
 * Source: finagle-core loadbalancer/aperture/ApertureNode.scala, loadbalancer/Balancer.scala (failingNode);
 * finagle-serversets serverset2/Zk2Resolver.scala (WeightFilter).
 */
export class ApertureNodes {
  private readonly random: Random;
  private nodes: ReadonlyMap<Host, Node> = new Map();
  private failing = false;

  constructor(random: Random) {
    this.random = random;
  }

  /** These are the hosts from now on; whether any has come or gone. Those that come draw a token each, in this order. */
  update(hosts: readonly Host[]): boolean {
    let kept = 0;
    const nodes = new Map<Host, Node>();
    for (const host of hosts) {
      const known = this.nodes.get(host);
      const stays = known?.reweighed === host.reweighed;
      if (stays) kept++;
      nodes.set(host, stays ? known : { token: this.random.int32(), reweighed: host.reweighed });
    }
    const changed = kept < hosts.length || kept < this.nodes.size;
    this.nodes = nodes;
    return changed;
  }

  /** There is nobody, and somebody was asked for. */
  fail(): void {
    if (!this.failing) this.random.int32();
    this.failing = true;
  }

  /** Of a present host: 32 bits with their sign. */
  tokenOf(host: Host): number {
    return this.nodes.get(host)?.token ?? 0;
  }
}
