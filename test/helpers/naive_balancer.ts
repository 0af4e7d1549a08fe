import type { Instance } from '../../src/core/instance.ts';

export interface NaiveHost {
  readonly id: string;
  weight: number;
  healthy: boolean;
  inFlight: number;
}

/** What a Balancer should be, in as few words as possible: everything is computed anew from plain lists. */
export class NaiveBalancer {
  members: NaiveHost[] = [];
  private readonly panicPercent: number;
  private readonly initiallyHealthy: boolean;

  constructor(panicPercent: number, initiallyHealthy: boolean) {
    this.panicPercent = panicPercent;
    this.initiallyHealthy = initiallyHealthy;
  }

  update(instances: readonly Instance[]): void {
    this.members = instances.map(({ id, weight }) => {
      const host = this.members.find((member) => member.id === id);
      return host ? Object.assign(host, { weight }) : { id, weight, healthy: this.initiallyHealthy, inFlight: 0 };
    });
  }

  /** Envoy, one priority: whole percentages, overprovisioning 140. */
  get panic(): boolean {
    const counted = this.members.filter((host) => host.weight > 0);
    const healthy = counted.filter((host) => host.healthy).length;
    if (counted.length === 0) return false;
    return Math.floor((140 * healthy) / counted.length) < 100 && 100 * healthy < this.panicPercent * counted.length;
  }

  get eligible(): string[] {
    return this.members.filter((host) => host.weight > 0 && (host.healthy || this.panic)).map((host) => host.id);
  }
}
