import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Host } from '../host.ts';
import { PerHost } from '../parts/per_host.ts';
import { comparedBy, type PickReason } from '../pick_reason.ts';
import { defineStrategy, type Strategy } from '../strategy.ts';

/** What an answer counts for in the moving averages. C3's patch to Cassandra and the authors' simulator have 0.9. */
const ALPHA = 0.9;

/** Above any score that was measured: as in peak EWMA, a host without history is tried once and then waited for. */
const PENALTY = 2 ** 47 - 1;

/** What is kept of each host, in this order: 1 once it has answered, response time, service time, queue. */
const WIDTH = 4;

/**
 * The replica ranking of C3, without its rate control: the host with the lowest score, the first among equals.
 *
 *   score = R - T + (1 + outstanding x clients + q)^exponent x T
 *
 * R, T and q are moving averages of the response time this caller sees, of the service time and of the queue the host
 * reports; outstanding is what this caller has in flight there. Each weighs a new value by 0.9; the first is taken as is.
 *
 * - A host without history scores 0 while idle, so that it is tried, and above all others until it has answered.
 * - Where answers carry no report the response time stands for the service time, and the queue counts as empty: the score
 *   is (1 + outstanding x clients)^exponent x R. An answer the host gave without serving leaves T as it was.
 * - Nothing is forgotten with time. A host found slow is tried again only when the others have piled up.
 * - Failures count as answers, so a host that fails fast looks fast: pair it with health checks.
 *
 * Weights are ignored. O(n) per pick and per rebuild.
 */
export const c3 = defineStrategy({
  name: 'c3',
  doc: 'The lowest of a score that grows with the cube of the queue expected there, by what hosts report; ignores weights.',
  options: {
    clients: {
      type: 'integer',
      min: 1,
      default: 1,
      doc: 'Callers that share the hosts: each is taken to have as much in flight to a host as this one. Write how many there are.',
    },
    exponent: {
      type: 'number',
      min: 1,
      max: 10,
      default: 3,
      doc: 'How steeply a longer queue is avoided: 1 in proportion to the wait, 3 as in the paper.',
    },
  },
  variants: [
    {
      when: {},
      system: 'C3 replica ranking',
      source: 'Suresh et al., C3, NSDI 2015, section 3.1; its Cassandra patch, c3/ScoreTracker.java',
      traits: { evenness: 'none', weighted: 'none', affinity: 'none', feedback: 'report', cost: 'O(n)' },
    },
  ],
  create: ({ options }) => new C3(options.clients, options.exponent),
});

class C3 implements Strategy {
  private readonly clients: number;
  private readonly exponent: number;
  private readonly state = new PerHost(WIDTH);
  /** What `score` found: a fraction that a call gives may have to be allocated. */
  private readonly found = new Float64Array(1);
  private hosts: readonly Host[] = [];

  constructor(clients: number, exponent: number) {
    this.clients = clients;
    this.exponent = exponent;
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    this.hosts = eligible.slice();
  }

  pick(): Host {
    const { hosts, found } = this;
    let best = hosts[0];
    this.score(best);
    let lowest = found[0];
    for (let i = 1; i < hosts.length; i++) {
      this.score(hosts[i]);
      if (found[0] >= lowest) continue;
      best = hosts[i];
      lowest = found[0];
    }
    return best;
  }

  explain(): PickReason {
    const rule = 'the lowest score of all, the first among equals';
    return comparedBy('score', this.hosts, (host) => this.scoreOf(host), rule);
  }

  onStart(): void {}

  onEnd(host: Host, latencyMs: number, _outcome: Outcome, report: LoadReport | null): void {
    const at = this.state.at(host);
    const { values } = this.state;
    const isFirst = values[at] === 0;
    const kept = isFirst ? 0 : 1 - ALPHA;
    const queued = report === null ? 0 : report.queued;
    let serviceMs = latencyMs;
    if (report !== null && report.serviceTimeMs > 0) serviceMs = report.serviceTimeMs;
    else if (report !== null && !isFirst) serviceMs = values[at + 2];
    values[at] = 1;
    values[at + 1] = kept * values[at + 1] + (1 - kept) * latencyMs;
    values[at + 2] = kept * values[at + 2] + (1 - kept) * serviceMs;
    values[at + 3] = kept * values[at + 3] + (1 - kept) * queued;
  }

  private scoreOf(host: Host): number {
    this.score(host);
    return this.found[0];
  }

  /** Puts the host's score into `found`. */
  private score(host: Host): void {
    const at = this.state.at(host);
    const { values } = this.state;
    if (values[at] === 0) {
      this.found[0] = host.inFlight === 0 ? 0 : PENALTY + host.inFlight;
      return;
    }
    const serviceMs = values[at + 2];
    const expected = 1 + host.inFlight * this.clients + values[at + 3];
    // The cube by hand: a power of an unknown exponent costs several times as much.
    const power = this.exponent === 3 ? expected * expected * expected : expected ** this.exponent;
    this.found[0] = values[at + 1] - serviceMs + power * serviceMs;
  }
}
