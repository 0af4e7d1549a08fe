import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import { clientSideWeighted } from '../../src/balancer/strategies/client_side_weighted.ts';
import type { Strategy } from '../../src/balancer/strategy.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { LoadReport } from '../../src/core/load_report.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import type { Random } from '../../src/core/random.ts';
import { balancerOf } from './balancing.ts';
import { hostsOf } from './hosts.ts';
import { ManualClock } from './manual_clock.ts';
import { ports } from './ports.ts';

export function reportOf(utilization: number, qps: number, errorsPerSecond = 0): LoadReport {
  return { qps, errorsPerSecond, utilization, requestsInFlight: 0, queued: 0, serviceTimeMs: 0, retryAfterMs: 0 };
}

/** Draws this number again and again: where sequences and schedules start. */
const always = (draw: number): Random => ({
  uint32: () => draw,
  int32: () => draw | 0,
  uint64: (halves) => void halves.fill(draw),
  int: (n) => draw % n,
  unit: () => draw / 2 ** 32,
  exponential: () => draw,
  fork: () => always(draw),
});

/** Hosts 0, 1, ... of one client-side-weighted strategy, and a clock. Envoy's weights are its balancer's. */
export class ReportingHosts {
  readonly clock = new ManualClock();
  readonly strategy: Strategy;
  readonly hosts: Host[];
  private readonly balancer: Balancer | null;

  constructor(hosts: number, options: WrittenOptions = {}, start = 0) {
    const given = { random: always(start), clock: this.clock };
    const factory = clientSideWeighted.withOptions(options);
    this.strategy = factory.create(ports(given));
    this.balancer = options.flavor === 'envoy' ? balancerOf(factory, Array(hosts).fill(1), given) : null;
    this.hosts = [...(this.balancer?.members ?? hostsOf(Array(hosts).fill({})))];
    this.rebuild();
  }

  /** The registry's list has come. */
  rebuild(eligible: readonly Host[] = this.hosts): void {
    if (this.balancer !== null) {
      this.balancer.update(this.hosts.map(({ instance }) => instance));
      for (const host of this.hosts) this.balancer.setHealthy(host, eligible.includes(host));
      return;
    }
    this.strategy.onNews?.(null, false);
    this.strategy.rebuild(this.hosts, eligible, () => 1);
  }

  report(host: number, report: LoadReport | null): void {
    if (this.balancer === null)
      this.strategy.onEnd(this.hosts[host], 0, Outcome.ok, report, this.hosts[host].reweighed);
    else {
      this.balancer.acquire(this.hosts[host]);
      this.balancer.release(this.hosts[host], 0, Outcome.ok, report);
    }
  }

  pick(): number {
    const host = this.balancer === null ? this.strategy.pick(NO_KEY, 0, 0) : this.balancer.pick(NO_KEY, 0);
    return host === null ? -1 : this.hosts.indexOf(host);
  }

  counts(picks: number): number[] {
    const counts = Array<number>(this.hosts.length).fill(0);
    for (let i = 0; i < picks; i++) counts[this.pick()]++;
    return counts;
  }

  shares(picks: number): number[] {
    return this.counts(picks).map((count) => count / picks);
  }
}
