import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EdfSchedule } from '../../../src/balancer/parts/edf.ts';
import type { LoadReport } from '../../../src/core/load_report.ts';
import { ReportingHosts, reportOf } from '../../helpers/reporting_hosts.ts';

/** What happens: time passes, a host reports, somebody picks. */
type Step =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'report'; readonly host: number; readonly report: LoadReport }
  | { readonly kind: 'pick' };

const HOSTS = 4;
const PERIOD = 1000;
const rules = { blackoutPeriod: 3000, weightExpirationPeriod: 8000 };

/** gRPC and Envoy with a timer that goes off each period, and every host's history kept. */
class Naive {
  private now = 0;
  private readonly flavor: 'grpc' | 'envoy';
  private readonly reports: { time: number; weight: number }[][] = Array.from({ length: HOSTS }, () => []);
  private weights: number[] = Array(HOSTS).fill(1);
  private count = 0;
  private readonly edf = new EdfSchedule();

  constructor(flavor: 'grpc' | 'envoy') {
    this.flavor = flavor;
    this.update();
  }

  play(step: Step): number | null {
    if (step.kind === 'pick') return this.pick();
    if (step.kind === 'report') this.report(step.host, step.report);
    else {
      for (let end = this.now + step.ms; this.now < end; ) {
        this.now++;
        if (this.now % PERIOD === 0) this.update();
      }
    }
    return null;
  }

  private report(host: number, { qps, utilization, errorsPerSecond }: LoadReport): void {
    const penalized = utilization + errorsPerSecond / qps;
    const usable = qps > 0 && (this.flavor === 'grpc' ? utilization : penalized) > 0;
    if (!usable) return;
    const weight = qps / penalized;
    this.reports[host].push({ time: this.now, weight: this.flavor === 'grpc' ? weight : Math.floor(weight) });
  }

  private known(host: number): number | null {
    const reports = this.reports[host];
    const last = reports.at(-1);
    if (last === undefined) return null;
    const age = this.now - last.time;
    const old = this.flavor === 'grpc' ? age >= rules.weightExpirationPeriod : age > rules.weightExpirationPeriod;
    const young = this.now - reports[0].time < rules.blackoutPeriod;
    if (old && (this.flavor === 'grpc' || !young)) reports.length = 0;
    return old || young ? null : last.weight;
  }

  private update(): void {
    const before = this.weights;
    const known = before.map((_, host) => this.known(host));
    const values = known.filter((weight) => weight !== null).sort((a, b) => a - b);
    if (this.flavor === 'grpc') {
      const mean = values.reduce((sum, weight) => sum + weight, 0) / values.length;
      this.weights = known.map((weight) => (values.length < 2 ? 1 : (weight ?? mean)));
      return;
    }
    const half = values.length >> 1;
    const median = values.length % 2 === 1 ? values[half] : Math.floor((values[half - 1] + values[half]) / 2);
    const raw = known.map((weight) => weight ?? (values.length === 0 ? 1 : median));
    const changed = raw.some((weight, host) => weight !== before[host]);
    this.weights = raw.map((weight) => Math.max(weight, 1));
    if (changed) this.edf.rebuild(HOSTS, (host) => this.weights[host], 0);
  }

  private pick(): number {
    if (this.flavor === 'envoy') {
      return this.weights.every((weight) => weight === this.weights[0]) ? this.count++ % HOSTS : this.edf.pick();
    }
    // Weights of this test are within the clamp, and single precision makes no difference.
    const factor = 65_535 / Math.max(...this.weights);
    for (;;) {
      const host = this.count % HOSTS;
      const round = Math.floor(this.count++ / HOSTS);
      const weight = Math.round(factor * this.weights[host]);
      if ((weight * round + host * 32_767) % 65_535 >= 65_535 - weight) return host;
    }
  }
}

describe.each(['grpc', 'envoy'] as const)('%s', (flavor) => {
  // gRPC's weights are powers of two, the same whichever way they are computed, from 2 to 16: none is below a tenth of a mean.
  const report = fc
    .record({ qps: fc.constantFrom(0, 8, 16), utilization: fc.constantFrom(0, 1), errors: fc.constantFrom(0, 1, 3) })
    .map(({ qps, utilization, errors }) => reportOf(utilization, qps, errors * qps));
  // Envoy's schedule starts anew at each update in between that changes a weight; here only at the last that fell due.
  const longest = flavor === 'grpc' ? 12_000 : PERIOD;
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: longest }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('report' as const), host: fc.nat(HOSTS - 1), report }) },
    { weight: 4, arbitrary: fc.constant({ kind: 'pick' as const }) },
  );

  test('picks as with a timer that goes off each period', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const setup = new ReportingHosts(HOSTS, { flavor, ...rules });
        const naive = new Naive(flavor);
        for (const step of steps) {
          const expected = naive.play(step);
          if (step.kind === 'report') setup.report(step.host, step.report);
          else if (step.kind === 'wait') setup.clock.advance(step.ms);
          else expect(setup.pick()).toBe(expected);
          // Nothing is missed but what the last update overrules.
          if (step.kind === 'wait' && flavor === 'envoy') expect(setup.pick()).toBe(naive.play({ kind: 'pick' }));
        }
      }),
      { numRuns: 300 },
    );
  });
});
