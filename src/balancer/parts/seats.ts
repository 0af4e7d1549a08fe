import type { Host } from '../host.ts';

/** The eligible hosts by their places, and the place of any host: for strategies that are told of hosts from outside. */
export class Seats {
  readonly hosts: readonly Host[];
  /** By slot, the place of the host that had the slot; it need not be the one that has it now. */
  private readonly placeOfSlot: Int32Array;

  constructor(eligible: readonly Host[]) {
    this.hosts = eligible.slice();
    this.placeOfSlot = new Int32Array(eligible.reduce((top, host) => Math.max(top, host.slot + 1), 0));
    for (let place = 0; place < eligible.length; place++) this.placeOfSlot[eligible[place].slot] = place;
  }

  /** Where the host sits, or -1 where it is not one of these. */
  placeOf(host: Host): number {
    if (host.slot >= this.placeOfSlot.length) return -1;
    const place = this.placeOfSlot[host.slot];
    return this.hosts[place] === host ? place : -1;
  }
}
