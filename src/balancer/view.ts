import { invariant } from '../core/assert.ts';
import { Connectivity } from '../core/connectivity.ts';
import type { Instance } from '../core/instance.ts';
import type { Host } from './host.ts';
import { Slots } from './slots.ts';

/** What a snapshot changed. */
export interface ViewChange {
  readonly added: readonly Host[];
  readonly removed: readonly Host[];
  /** Somebody joined, left, moved in the order, or is described otherwise. */
  readonly changed: boolean;
  /** Of those that stay, who is described otherwise, or weighs something else than the registry says (`HostWeights`). */
  readonly redescribed: ReadonlySet<Host>;
}

/** One caller's hosts of one service, in the registry's order, whoever may be picked. */
export class View {
  hosts: readonly Host[] = [];
  private byId = new Map<string, Host>();
  /** Whether there has been anybody. */
  private started = false;
  private readonly slots = new Slots();
  private readonly initiallyHealthy: boolean;
  private readonly initialConnection: Connectivity;
  private readonly asNginx: boolean;

  /** `asNginx`: see `replace`. */
  constructor(initiallyHealthy: boolean, initialConnection: Connectivity = Connectivity.ready, asNginx = false) {
    this.initiallyHealthy = initiallyHealthy;
    this.initialConnection = initialConnection;
    this.asNginx = asNginx;
  }

  /**
   * Takes over a snapshot. A host survives while its instance keeps id, address and zone (as in Envoy); what else is said
   * of it is taken over. Any other change is another server, and gets another host. To nginx so is one that has another
   * weight or is a backup by now, and new ones come last (ngx_http_upstream_zone_module.c, ngx_http_upstream_zone_resolve_handler).
   */
  replace(instances: readonly Instance[]): ViewChange {
    const old = this.hosts;
    const byId = new Map<string, Host>();
    const listed: Host[] = [];
    const added: Host[] = [];
    const redescribed = new Set<Host>();
    for (const instance of instances) {
      invariant(!byId.has(instance.id), () => `ids are unique within a service, found '${instance.id}' twice`);
      invariant(instance.weight >= 0, () => `a weight is at least 0, found ${instance.weight} of '${instance.id}'`);
      let host = this.byId.get(instance.id);
      if (host === undefined || !this.isSame(host.instance, instance)) {
        host = this.newHost(instance);
        added.push(host);
      }
      if (host.weight !== instance.weight || !sameDescription(host.instance, instance)) redescribed.add(host);
      host.instance = instance;
      if (host.weight !== instance.weight) host.reweighed++;
      host.weight = instance.weight;
      host.limit = instance.maxConnections ?? Infinity;
      byId.set(instance.id, host);
      listed.push(host);
    }
    const stayed = this.asNginx ? old.filter((host) => byId.get(host.instance.id) === host) : [];
    const hosts = this.asNginx ? [...stayed, ...added] : listed;
    const changed = hosts.length !== old.length || hosts.some((host, i) => old[i] !== host);
    this.byId = byId;
    this.hosts = hosts;
    this.started ||= hosts.length > 0;
    const removed = old.filter((host) => byId.get(host.instance.id) !== host);
    for (const host of removed) host.present = false;
    return { added, removed, changed: changed || redescribed.size > 0, redescribed };
  }

  /** The host of the name and address of one that has left; null: there is none. */
  again({ instance: { id, address } }: Host): Host | null {
    const host = this.byId.get(id);
    return host?.instance.address === address ? host : null;
  }

  /** The host has left and nothing of it is in flight: its slot may be given to another. */
  forget(host: Host): void {
    this.slots.giveBack(host.slot);
  }

  private isSame(a: Instance, b: Instance): boolean {
    if (!sameServer(a, b)) return false;
    return !this.asNginx || (a.weight === b.weight && (a.backup ?? false) === (b.backup ?? false));
  }

  private newHost(instance: Instance): Host {
    return {
      instance,
      slot: this.slots.take(),
      weight: instance.weight,
      reweighed: 0,
      forgotten: 0,
      priority: 0,
      inFlight: 0,
      placeless: 0,
      latest: {
        healthy: this.initiallyHealthy,
        degraded: false,
        excluded: false,
        connection: this.initialConnection,
      },
      limit: instance.maxConnections ?? Infinity,
      queued: 0,
      healthy: this.initiallyHealthy,
      degraded: false,
      excluded: false,
      connection: this.initialConnection,
      tried: false,
      pickable: false,
      present: true,
      later: this.started,
    };
  }
}

function sameServer(a: Instance, b: Instance): boolean {
  return a.address === b.address && a.zone === b.zone;
}

function sameDescription(a: Instance, b: Instance): boolean {
  if (a === b) return true;
  if ((a.priority ?? 0) !== (b.priority ?? 0) || (a.backup ?? false) !== (b.backup ?? false)) return false;
  if (a.maxConnections !== b.maxConnections || a.minConnections !== b.minConnections) return false;
  const [of, other] = [a.metadata ?? {}, b.metadata ?? {}];
  const keys = Object.keys(of);
  return keys.length === Object.keys(other).length && keys.every((key) => of[key] === other[key]);
}
