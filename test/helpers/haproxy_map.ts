import type { Host } from '../../src/balancer/host.ts';

/** HAProxy's map for hosts of whole weights up to 256, as src/lb_map.c says it: init_server_map, then recalc_server_map. */
export function haproxyMap(members: readonly Host[], eligible: readonly Host[] = members): Host[] {
  const divides = (unit: number): boolean => members.every(({ weight }) => weight % unit === 0);
  let unit = members[0].weight;
  while (!divides(unit)) unit--;
  const total = eligible.reduce((sum, { weight }) => sum + weight / unit, 0);
  const scores = new Map(eligible.map((host) => [host, 0]));
  const map: Host[] = [];
  while (map.length < total) {
    let best: Host | null = null;
    let max = 0;
    for (const host of eligible) {
      const score = (scores.get(host) ?? 0) + host.weight / unit;
      scores.set(host, score);
      // Integer division of C.
      const value = Math.trunc((score + total) / total);
      if (best === null || value > max) {
        max = value;
        best = host;
      }
    }
    map.push(best as Host);
    scores.set(best as Host, (scores.get(best as Host) ?? 0) - total);
  }
  return map;
}
