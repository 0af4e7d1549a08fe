import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { type ApertureTable, RunningSumsTable } from '../parts/aperture.ts';
import { FinagleOrder } from '../parts/finagle_order.ts';
import { ApertureNodes } from './aperture_nodes.ts';
import { LoadBand } from './load_band.ts';
import { sharesInSlice } from './ring_slice.ts';
import { defineSubsetting, type Subsetting } from './subsetting.ts';

/**
 * Finagle's random aperture: the first k hosts in an order of the caller's own, where k follows the load. The order is
 * by a random token drawn for each host when it joins and kept while it stays and weighs the same, the healthy first.
 * With unequal weights the aperture is k/n of all weight in that order, and the host across its edge counts for the part
 * within.
 *
 * The order is made anew, and k starts again from its minimum, when a host joins, leaves or weighs something else; at a
 * pick that finds one of those healthy again that were not as the order was made; and when nobody in the aperture can be
 * picked: with a strategy that has Finagle's panic mode once it has tried that often in vain, and with any other at once.
 *
 * \`least-request\` with \`algorithm: finagle-aperture\` and \`peak-ewma\` with \`weighted\` draw within it as Finagle does; both
 * with \`maxEffort\`, without which they do not draw from those that are down. An unhealthy host is what Finagle calls busy.
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
  create: ({ options, shared, toldInVain }) => {
    const { minAperture, lowLoad, highLoad, smoothWindow } = options;
    return new RandomAperture(minAperture, new LoadBand(lowLoad, highLoad, smoothWindow), shared, toldInVain);
  },
});

class RandomAperture implements Subsetting {
  readonly weightless = true;
  private readonly minAperture: number;
  private readonly band: LoadBand;
  private readonly nodes: ApertureNodes;
  private readonly toldInVain: boolean;
  private readonly endpoints = new FinagleOrder();
  /** All hosts, in Finagle's order as of when one last came or went. */
  private hosts: readonly Host[] = [];
  /** Those that were unhealthy when the order was made. */
  private unhealthy: readonly Host[] = [];
  /** All hosts, by health as it was when the order was made, then by token. */
  table: ApertureTable = new RunningSumsTable([], { width: 0 });
  /** The width \`select\` answered for last; -1: the order is another since. */
  private selected = -1;

  constructor(minAperture: number, band: LoadBand, random: Random, toldInVain: boolean) {
    this.minAperture = minAperture;
    this.band = band;
    this.nodes = new ApertureNodes(random);
    this.toldInVain = toldInVain;
  }

  select(hosts: readonly Host[]): number[] {
    const ordered = this.endpoints.of(hosts);
    if (this.nodes.update(ordered)) {
      this.hosts = ordered;
      this.reorder();
    }
    let shares = this.shares();
    if (!this.toldInVain && hosts.some(isUsable) && !hosts.some((host) => isUsable(host) && shares.get(host) !== 0)) {
      this.reorder();
      shares = this.shares();
    }
    this.selected = this.band.width;
    return hosts.map((host) => shares.get(host) ?? 0);
  }

  started(nowMs: number): boolean {
    this.band.started(nowMs);
    return this.hasMoved;
  }

  ended(nowMs: number): boolean {
    this.band.ended(nowMs);
    return this.hasMoved;
  }

  picked(): boolean {
    for (let i = 0; i < this.unhealthy.length; i++) {
      if (!this.unhealthy[i].healthy) continue;
      this.reorder();
      break;
    }
    return this.hasMoved;
  }

  nobody(nowMs: number): void {
    this.nodes.fail();
    this.band.started(nowMs);
    this.band.ended(nowMs);
  }

  inVain(): void {
    this.reorder();
  }

  private get hasMoved(): boolean {
    return this.band.width !== this.selected;
  }

  private reorder(): void {
    const { hosts } = this;
    const byToken = hosts.toSorted((a, b) => this.nodes.tokenOf(a) - this.nodes.tokenOf(b));
    this.unhealthy = byToken.filter((host) => !host.healthy);
    this.table = new RunningSumsTable([...byToken.filter((host) => host.healthy), ...this.unhealthy], this.band);
    this.band.restart(Math.min(this.minAperture, hosts.length), hosts.length);
    this.selected = -1;
  }

  private shares(): Map<Host, number> {
    const { hosts, weights } = this.table;
    const shares = sharesInSlice(Array.from(weights), 0, this.band.width / hosts.length);
    return new Map(hosts.map((host, i) => [host, shares[i]]));
  }
}

function isUsable(host: Host): boolean {
  return host.healthy && host.weight > 0;
}
