import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { Seats } from '../parts/seats.ts';
import { defineStrategy, type Strategy } from '../strategy.ts';

/**
 * Join-idle-queue: hosts known to be idle wait in a queue, the first of them gets the request, and where none waits a
 * host is drawn uniformly.
 *
 * - A host joins the queue when an answer reports nothing in flight there, from any caller. Where answers carry no report
 *   (and where an attempt ends without an answer), a host joins once this caller has nothing in flight to it.
 * - A host that becomes eligible joins unless this caller has requests in flight to it. Those that become so together
 *   join in order from a random one on, so that callers do not start in step.
 * - Requests that other callers send do not take a host out of the queue: the algorithm costs no communication when a
 *   request arrives, and so a host may wait there that is no longer idle. It is in the queue once at most.
 *
 * In the paper a server that runs idle chooses the dispatcher whose queue it joins, at random or the shorter of some.
 * Here the word travels with the last answer, so it is the caller of that answer. Weights are ignored. A host that fails
 * at once is idle at once: pair it with health checks. O(1) per pick, O(n) per rebuild.
 */
export const joinIdleQueue = defineStrategy({
  name: 'join-idle-queue',
  doc: 'The host that has been idle the longest, or a random one where none is known to be idle; ignores weights.',
  options: {},
  variants: [
    {
      when: {},
      system: 'Join-Idle-Queue',
      source: 'Lu et al., Join-Idle-Queue, Performance Evaluation 68(11), 2011',
      traits: { evenness: 'exact', weighted: 'none', affinity: 'none', feedback: 'report', cost: 'O(1)' },
    },
  ],
  create: ({ random }) => new JoinIdleQueue(random),
});

class JoinIdleQueue implements Strategy {
  private readonly random: Random;
  private seats = new Seats([]);
  /** Places of idle hosts: `size` of them from `head` on, first come first, round the end. */
  private queue = new Int32Array(0);
  private head = 0;
  private size = 0;
  /** By place, 1 while the host is in the queue. */
  private queued = new Uint8Array(0);

  constructor(random: Random) {
    this.random = random;
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    const before = this.seats;
    const waiting = this.waiting();
    const joining = eligible.filter((host) => before.placeOf(host) === -1 && host.inFlight === 0);
    const first = joining.length > 1 ? this.random.int(joining.length) : 0;
    this.seats = new Seats(eligible);
    this.queue = new Int32Array(eligible.length);
    this.queued = new Uint8Array(eligible.length);
    this.head = 0;
    this.size = 0;
    for (const host of waiting) this.join(host);
    for (let i = 0; i < joining.length; i++) this.join(joining[(first + i) % joining.length]);
  }

  pick(): Host {
    const { hosts } = this.seats;
    if (this.size === 0) return hosts[this.random.int(hosts.length)];
    const place = this.queue[this.head];
    this.head = this.head + 1 === this.queue.length ? 0 : this.head + 1;
    this.size--;
    this.queued[place] = 0;
    return hosts[place];
  }

  onStart(): void {}

  onEnd(host: Host, _latencyMs: number, _outcome: Outcome, report: LoadReport | null): void {
    if ((report === null ? host.inFlight : report.requestsInFlight) === 0) this.join(host);
  }

  /** To the end of the queue, if it is eligible and not in it. */
  private join(host: Host): void {
    const place = this.seats.placeOf(host);
    if (place === -1 || this.queued[place] === 1) return;
    const end = this.head + this.size;
    this.queue[end >= this.queue.length ? end - this.queue.length : end] = place;
    this.size++;
    this.queued[place] = 1;
  }

  private waiting(): Host[] {
    const { queue, head } = this;
    return Array.from({ length: this.size }, (_, i) => this.seats.hosts[queue[(head + i) % queue.length]]);
  }
}
