import { xxh64 } from '../../core/hash/xxh64.ts';
import type { Host } from '../host.ts';
import { defineSubsetting, type Subsetting } from './subsetting.ts';

/**
 * gRPC's random subsetting: the hosts whose addresses have the lowest XXH64 under a seed of the caller's own, as many as
 * `size` says, in the order of those; all where there are no more, as they come. A host that joins or leaves changes one place of each subset at most,
 * whatever the order of the list. Weights are not looked at. Nothing makes the callers' subsets fit together: how many
 * callers use a host is binomial. gRPC core hashes addresses so; grpc-go what it prints of an address, and grpc-java by
 * another function, murmur3.
 */
export const rendezvous = defineSubsetting({
  name: 'rendezvous',
  doc: 'The hosts that hash lowest under a seed of the caller: one change of membership changes one host of a subset at most.',
  system: 'gRPC random_subsetting',
  source: 'gRFC A68; the tests of grpc-go balancer/randomsubsetting',
  options: {
    size: { type: 'integer', min: 1, doc: 'How many hosts the caller uses, where there are more.' },
  },
  create: ({ options, random }) => new Rendezvous(options.size, random.uint32()),
});

class Rendezvous implements Subsetting {
  private readonly size: number;
  private readonly seed: number;
  /** Those with the lowest hashes, the lowest first; none where all are used. */
  private lowest: Host[] = [];

  constructor(size: number, seed: number) {
    this.size = size;
    this.seed = seed;
  }

  select(hosts: readonly Host[]): number[] {
    if (hosts.length <= this.size) {
      this.lowest = [];
      return hosts.map(() => 1);
    }
    this.lowest = hosts
      .map((host) => ({ host, hash: this.hash(host.instance.address) }))
      .sort((a, b) => a.hash[0] - b.hash[0] || a.hash[1] - b.hash[1] || compare(a.host, b.host))
      .slice(0, this.size)
      .map(({ host }) => host);
    const lowest = new Set(this.lowest);
    return hosts.map((host) => (lowest.has(host) ? 1 : 0));
  }

  order(used: readonly Host[]): Host[] {
    return this.lowest.length === 0 ? used.slice() : this.lowest.slice();
  }

  private hash(address: string): Uint32Array {
    const halves = new Uint32Array(2);
    xxh64(address, halves, this.seed);
    return halves;
  }
}

/** Two instances may share an address: by id, so that the order of the list never matters. */
function compare(a: Host, b: Host): number {
  return a.instance.id < b.instance.id ? -1 : 1;
}
