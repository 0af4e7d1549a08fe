import { murmur32, murmur32OfTail } from '../../core/hash/murmur32.ts';
import type { Host } from '../host.ts';
import { ipv4Of, ipv6Of } from './socket_address.ts';

/** Scala's MurmurHash3.arraySeed. */
const SEED = 0x3c074a61;

/** Where an address is in the order: the hash of its IP, then that of its port; null: it has no IP. */
type Rank = readonly [ip: number, port: number] | null;

/**
 * Hosts in the order in which a Finagle client hands its endpoints to its balancers: by a hash of the IP, and among equals
 * by one of the port. So its power of two choices counts in this order, its deterministic aperture has them around the
 * ring in it, and its random one draws their tokens in it.
 *
 * A host whose address is a name has no place in it, since Finagle's resolvers look names up: these come last, as they
 * were given. So do two whose hashes are equal stay, which takes two of 2^32 in IPv6.
 * Source: finagle-core loadbalancer/LoadBalancerFactory.scala (newBalancer), loadbalancer/package.scala
 * (defaultAddressOrdering) and Address.scala (hashOrdering).
 */
export class FinagleOrder {
  private given: readonly Host[] = [];
  private ordered: readonly Host[] = [];
  private readonly ranks = new WeakMap<Host, { readonly rank: Rank }>();

  of(hosts: readonly Host[]): readonly Host[] {
    const { given } = this;
    if (hosts.length === given.length && hosts.every((host, i) => host === given[i])) return this.ordered;
    this.given = hosts.slice();
    const ranked = hosts.map((host) => ({ host, rank: this.rankOf(host) }));
    this.ordered = ranked.sort((a, b) => compare(a.rank, b.rank)).map(({ host }) => host);
    return this.ordered;
  }

  /** Those of the hosts that are among `these`, in the order of all. */
  among(hosts: readonly Host[], these: readonly Host[]): readonly Host[] {
    const ordered = this.of(hosts);
    if (these.length === ordered.length) return ordered;
    const set = new Set(these);
    return ordered.filter((host) => set.has(host));
  }

  /** A host keeps its address. */
  private rankOf(host: Host): Rank {
    let known = this.ranks.get(host);
    if (known === undefined) {
      known = { rank: rankOf(host.instance.address) };
      this.ranks.set(host, known);
    }
    return known.rank;
  }
}

function compare(a: Rank, b: Rank): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a[0] === b[0] ? a[1] - b[1] : a[0] - b[0];
}

function rankOf(address: string): Rank {
  const found = ipOf(address);
  return found && [murmur32(Uint8Array.from(found.bytes), SEED), murmur32OfTail(found.port, SEED)];
}

/** As java.net.InetAddress has it, to which an IPv4 address within IPv6 is that IPv4 address. */
function ipOf(address: string): { readonly bytes: readonly number[]; readonly port: number } | null {
  const four = ipv4Of(address);
  if (four !== null) return four;
  const six = ipv6Of(address);
  if (six === null) return null;
  const bytes = six.groups.flatMap((group) => [group >>> 8, group & 255]);
  const isIpv4 = six.groups[5] === 0xffff && six.groups.slice(0, 5).every((group) => group === 0);
  return { bytes: isIpv4 ? bytes.slice(12) : bytes, port: six.port };
}
