import { invariant } from '../core/assert.ts';
import type { Instance } from '../core/instance.ts';
import type { Key } from '../core/key.ts';
import type { LoadReport } from '../core/load_report.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Host } from './host.ts';
import { inPanic } from './panic.ts';
import { Slots } from './slots.ts';
import type { Strategy } from './strategy.ts';

/**
 * What a balancer tells its owner, within the call that causes it. The balancer's own state is already the new one;
 * of a host, `pickable` turns just before its `onPickable`.
 */
export interface BalancerObserver {
  /** The host has entered the view. Comes before its first `onPickable`. */
  onAdded(host: Host): void;
  /** The host has left the view. Comes before its last `onPickable`. */
  onRemoved(host: Host): void;
  /** Panic begins or ends. Comes before the `onPickable` calls it causes. */
  onPanic(panic: boolean): void;
  /** The balancer may now, or may no longer, pick the host; panic included. */
  onPickable(host: Host, pickable: boolean): void;
}

export interface BalancerSettings {
  readonly strategy: Strategy;
  /** Share of healthy hosts, 0 to 1, below which all hosts are used; 0: never. Envoy's default is 0.5. */
  readonly panicThreshold: number;
  /** Whether a host that joins is believed healthy before anything is known of it. Envoy: only without active checks. */
  readonly initiallyHealthy: boolean;
  readonly observer: BalancerObserver;
}

/**
 * One caller's hosts of one service: who is in the view, who may be picked, and, by its strategy, who is picked.
 * Hosts of weight 0 are members but never pickable, and count neither as healthy nor in the total of the panic rule.
 */
export class Balancer {
  private readonly strategy: Strategy;
  private readonly panicThreshold: number;
  private readonly initiallyHealthy: boolean;
  private readonly observer: BalancerObserver;
  private readonly slots = new Slots();
  private byId = new Map<string, Host>();
  private memberHosts: readonly Host[] = [];
  private eligibleHosts: readonly Host[] = [];
  /** Whether `eligibleHosts` and the strategy lag behind. They catch up at the next pick, so a storm of changes costs one rebuild. */
  private stale = false;
  private panicking = false;
  /** Hosts of weight > 0, and how many of them are healthy. */
  private total = 0;
  private healthy = 0;

  constructor({ strategy, panicThreshold, initiallyHealthy, observer }: BalancerSettings) {
    if (!(panicThreshold >= 0 && panicThreshold <= 1)) {
      throw new RangeError(`panicThreshold must be a share from 0 to 1, found ${panicThreshold}`);
    }
    this.strategy = strategy;
    this.panicThreshold = panicThreshold;
    this.initiallyHealthy = initiallyHealthy;
    this.observer = observer;
  }

  /** All hosts in the view, in the registry's order. */
  get members(): readonly Host[] {
    return this.memberHosts;
  }

  /** The hosts that may be picked now, in the registry's order. */
  get eligible(): readonly Host[] {
    if (this.stale) this.rebuild();
    return this.eligibleHosts;
  }

  /** Whether health is disregarded because too few hosts are healthy. */
  get panic(): boolean {
    return this.panicking;
  }

  /**
   * Takes over a snapshot of the registry. A host survives while its instance keeps id, address and zone (as in Envoy);
   * its weight is taken over. Any other change is another server, and gets another host.
   */
  update(instances: readonly Instance[]): void {
    const old = this.memberHosts;
    const added = this.replaceMembers(instances);
    const removed = old.filter((host) => this.byId.get(host.instance.id) !== host);
    // Those with attempts in flight give their slots back with the last one, in release.
    const idle = removed.filter((host) => host.inFlight === 0);
    for (const host of removed) host.present = false;
    this.countHealthy();

    for (const host of removed) {
      this.observer.onRemoved(host);
      this.settle(host);
    }
    for (const host of added) this.observer.onAdded(host);
    this.settlePanic();
    for (const host of this.memberHosts) this.settle(host);
    // Last, so that no host that joins takes over the slot of one that leaves within the same update.
    for (const host of idle) this.slots.giveBack(host.slot);
  }

