import type { Host } from '../host.ts';

/**
 * A few numbers per host that a strategy keeps to itself, in one typed array indexed by slot. Survives rebuilds; a host
 * that takes over a slot starts with zeros.
 */
export class PerHost {
  /** The numbers of the host at index `at(host)` and those that follow. Replaced when it grows: read it anew after `at`. */
  values: Float64Array;
  private readonly width: number;
  private readonly owners: Host[] = [];

  constructor(width: number) {
    this.width = width;
    this.values = new Float64Array(16 * width);
  }

  /** Index of the host's first number in `values`. */
  at(host: Host): number {
    if (this.owners[host.slot] !== host) this.claim(host);
    return host.slot * this.width;
  }

  private claim(host: Host): void {
    // Dense, so that the array of owners stays a fast one.
    while (this.owners.length < host.slot) this.owners.push(host);
    this.owners[host.slot] = host;
    const start = host.slot * this.width;
    if (start + this.width > this.values.length) {
      const larger = new Float64Array(2 * (start + this.width));
      larger.set(this.values);
      this.values = larger;
    }
    this.values.fill(0, start, start + this.width);
  }
}
