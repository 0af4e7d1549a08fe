import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { LoadBand } from './load_band.ts';
import { sharesInSlice } from './ring_slice.ts';
import { defineSubsetting, type Subsetting } from './subsetting.ts';

/**
 * Finagle's random aperture: the first k hosts in an order of the caller's own, where k follows the load. The order is
 * by a random token drawn for each host when it joins and kept while it stays, the healthy first. With unequal weights
 * the aperture is k/n of all weight in that order, and the host across its edge counts for the part within.
 *
 * The order is made anew, and k starts again from its minimum, when a host joins or leaves, when one that was unhealthy
 * as the order was made is healthy again, and when nobody in the aperture is healthy though others are. (Finagle sees the
 * last two only as it picks: by a glance at each pick, and after five picks that found nobody.)
 *
 * Nothing makes the callers' apertures fit together: how many callers use a host is binomial.
 */
export const randomAperture = defineSubsetting({
  name: 'random-aperture',
  doc: 'The first k hosts in a random order of its own; k grows and shrinks with what is in flight.',
  system: 'Finagle random aperture',
  source: 'finagle-core loadbalancer/aperture/RandomAperture.scala and LoadBand.scala; defaults of Balancers.scala',
  options: {
    minAperture: { type: 'integer', min: 1, default: 1, doc: 'The fewest hosts used, where there are as many.' },
    lowLoad: { type: 'number', min: 0, default: 0.875, doc: 'One host fewer at this many in flight per host used.' },
    highLoad: { type: 'number', min: 0, default: 1.125, doc: 'One host more at this many in flight per host used.' },
    smoothWindow: {
      type: 'duration',
      min: 0,
      default: 15_000,
      doc: 'Mean lifetime of the moving average of what is in flight; 0 for no average.',
    },
  },
  create: ({ options, random }) => {
    const { minAperture, lowLoad, highLoad, smoothWindow } = options;
    return new RandomAperture(minAperture, new LoadBand(lowLoad, highLoad, smoothWindow), random);
  },
});

class RandomAperture implements Subsetting {
  private readonly minAperture: number;
  private readonly band: LoadBand;
  private readonly random: Random;
  private readonly tokens = new WeakMap<Host, number>();
  /** All hosts, by health as it was when the order was made, then by token. */
  private order: readonly Host[] = [];
  /** The width `select` answered for last. */
  private selected = 0;
  /** Those that were unhealthy when the order was made. */
  private unhealthy: readonly Host[] = [];

  constructor(minAperture: number, band: LoadBand, random: Random) {
    this.minAperture = minAperture;
    this.band = band;
    this.random = random;
  }

  select(hosts: readonly Host[]): number[] {
    if (!sameHosts(this.order, hosts) || this.unhealthy.some((host) => host.healthy)) this.rebuild(hosts);
    let shares = this.shares();
    const usable = hosts.some((host) => host.healthy && host.weight > 0);
    if (usable && !hosts.some((host) => host.healthy && (shares.get(host) ?? 0) > 0)) {
      this.rebuild(hosts);
      shares = this.shares();
    }
    this.selected = this.band.width;
    return hosts.map((host) => shares.get(host) ?? 0);
  }

  started(nowMs: number): boolean {
    this.band.started(nowMs);
    return this.band.width !== this.selected;
  }

  ended(nowMs: number): boolean {
    this.band.ended(nowMs);
    return this.band.width !== this.selected;
  }

  private rebuild(hosts: readonly Host[]): void {
    for (const host of hosts) if (!this.tokens.has(host)) this.tokens.set(host, this.random.uint32());
    const byToken = hosts.toSorted((a, b) => this.token(a) - this.token(b));
    this.unhealthy = byToken.filter((host) => !host.healthy);
    this.order = [...byToken.filter((host) => host.healthy), ...this.unhealthy];
    this.band.restart(Math.min(this.minAperture, hosts.length), hosts.length);
  }

  private token(host: Host): number {
    return this.tokens.get(host) ?? 0;
  }

  private shares(): Map<Host, number> {
    const weights = this.order.map((host) => host.weight);
    const shares = sharesInSlice(weights, 0, this.band.width / this.order.length);
    return new Map(this.order.map((host, i) => [host, shares[i]]));
  }
}

function sameHosts(a: readonly Host[], b: readonly Host[]): boolean {
  if (a.length !== b.length) return false;
  const known = new Set(a);
  return b.every((host) => known.has(host));
}
