import type { Host } from '../host.ts';

/** Linux. */
const AF_INET = 2;
const AF_INET6 = 10;

/**
 * The hosts in the order of their socket addresses, as gRPC core's weighted_round_robin has them (weighted_round_robin.cc,
 * UpdateLocked: a std::set; endpoint_addresses.cc, EndpointAddressSet): the shorter address first, then byte by byte as
 * they lie in memory: the family, which says the same (IPv4 before IPv6), the port, the IP. A host whose address is a name
 * has none, since gRPC balances over what names resolve to: these come last, as they were given. Where two have the same
 * address gRPC knows one endpoint; here both stay, as they were given.
 */
export function bySocketAddress(hosts: readonly Host[]): Host[] {
  const addressed = hosts.map((host) => ({ host, bytes: socketAddress(host.instance.address) }));
  return addressed.sort((a, b) => compare(a.bytes, b.bytes)).map(({ host }) => host);
}

function compare(a: Uint8Array | null, b: Uint8Array | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at === -1 ? 0 : a[at] - b[at];
}

/** sockaddr_in, or sockaddr_in6 without flow and scope; null: no IP. */
function socketAddress(address: string): Uint8Array | null {
  const four = ipv4Of(address);
  if (four !== null) {
    const [a, b, c, d] = four.bytes;
    return bytesOf([AF_INET, four.port, a * 256 + b, c * 256 + d, 0, 0, 0, 0]);
  }
  const six = ipv6Of(address);
  return six === null ? null : bytesOf([AF_INET6, six.port, 0, 0, ...six.groups, 0, 0]);
}

/** The four bytes and the port (0 where there is none) of an IPv4 address; null: it is none. */
export function ipv4Of(address: string): { bytes: number[]; port: number } | null {
  const four = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?::(\d+))?$/.exec(address);
  if (four === null) return null;
  const [a, b, c, d, port] = four.slice(1).map((digits) => Number(digits ?? 0));
  return a > 255 || b > 255 || c > 255 || d > 255 ? null : { bytes: [a, b, c, d], port };
}

/** The eight groups of 16 bits and the port (0 where there is none) of an IPv6 address in brackets; null: it is none. */
export function ipv6Of(address: string): { groups: number[]; port: number } | null {
  // Of a scheme the parser does not know: it would leave out the port that is usual for another.
  const url = `tcp://${address}`;
  if (!address.startsWith('[') || !URL.canParse(url)) return null;
  const { hostname, port } = new URL(url);
  return { groups: ipv6Groups(hostname.slice(1, -1)), port: Number(port) };
}

/** Numbers of 16 bits, high byte first; but the family, the first, low byte first as its machine has it. */
function bytesOf([family, ...others]: readonly number[]): Uint8Array {
  return Uint8Array.from([family, 0, ...others.flatMap((number) => [number >>> 8, number & 255])]);
}

/** The eight groups of an address as URLs have it: lower case, `::` for one run of zeros, no dots. */
function ipv6Groups(ip: string): number[] {
  const [first, last] = ip
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16))));
  if (last === undefined) return first;
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}
