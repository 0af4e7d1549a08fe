import type { Host } from '../host.ts';
import { ipv4Of, ipv6Of } from './socket_address.ts';

/** Of a java.util.HashMap: how many bins it begins with, and how full they are before they are doubled. */
const FIRST_BINS = 16;
const LOAD_FACTOR = 0.75;
/** With so many in one bin the bins are doubled too, while there are fewer than `LEAST_BINS_OF_TREES`; later a bin is a tree. */
const LONGEST_BIN = 8;
const LEAST_BINS_OF_TREES = 64;

/**
 * The hosts as a java.util.HashMap has them that was given their addresses in this order, which is what grpc-java builds
 * its ring from (RingHashLoadBalancer.java, acceptResolvedAddresses): bin by bin, and within a bin as they came. Trees,
 * which bins of nine and more become among many hosts, are taken for such bins here. Hosts whose addresses are names come
 * last, as they were given: gRPC balances over what names resolve to.
 */
export function byJavaMap(hosts: readonly Host[]): Host[] {
  const hashed = hosts.map((host) => ({ host, hash: spreadHash(host.instance.address) }));
  const hashes = hashed.map(({ hash }) => hash).filter((hash) => hash !== null);
  const mask = binsOf(hashes) - 1;
  const bin = (hash: number | null): number => (hash === null ? mask + 1 : hash & mask);
  return hashed.sort((a, b) => bin(a.hash) - bin(b.hash)).map(({ host }) => host);
}

/** How many bins there are once all of these are in the map. */
function binsOf(hashes: readonly number[]): number {
  let counts = new Uint32Array(FIRST_BINS);
  const double = (known: number): void => {
    counts = new Uint32Array(2 * counts.length);
    for (let i = 0; i < known; i++) counts[hashes[i] & (counts.length - 1)]++;
  };
  for (const [i, hash] of hashes.entries()) {
    const before = counts[hash & (counts.length - 1)]++;
    if (before >= LONGEST_BIN && counts.length < LEAST_BINS_OF_TREES) double(i + 1);
    if (i + 1 > LOAD_FACTOR * counts.length) double(i + 1);
  }
  return counts.length;
}

/** HashMap.hash of the EquivalentAddressGroup of this address; null: it is a name. */
function spreadHash(address: string): number | null {
  const socketHash = socketAddressHash(address);
  if (socketHash === null) return null;
  // List.hashCode of its one address.
  const hash = (31 + socketHash) | 0;
  return hash ^ (hash >>> 16);
}

/** InetSocketAddress.hashCode: that of the IP (Inet4Address, Inet6Address: its words of 32 bits, added up) and the port. */
function socketAddressHash(address: string): number | null {
  const four = ipv4Of(address);
  if (four !== null) {
    const [a, b, c, d] = four.bytes;
    return (((a << 24) | (b << 16) | (c << 8) | d) + four.port) | 0;
  }
  const six = ipv6Of(address);
  if (six === null) return null;
  return six.groups.reduce((sum, group, i) => (sum + (i % 2 === 0 ? group << 16 : group)) | 0, six.port);
}
