import type { ProbeVerdict } from './probe.ts';

/**
 * Turns a host's verdicts into its health, counting as Envoy does (HealthCheckerImplBase: handleSuccess, setUnhealthy):
 * `unhealthyThreshold` network failures in a row turn it unhealthy, an answer that says unhealthy does so at once, and
 * `healthyThreshold` passes in a row turn it healthy. A new host is unhealthy until its first pass, which is
 * enough. There Envoy is stricter: only when the very first check passes; "failing first disables fast success".
 */
export class HealthTally {
  healthy = false;
  private readonly unhealthyThreshold: number;
  private readonly healthyThreshold: number;
  /** Passes in a row while unhealthy, network failures in a row while healthy. */
  private inARow = 0;
  private hasPassed = false;

  constructor(unhealthyThreshold: number, healthyThreshold: number) {
    this.unhealthyThreshold = unhealthyThreshold;
    this.healthyThreshold = healthyThreshold;
  }

  /** Takes in one verdict and says whether `healthy` has changed. */
  record(verdict: ProbeVerdict): boolean {
    if ((verdict === 'pass') === this.healthy) {
      this.inARow = 0;
      return false;
    }
    this.inARow++;
    if (this.inARow < this.needed(verdict)) return false;
    this.hasPassed = true;
    this.inARow = 0;
    this.healthy = !this.healthy;
    return true;
  }

  /** How many such verdicts in a row it takes to change a host's health. */
  private needed(verdict: ProbeVerdict): number {
    if (verdict === 'badAnswer') return 1;
    if (verdict === 'pass') return this.hasPassed ? this.healthyThreshold : 1;
    return this.unhealthyThreshold;
  }
}
