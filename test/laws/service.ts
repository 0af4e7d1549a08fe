import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import type { LoadProbe } from '../../src/balancer/strategy.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { LoadReport } from '../../src/core/load_report.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import type { Subject } from './law.ts';
import { rigOf } from './rig.ts';

/** The smallest of simulations: requests at a constant rate to hosts that answer each after its latency, without queues. */
export class Service {
  readonly balancer: Balancer;
  /** Per host, in order. May be changed between runs, as all below. */
  readonly latencyMs: number[];
  readonly fails: boolean[];
  /** What each says of its load with every answer. Absent: nothing. */
  reports: readonly LoadReport[] | null = null;
  private readonly clock = new ManualClock();

  constructor(subject: Subject, seed: number, weights: readonly number[]) {
    this.balancer = rigOf(subject, weights, {
      seed,
      clock: this.clock,
      probeLoad: (host, done) => this.answerProbe(host, done),
    });
    this.latencyMs = weights.map(() => 1);
    this.fails = weights.map(() => false);
  }

  /** Sends that many requests, one each `gapMs`; the hosts picked. `worker`: that of the n-th. */
  run(requests: number, gapMs: number, worker: (request: number) => number = () => 0): Host[] {
    const picked: Host[] = [];
    for (let i = 0; i < requests; i++) {
      this.clock.advance(gapMs);
      const host = this.balancer.pick(NO_KEY, 0, worker(i));
      if (host === null) throw new Error('nobody to pick');
      const place = this.placeOf(host);
      const latencyMs = this.latencyMs[place];
      const outcome = this.fails[place] ? Outcome.refused : Outcome.ok;
      const report = this.reports?.[place] ?? null;
      this.balancer.acquire(host);
      this.clock.schedule(latencyMs, () => this.balancer.release(host, latencyMs, outcome, report), 0);
      picked.push(host);
    }
    return picked;
  }

  /** As it reports, where it does. */
  private answerProbe(host: Host, done: Parameters<LoadProbe>[1]): void {
    const place = this.placeOf(host);
    const report = this.reports?.[place];
    done(host, report?.requestsInFlight ?? host.inFlight, this.latencyMs[place] + (report?.serviceTimeMs ?? 0));
  }

  private placeOf(host: Host): number {
    return this.balancer.members.indexOf(host);
  }
}
