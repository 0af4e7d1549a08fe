import type { Key } from '../../core/key.ts';
import type { LoadReport } from '../../core/load_report.ts';
import type { OptionValues } from '../../core/options.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { IdleQueue } from '../parts/idle_queue.ts';
import { Seats } from '../parts/seats.ts';
import { type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import { defineStrategy, type Strategy } from '../strategy.ts';

const options = {
  order: {
    type: 'choice',
    values: ['longest-idle', 'random'],
    default: 'longest-idle',
    doc: 'Which of the hosts that wait gets the request: the first of the queue, or one drawn among them.',
  },
} as const;

/**
 * Join-idle-queue: hosts known to be idle wait in a queue, the first of them gets the request, and where none waits a
 * host is drawn uniformly.
 *
 * - A host joins the queue when an answer reports nothing in flight there, from any caller. Where answers carry no report
 *   (and where an attempt ends without an answer), a host joins once this caller has nothing in flight to it.
 * - A host that becomes eligible joins unless this caller has requests in flight to it. Those that become so together
 *   join in order from a random one on, so that callers do not start in step.
 * - A host leaves the queue when the request it was picked for is sent, not when it is picked: one that was turned down
 *   waits on, and the next selection for the same request looks at the one behind it.
 * - Requests that other callers send, or other workers of this one, do not take a host out of the queue: the algorithm
 *   costs no communication when a request arrives, and so a host may wait there that is no longer idle. It is in the
 *   queue once at most.
 * - All callers think all hosts idle when they start, so many callers go round all hosts until those words are used up.
 *
 * In the paper a server that runs idle chooses the dispatcher whose queue it joins, at random or the shorter of some. Here
 * the word travels with the last answer, so it is the caller of that answer: nothing carries it to others. So it stays with
 * who uses it, and fewer requests find the queue empty than by a random choice: with 10 hosts a caller they wait 0.03
 * services instead of 0.16 at load 0.5, and 0.30 instead of 0.42 at 0.8.
 *
 * `order: random` is PULL, which is the same but for this. Its hosts too choose the caller they tell, at random.
 *
 * Weights are ignored. A host that fails at once is idle at once: pair it with health checks. O(1) per pick, and per
 * selection turned down, with `order: random` O(n); O(n) per rebuild.
 */
export const joinIdleQueue = defineStrategy({
  name: 'join-idle-queue',
  doc: 'The host that has been idle the longest, or a random one where none is known to be idle; ignores weights.',
  options,
  variants: [
    {
      when: {},
      system: 'Join-Idle-Queue',
      source: 'Lu et al., Join-Idle-Queue, Performance Evaluation 68(11), 2011',
      traits: { evenness: 'exact', weighted: 'none', affinity: 'none', feedback: 'report', cost: 'O(1)' },
    },
    {
      when: { order: 'random' },
      system: 'PULL',
      source: 'Stolyar, Pull-based load distribution among heterogeneous parallel servers, Queueing Systems 85, 2017',
      traits: { evenness: 'statistical', weighted: 'none', affinity: 'none', feedback: 'report', cost: 'O(n)' },
    },
  ],
  create: ({ options: given, random }) => new JoinIdleQueue(given, random),
});

class JoinIdleQueue implements Strategy {
  private readonly order: OptionValues<typeof options>['order'];
  private readonly random: Random;
  private seats = new Seats([]);
  private idle = new IdleQueue(0);
  /** Who was picked last, until a request is sent there: starts are heard of all workers. */
  private picked: Host | null = null;

  constructor({ order }: OptionValues<typeof options>, random: Random) {
    this.order = order;
    this.random = random;
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    const before = this.seats;
    const waiting = this.waiting();
    const joining = eligible.filter((host) => before.placeOf(host) === -1 && host.inFlight === 0);
    const first = joining.length > 1 ? this.random.int(joining.length) : 0;
    this.seats = new Seats(eligible);
    this.idle = new IdleQueue(eligible.length);
    for (const host of waiting) this.join(host);
    for (let i = 0; i < joining.length; i++) this.join(joining[(first + i) % joining.length]);
  }

  pick(_key: Key, attempt: number): Host {
    const { hosts } = this.seats;
    const place = this.waitingFor(attempt);
    const host = hosts[place === this.idle.end ? this.random.int(hosts.length) : place];
    this.picked = host;
    return host;
  }

  explain({ attempt, drawn }: PickMade): PickReason {
    const { idle, seats } = this;
    if (attempt >= idle.length) {
      const others = attempt === 0 ? 'nobody' : 'nobody else';
      return ruled(`drawn uniformly among ${seats.hosts.length}: ${others} waits as idle`);
    }
    if (drawn.length > 0) return ruled(`drawn uniformly among ${idle.length} that wait as idle`);
    return ruled(`number ${attempt + 1} of those that wait as idle`);
  }

  onStart(host: Host): void {
    if (host !== this.picked) return;
    this.picked = null;
    const place = this.seats.placeOf(host);
    if (place !== -1) this.idle.leave(place);
  }

  onEnd(host: Host, _latencyMs: number, _outcome: Outcome, report: LoadReport | null): void {
    if ((report === null ? host.inFlight : report.requestsInFlight) === 0) this.join(host);
  }

  /** Who of the queue gets the request once so many of it were turned down, which wait on; its end where nobody is left. */
  private waitingFor(attempt: number): number {
    const { idle } = this;
    if (attempt >= idle.length) return idle.end;
    return idle.at(this.order === 'random' ? this.random.int(idle.length) : attempt);
  }

  /** To the end of the queue, if it is eligible and not in it. */
  private join(host: Host): void {
    const place = this.seats.placeOf(host);
    if (place !== -1) this.idle.join(place);
  }

  private waiting(): Host[] {
    const { idle } = this;
    const hosts: Host[] = [];
    for (let place = idle.first; place !== idle.end; place = idle.after(place)) hosts.push(this.seats.hosts[place]);
    return hosts;
  }
}
