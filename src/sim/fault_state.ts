import type { FaultAction } from './config.ts';
import type { Membership } from './membership.ts';
import type { Recorder } from './recorder.ts';
import type { Server } from './server.ts';

/** What a fault may do to an instance's process or reachability while it lasts. */
export type Outage = 'crash' | 'blackhole' | 'hang';

/**
 * The faults acting on one instance. They overlap by union: an outage of a kind lasts from its first fault's start to
 * its last one's end; of several slow faults the largest factor counts; several error rates are independent coins.
 */
export class FaultState {
  private readonly server: Server;
  private readonly membership: Membership;
  private readonly recorder: Recorder;
  private readonly outages: Record<Outage, number> = { crash: 0, blackhole: 0, hang: 0 };
  private readonly slow: number[] = [];
  private readonly errors: { readonly rate: number; readonly probes: boolean }[] = [];
  /** Restarts that have announced themselves and not yet brought the process back. */
  private restarts = 0;

  constructor(server: Server, membership: Membership, recorder: Recorder) {
    this.server = server;
    this.membership = membership;
    this.recorder = recorder;
  }

  beginOutage(atMs: number, kind: Outage, entry: number): void {
    if (++this.outages[kind] > 1) return;
    const wasUp = this.server.up;
    // Truth first: what the outage does to requests comes after it.
    if (wasUp) this.recorder.truth(atMs, this.server.index, false, entry);
    if (kind === 'crash') {
      this.server.stop();
      this.membership.die();
    } else if (kind === 'blackhole') this.server.goDark();
    else this.server.hang();
  }

  endOutage(atMs: number, kind: Outage, entry: number): void {
    if (--this.outages[kind] > 0) return;
    if (kind === 'crash') this.server.start();
    else if (kind === 'blackhole') this.server.comeBack();
    else this.server.wake();
    if (this.server.up) this.recorder.truth(atMs, this.server.index, true, entry);
    if (kind === 'crash' && this.restarts === 0) this.membership.join();
  }

  /** A restart announces itself: the instance takes itself out of the registry. */
  announceRestart(atMs: number): void {
    if (++this.restarts === 1) this.recorder.planned(atMs, this.server.index, true);
    this.membership.leave();
  }

  /** The restarted process is back. */
  endRestart(atMs: number, entry: number): void {
    if (--this.restarts === 0) this.recorder.planned(atMs, this.server.index, false);
    this.endOutage(atMs, 'crash', entry);
  }

  beginImpairment(atMs: number, action: FaultAction & { kind: 'slow' | 'errors' }, entry: number): void {
    const before = this.slow.length + this.errors.length;
    if (action.kind === 'slow') this.slow.push(action.factor);
    else this.errors.push(action);
    this.applyImpairments();
    if (before === 0) this.recorder.impaired(atMs, this.server.index, true, entry);
  }

  endImpairment(atMs: number, action: FaultAction & { kind: 'slow' | 'errors' }, entry: number): void {
    if (action.kind === 'slow') this.slow.splice(this.slow.indexOf(action.factor), 1);
    else this.errors.splice(this.errors.indexOf(action), 1);
    this.applyImpairments();
    if (this.slow.length + this.errors.length === 0) {
      this.recorder.impaired(atMs, this.server.index, false, entry);
    }
  }

  private applyImpairments(): void {
    this.server.slowFactor = this.slow.length === 0 ? 1 : Math.max(...this.slow);
    this.server.errorRate = unionOfRates(this.errors);
    this.server.probeErrorRate = unionOfRates(this.errors.filter((fault) => fault.probes));
  }
}

/** The probability that at least one of several independent coins falls. */
function unionOfRates(faults: readonly { readonly rate: number }[]): number {
  return 1 - faults.reduce((none, fault) => none * (1 - fault.rate), 1);
}
