import type { Clock } from '../../../core/clock.ts';
import type { Presence } from '../registry_system.ts';
import { everyPeriod, type Grid, untilNext } from '../ticks.ts';
import type { Endpoints, Pod } from './endpoints.ts';
import type { Node } from './node_monitor.ts';

export interface KubeletOptions {
  readonly clock: Clock;
  readonly pod: Pod;
  readonly endpoints: Pick<Endpoints, 'changed'>;
  /** Whether it reaches the API server. */
  readonly isHeard: () => boolean;
  /** Whether the control plane works. */
  readonly isControlled: () => boolean;
  readonly relist: Grid;
  readonly statusSync: Grid;
  readonly leaseRenew: Grid;
  /** Whether its pod has a readiness probe, and so is not ready until that has passed. */
  readonly isProbed: boolean;
}

/**
 * A node with one pod, and its kubelet. Process deaths and starts are seen when it next lists its containers; a change of
 * readiness goes to the API server at once, and what could not, or was overruled there, with the next sync of statuses.
 * Deletion is the control plane's word and needs nobody's hearing: it makes the pod terminating at once, while the
 * process serves on (preStop) until it is told to stop.
 */
export class Kubelet implements Presence, Node {
  renewedAtMs: number;
  private readonly options: KubeletOptions;
  private readonly sinceMs: number;
  /** Whether the process is there, and whether the kubelet has seen so. */
  private running = false;
  private seenRunning = false;
  private passing: boolean;
  private alive = true;
  private deletion = false;
  private looking = false;
  private reconciling = false;

  constructor(options: KubeletOptions) {
    this.options = options;
    this.sinceMs = options.clock.now();
    const { clock, leaseRenew, isProbed } = options;
    this.passing = !isProbed;
    // It has been renewing since before the run.
    this.renewedAtMs = clock.now() + untilNext(leaseRenew, clock.now()) - leaseRenew.periodMs;
    everyPeriod(clock, untilNext(leaseRenew, clock.now()), leaseRenew.periodMs, () => {
      if (this.alive && options.isHeard()) this.renewedAtMs = clock.now();
    });
  }

  join(): void {
    this.deletion = false;
    this.running = true;
    if (this.options.clock.now() > this.sinceMs) {
      // A new container has to pass anew, even where the old one was never missed.
      if (this.options.isProbed) this.passing = false;
      this.lookSoon();
      return;
    }
    // Who is there when the run begins was seen long ago.
    this.see(this.sinceMs);
  }

  die(): void {
    this.running = false;
    this.lookSoon();
  }

  leave(): void {
    this.deletion = true;
    this.delete();
  }

  /** A container that is started again leaves its pod where it is. */
  quit(): void {}

  reachable(): void {}

  machine(present: boolean): void {
    this.alive = present;
    if (!present) return;
    // All its containers are new.
    if (this.options.isProbed) this.passing = false;
    this.lookSoon();
    this.reconcileSoon();
  }

  /** The control plane works again. */
  controlled(): void {
    if (this.deletion) this.delete();
  }

  setPassing(passing: boolean, evidenceAtMs: number): void {
    this.passing = passing;
    this.report(evidenceAtMs);
  }

  unreachable(evidenceAtMs: number): void {
    if (!this.options.pod.ready) return;
    this.options.pod.ready = false;
    this.options.endpoints.changed(evidenceAtMs);
    this.reconcileSoon();
  }

  private delete(): void {
    const { pod, endpoints, clock, isControlled } = this.options;
    if (pod.terminating || !isControlled()) return;
    pod.terminating = true;
    endpoints.changed(clock.now());
  }

  private lookSoon(): void {
    if (this.looking) return;
    this.looking = true;
    const { clock, relist } = this.options;
    clock.schedule(untilNext(relist, clock.now()), this.look, 0);
  }

  private readonly look = (): void => {
    this.looking = false;
    // A machine that is gone sees nothing; it looks again when it is back.
    if (this.alive) this.see(this.options.clock.now());
  };

  private see(nowMs: number): void {
    const { isProbed } = this.options;
    if (this.seenRunning !== this.running) {
      this.seenRunning = this.running;
      if (!this.running && isProbed) this.passing = false;
    }
    this.report(nowMs);
  }

  /** Tells the API server how the pod stands, where that is news to it. */
  private report(evidenceAtMs: number): void {
    const { pod, endpoints, isHeard } = this.options;
    const ready = this.seenRunning && this.passing;
    // A process that has started after its pod was deleted is another pod's.
    const reborn = pod.terminating && !this.deletion && this.seenRunning;
    if (!this.alive || (pod.ready === ready && !reborn)) return;
    if (!isHeard()) {
      this.reconcileSoon();
      return;
    }
    pod.ready = ready;
    if (reborn) pod.terminating = false;
    endpoints.changed(evidenceAtMs);
  }

  private reconcileSoon(): void {
    if (this.reconciling || !this.alive) return;
    this.reconciling = true;
    const { clock, statusSync } = this.options;
    const reconcile = (): void => {
      this.reconciling = false;
      this.report(clock.now());
    };
    clock.schedule(untilNext(statusSync, clock.now()), reconcile, 0);
  }
}
