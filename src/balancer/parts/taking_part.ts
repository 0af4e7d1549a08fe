import type { Host } from '../host.ts';

/** Whether nginx considers a host that is up: it was not tried, where those are passed by, and has not reached its max_conns. */
export function takesPart(host: Host, passesTried: boolean): boolean {
  return host.inFlight < host.limit && !(passesTried && host.tried);
}

/** Those of whom somebody is picked. */
export function takingPart(hosts: readonly Host[]): readonly Host[] {
  return hosts.filter((host) => takesPart(host, true));
}

/** Whether any of these may have so many in flight that it takes no part. */
export function anyLimited(hosts: readonly Host[]): boolean {
  return hosts.some(({ limit }) => limit < Infinity);
}
