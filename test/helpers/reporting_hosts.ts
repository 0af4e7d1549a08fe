import type { Host } from '../../src/balancer/host.ts';
import { clientSideWeighted } from '../../src/balancer/strategies/client_side_weighted.ts';
import type { Strategy } from '../../src/balancer/strategy.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { LoadReport } from '../../src/core/load_report.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import type { Random } from '../../src/core/random.ts';
import { hostsOf } from './hosts.ts';
import { ManualClock } from './manual_clock.ts';
import { ports } from './ports.ts';

export function reportOf(utilization: number, qps: number, errorsPerSecond = 0): LoadReport {
  return { qps, errorsPerSecond, utilization, requestsInFlight: 0, queued: 0, serviceTimeMs: 0 };
}

/** Draws this number again and again: where sequences and schedules start. */
const always = (draw: number): Random => ({
  uint32: () => draw,
  int32: () => draw | 0,
  int: (n) => draw % n,
  unit: () => draw / 2 ** 32,
  exponential: () => draw,
  fork: () => always(draw),
});

/** Hosts 0, 1, ... of one client-side-weighted strategy, and a clock. */
export class ReportingHosts {
  readonly clock = new ManualClock();
  readonly strategy: Strategy;
  readonly hosts: Host[];

  constructor(hosts: number, options: WrittenOptions = {}, start = 0) {
    const given = ports({ random: always(start), clock: this.clock });
    this.strategy = clientSideWeighted.create({ options, ...given });
    this.hosts = hostsOf(Array(hosts).fill({}));
    this.rebuild();
  }

  /** The registry's list has come. */
  rebuild(eligible: readonly Host[] = this.hosts): void {
    this.strategy.onNews?.(null, false);
    this.strategy.rebuild(this.hosts, eligible, () => 1);
  }

  report(host: number, report: LoadReport | null): void {
    this.strategy.onEnd(this.hosts[host], 0, Outcome.ok, report);
  }

  pick(): number {
    return this.hosts.indexOf(this.strategy.pick(NO_KEY, 0, 0));
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