  /** What this caller believes of the host from now on. O(1) unless panic begins or ends. */
  setHealthy(host: Host, healthy: boolean): void {
    if (host.healthy === healthy) return;
    host.healthy = healthy;
    if (!host.present || host.weight === 0) return;
    this.healthy += healthy ? 1 : -1;
    if (this.settlePanic()) for (const member of this.memberHosts) this.settle(member);
    else this.settle(host);
  }

  /** A host to send to, or null where nobody may be picked. `attempt` is 0 for the first try. */
  pick(key: Key, attempt: number): Host | null {
    if (this.stale) this.rebuild();
    if (this.eligibleHosts.length === 0) return null;
    const host = this.strategy.pick(key, attempt, this.strategy.selector?.(key) ?? 0);
    invariant(host?.pickable, 'a strategy picks one of the eligible hosts, found another');
    return host;
  }

  /** An attempt is sent to the host. */
  acquire(host: Host): void {
    invariant(host.present, 'attempts go to hosts in the view, found one that has left');
    host.inFlight++;
    this.strategy.onStart(host);
  }

  /** An attempt sent to the host has ended; the host may have left the view since. */
  release(host: Host, latencyMs: number, outcome: Outcome, report: LoadReport | null = null): void {
    invariant(host.inFlight > 0, 'an attempt is released once, found none in flight');
    host.inFlight--;
    this.strategy.onEnd(host, latencyMs, outcome, report);
    if (host.inFlight === 0 && !host.present) this.slots.giveBack(host.slot);
  }

  /** Replaces `memberHosts`, keeping the hosts of the instances that stay; returns the new ones. */
  private replaceMembers(instances: readonly Instance[]): Host[] {
    const byId = new Map<string, Host>();
    const members: Host[] = [];
    const added: Host[] = [];
    this.stale ||= instances.length !== this.memberHosts.length;
    for (const instance of instances) {
      invariant(!byId.has(instance.id), () => `ids are unique within a service, found '${instance.id}' twice`);
      invariant(instance.weight >= 0, () => `a weight is at least 0, found ${instance.weight} of '${instance.id}'`);
      let host = this.byId.get(instance.id);
      if (host === undefined || !sameServer(host.instance, instance)) {
        host = this.newHost(instance);
        added.push(host);
      }
      this.stale ||= host.weight !== instance.weight || this.memberHosts[members.length] !== host;
      host.weight = instance.weight;
      byId.set(instance.id, host);
      members.push(host);
    }
    this.byId = byId;
    this.memberHosts = members;
    return added;
  }

  private newHost(instance: Instance): Host {
    return {
      instance,
      slot: this.slots.take(),
      weight: instance.weight,
      inFlight: 0,
      healthy: this.initiallyHealthy,
      pickable: false,
      present: true,
    };
  }

  private countHealthy(): void {
    this.total = 0;
    this.healthy = 0;
    for (const host of this.memberHosts) {
      if (host.weight === 0) continue;
      this.total++;
      if (host.healthy) this.healthy++;
    }
  }

  /** Brings panic up to date; whether it changed. */
  private settlePanic(): boolean {
    const panic = inPanic(this.healthy, this.total, this.panicThreshold);
    if (panic === this.panicking) return false;
    this.panicking = panic;
    this.observer.onPanic(panic);
    return true;
  }

  /** Brings the host's pickability up to date. */
  private settle(host: Host): void {
    const pickable = host.present && host.weight > 0 && (host.healthy || this.panicking);
    if (pickable === host.pickable) return;
    host.pickable = pickable;
    this.stale = true;
    this.observer.onPickable(host, pickable);
  }

  private rebuild(): void {
    this.stale = false;
    this.eligibleHosts = this.memberHosts.filter((host) => host.pickable);
    this.strategy.rebuild(this.memberHosts, this.eligibleHosts, weightOf);
  }
}

const weightOf = (host: Host): number => host.weight;

function sameServer(a: Instance, b: Instance): boolean {
  return a.address === b.address && a.zone === b.zone;
}
