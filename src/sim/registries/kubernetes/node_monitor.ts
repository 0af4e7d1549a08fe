import type { Clock } from '../../../core/clock.ts';
import { everyPeriod } from '../ticks.ts';

/** A node as the control plane knows it. */
export interface Node {
  /** When its lease was last renewed. */
  renewedAtMs: number;
  /** Its pods are not ready, by what arose at `evidenceAtMs`; their kubelet may say otherwise once it is heard. */
  unreachable(evidenceAtMs: number): void;
}

interface Watched {
  readonly node: Node;
  /** The renewal last seen, and when it was seen. */
  renewedAtMs: number;
  seenAtMs: number;
  lost: boolean;
}

/**
 * The node lifecycle controller (kubernetes, pkg/controller/nodelifecycle, tryUpdateNodeHealth): looks at all leases every
 * period. One that it has seen no renewal of for the grace period, counted from the pass that saw the last one, makes its
 * node's pods not ready. Its passes are as far apart as the period and the work in them, so a grace period of a whole
 * number of periods is over in the pass that far away.
 */
export class NodeMonitor {
  private readonly clock: Clock;
  private readonly graceMs: number;
  private readonly watched: Watched[] = [];

  /** On the control plane's clock. */
  constructor(clock: Clock, firstMs: number, periodMs: number, graceMs: number) {
    this.clock = clock;
    this.graceMs = graceMs;
    everyPeriod(clock, firstMs, periodMs, () => this.pass());
  }

  add(node: Node): void {
    this.watched.push({ node, renewedAtMs: node.renewedAtMs, seenAtMs: this.clock.now(), lost: false });
  }

  /** After an outage of the control plane the controller starts anew: what it saw last, it sees now. */
  restart(): void {
    for (const watched of this.watched) watched.seenAtMs = this.clock.now();
  }

  private pass(): void {
    const now = this.clock.now();
    for (const watched of this.watched) {
      const { node } = watched;
      if (node.renewedAtMs > watched.renewedAtMs) {
        watched.renewedAtMs = node.renewedAtMs;
        watched.seenAtMs = now;
        watched.lost = false;
      } else if (!watched.lost && now - watched.seenAtMs >= this.graceMs - 1e-6) {
        watched.lost = true;
        node.unreachable(node.renewedAtMs);
      }
    }
  }
}
