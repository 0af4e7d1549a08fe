import type { Host } from '../../src/balancer/host.ts';
import { avalanche } from '../../src/core/hash/sdbm.ts';

export interface Point {
  readonly at: number;
  readonly host: Host;
}

/** The tree of src/lb_chash.c in order, for servers with these keys. */
export function tree(hosts: readonly Host[], keyOf: (host: Host) => number): Point[] {
  const all = hosts.flatMap((host) =>
    Array.from({ length: 16 * host.weight }, (_, i) => ({ at: avalanche((keyOf(host) + i) >>> 0), host })),
  );
  return all.sort((a, b) => a.at - b.at);
}

/** What chash_get_server_hash looks at, in its order: the nearest point, then all others clockwise. */
export function fromNearest(points: readonly Point[], hash: number): Host[] {
  let next = points.findIndex(({ at }) => at >= hash);
  if (next < 0) next = 0;
  const previous = (next + points.length - 1) % points.length;
  const before = (hash - points[previous].at + 2 ** 32) % 2 ** 32;
  const after = (points[next].at - hash + 2 ** 32) % 2 ** 32;
  const start = before <= after ? previous : next;
  return [...points.slice(start), ...points.slice(0, start)].map(({ host }) => host);
}

/** puid * SRV_EWGHT_RANGE, ids from 1 in the order of declaration. */
export const byId = (host: Host): number => (host.slot + 1) * 4096;
