import { type Clock, NO_TIMER, type TimerId } from '../../../core/clock.ts';
import type { Instance } from '../../../core/instance.ts';
import { VersionLog } from '../version_log.ts';

/** A pod as the API server holds it. */
export interface Pod {
  readonly instance: Instance;
  /** Its Ready condition. */
  ready: boolean;
  /** It is marked for deletion. */
  terminating: boolean;
}

/**
 * The EndpointSlices of the service and the controller that writes them, `batchMs` after the first change it has not
 * written yet. An endpoint is ready where its pod is and is not terminating, and serving where its pod is ready,
 * terminating or not.
 */
export class Endpoints {
  readonly log: VersionLog;
  /** In the order in which they were created. */
  private readonly pods: Pod[] = [];
  private readonly clock: Clock;
  private readonly batchMs: number;
  private readonly onWritten: () => void;
  private turn: TimerId = NO_TIMER;
  private evidenceAtMs = Number.POSITIVE_INFINITY;
  private written = '';

  /** On the control plane's clock. */
  constructor(clock: Clock, batchMs: number, onWritten: () => void) {
    this.clock = clock;
    this.batchMs = batchMs;
    this.onWritten = onWritten;
    this.log = new VersionLog(clock.now());
  }

  add(pod: Pod): void {
    this.pods.push(pod);
  }

  /** The API server holds something new of a pod, known by what arose at `evidenceAtMs`. */
  changed(evidenceAtMs: number): void {
    this.evidenceAtMs = Math.min(this.evidenceAtMs, evidenceAtMs);
    if (this.turn === NO_TIMER) this.turn = this.clock.schedule(this.batchMs, this.sync, 0);
  }

  /** Writes what has changed now and not in its turn: for what was there before the run. */
  readonly sync = (): void => {
    this.clock.cancel(this.turn);
    this.turn = NO_TIMER;
    const { evidenceAtMs } = this;
    this.evidenceAtMs = Number.POSITIVE_INFINITY;
    const state = this.pods.map(({ ready, terminating }) => (ready ? (terminating ? 's' : 'r') : '-')).join('');
    if (state === this.written) return;
    this.written = state;
    const now = this.clock.now();
    // Before the run nothing had to change for what is written: nobody may be ready yet.
    this.log.publish(now, usable(this.pods), Math.min(evidenceAtMs, now));
    this.onWritten();
  };
}

/** kube-proxy's choice (pkg/proxy/topology.go): the ready ones; only where there are none, those that serve and terminate. */
function usable(pods: readonly Pod[]): Instance[] {
  const serving = pods.filter(({ ready }) => ready);
  const ready = serving.filter(({ terminating }) => !terminating);
  return (ready.length > 0 ? ready : serving).map(({ instance }) => instance);
}
