import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { type ApertureTable, arcsInSlice, SliceTable } from '../parts/aperture.ts';
import { FinagleOrder } from '../parts/finagle_order.ts';
import { ApertureNodes } from './aperture_nodes.ts';
import { sharesInSlice } from './ring_slice.ts';
import { defineSubsetting, type Subsetting } from './subsetting.ts';

/**
 * Finagle's deterministic aperture. Hosts lie on a ring in the order of `FinagleOrder`, each on an arc as long as its share of
 * the weights; the caller uses a slice that starts at its own place in the group, i/C of the way round. The slice is as
 * wide as minAperture hosts of average weight, rounded up to whole Cs of the ring, so that the slices of all callers
 * together cover the ring a whole number of times: each host is offered exactly its share. A host across the edge of
 * the slice counts for the part that lies within.
 *
 * A host of weight 0 counts among the hosts that the slice is measured by, and is never in it; in Finagle such hosts are used
 * where there are no others.
 *
 * Hosts whose addresses are names lie on it in the registry's order, in which all callers must see them then. A host that joins or leaves moves the edges of all slices a little.
 */
export const deterministicAperture = defineSubsetting({
  name: 'deterministic-aperture',
  doc: 'A slice of the ring of hosts from the place of the caller on; the slices of all callers cover each host equally.',
  system: 'Finagle deterministic aperture',
  source: 'finagle-core loadbalancer/aperture/WeightedAperture.scala and DeterministicAperture.scala',
  options: {
    minAperture: {
      type: 'integer',
      // Finagle's flag minDeterministicAperture, which does not go below 2; aperture's own minimum is not looked at.
      min: 2,
      default: 12,
      doc: 'How many hosts of average weight the slice is wide, at least, where there are as many.',
    },
  },
  create: ({ options, caller, callers, shared }) =>
    new DeterministicAperture(options.minAperture, caller, callers, shared),
});

class DeterministicAperture implements Subsetting {
  private readonly minAperture: number;
  private readonly unitWidth: number;
  private readonly offset: number;
  /** The tokens decide nothing here: Finagle draws them for every aperture alike. */
  private readonly nodes: ApertureNodes;
  readonly weightless = true;
  private readonly endpoints = new FinagleOrder();
  table: ApertureTable | null = null;

  constructor(minAperture: number, caller: number, callers: number, random: Random) {
    this.nodes = new ApertureNodes(random);
    this.minAperture = minAperture;
    this.unitWidth = 1 / callers;
    this.offset = (caller * this.unitWidth) % 1;
  }

  select(hosts: readonly Host[]): number[] {
    const ordered = this.endpoints.of(hosts);
    this.nodes.update(ordered);
    this.table = null;
    if (hosts.length === 0) return [];
    const weights = ordered.map((host) => host.weight);
    const width = this.width(hosts.length);
    this.table = new SliceTable(ordered, arcsInSlice(weights, this.offset, width));
    const shares = sharesInSlice(weights, this.offset, width);
    const shareOf = new Map(ordered.map((host, i) => [host, shares[i]]));
    return hosts.map((host) => shareOf.get(host) ?? 0);
  }

  nobody(): void {
    this.nodes.fail();
  }

  /** Finagle's dApertureWidth, in its order of operations, so that it rounds up where that does: 12 of 20 hosts to 13. */
  private width(hosts: number): number {
    const logical = Math.min(this.minAperture, hosts) * (1 / hosts);
    return Math.min(1, Math.ceil(logical / this.unitWidth) * this.unitWidth);
  }
}
