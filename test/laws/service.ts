import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { balancerOf } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { create, type Subject } from './law.ts';

/** The smallest of simulations: requests at a constant rate to hosts that answer each after its latency, without queues. */
export class Service {
  readonly balancer: Balancer;
  /** Per host, in order. May be changed between runs. */
  readonly latencyMs: number[];
  private readonly clock = new ManualClock();

  constructor(subject: Subject, seed: number, hosts: number) {
    this.balancer = balancerOf(create(subject, seed, this.clock), Array(hosts).fill(1));
    this.latencyMs = Array(hosts).fill(1);
  }

  /** Sends that many requests, one each `gapMs`; the hosts picked. */
  run(requests: number, gapMs: number): Host[] {
    const picked: Host[] = [];
    for (let i = 0; i < requests; i++) {
      this.clock.advance(gapMs);
      const host = this.balancer.pick(NO_KEY, 0);
      if (host === null) throw new Error('nobody to pick');
      const latencyMs = this.latencyMs[this.balancer.members.indexOf(host)];
      this.balancer.acquire(host);
      this.clock.schedule(latencyMs, () => this.balancer.release(host, latencyMs, Outcome.ok), 0);
      picked.push(host);
    }
    return picked;
  }
}
