import { expect } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import type { LoadReport } from '../../src/core/load_report.ts';
import type { OptionDescriptor } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { answeredAtOnce, countsOf } from '../helpers/balancing.ts';
import { type Law, type Subject, shareExcess } from './law.ts';
import { keyOf, rigOf } from './rig.ts';
import { Service } from './service.ts';

const HOSTS = 4;

/** What strategies learn from. */
export const feedbackLaws: readonly Law[] = [
  {
    name: 'sends to a busy host only when it saw no other, whichever worker made it busy',
    applies: (traits) => traits.feedback === 'leastInFlight',
    check: (subject) => {
      // The weakest such rule compares two hosts drawn with replacement: it sees the busy one alone once in n^2.
      const picks = 4000;
      for (const n of [2, 3, 8]) {
        const balancer = rigOf(subject, Array(n).fill(1), { seed: n, workers: 2 });
        const busy = balancer.members[n - 1];
        for (let i = 0; i < 50; i++) balancer.acquire(busy);
        for (const worker of [0, 1]) {
          const [toBusy] = countsOf(balancer, answeredAtOnce(balancer, picks, 0, worker)).slice(-1);
          expect(toBusy / picks).toBeLessThan(1 / n ** 2 + shareExcess(picks));
        }
      }
    },
  },
  {
    name: 'sends less than its share to a busy host, whichever worker made it busy',
    applies: (traits) => traits.feedback === 'inFlight',
    check: (subject) => {
      if (boundOf(subject) >= 100 * HOSTS) return; // Not even all requests are too many for one host.
      const picks = 4000;
      const balancer = rigOf(subject, Array(HOSTS).fill(1), { workers: 2 });
      const [busy] = balancer.members;
      for (let i = 0; i < 50; i++) balancer.acquire(busy);
      for (const worker of [0, 1]) {
        let toBusy = 0;
        for (let i = 0; i < picks; i++) if (pickFor(subject, balancer, i, worker) === busy) toBusy++;
        expect(toBusy / picks).toBeLessThan(0.5 / HOSTS);
      }
    },
  },
  {
    name: 'avoids a host that has become ten times slower, and takes it back once it has recovered',
    applies: (traits) => traits.feedback === 'latency',
    check: (subject) => {
      // All times are in proportion to what the strategy remembers, so that a lifetime holds many answers.
      const lifetime = timeConstantOf(subject);
      const [latency, gap, perLifetime] = [lifetime / 1000, lifetime / 2000, 2000];
      const service = new Service(subject, 1, Array(HOSTS).fill(1));
      const sharesAfter = (latencies: readonly number[]): number[] => {
        latencies.forEach((value, i) => {
          service.latencyMs[i] = value;
        });
        service.run(4 * perLifetime, gap);
        return countsOf(service.balancer, service.run(perLifetime, gap)).map((count) => count / perLifetime);
      };
      sharesAfter(Array(HOSTS).fill(latency));
      const [slow, ...others] = sharesAfter([10 * latency, latency, latency, latency]);
      expect(slow).toBeLessThan(Math.min(...others));
      expect(slow).toBeLessThan(1 / HOSTS / 2);
      const [recovered] = sharesAfter(Array(HOSTS).fill(latency));
      expect(recovered).toBeGreaterThan(1 / HOSTS / 2);
    },
  },
  {
    name: 'sends less to a host whose reports say it is loaded',
    applies: (traits) => traits.feedback === 'report',
    check: (subject) => {
      // At extremes reports are forgotten before they count, or not asked for.
      if (!subject.named && (changesDuration(subject) || Object.values(subject.options).includes(0))) return;
      const lifetime = timeConstantOf(subject);
      const [gap, perLifetime] = [lifetime / 2000, 2000];
      const service = new Service(subject, 1, Array(HOSTS).fill(1));
      // Twice as many requests in flight as hosts: nobody is passed over only because others are always idle. That the
      // host is taken back is no promise: a host that is not asked has no answers to report with.
      service.latencyMs.fill(2 * HOSTS * gap);
      const sharesAfter = (reports: readonly LoadReport[]): number[] => {
        service.reports = reports;
        service.run(2 * perLifetime, gap);
        return countsOf(service.balancer, service.run(perLifetime, gap)).map((count) => count / perLifetime);
      };
      const [calm, loaded] = [reportOf(gap, 1), reportOf(gap, 8)];
      sharesAfter(Array(HOSTS).fill(calm));
      const [busy, ...others] = sharesAfter([loaded, calm, calm, calm]);
      expect(busy).toBeLessThan(Math.min(...others));
    },
  },
  {
    name: 'sends less to a host that fails, and takes it back once it does not',
    applies: (traits) => traits.feedback === 'outcome',
    check: (subject) => {
      const service = new Service(subject, 1, Array(HOSTS).fill(8));
      const sharesWith = (fails: boolean): number[] => {
        service.fails[0] = fails;
        service.run(100, 5);
        return countsOf(service.balancer, service.run(1000, 5)).map((count) => count / 1000);
      };
      const [failing, ...others] = sharesWith(true);
      expect(failing).toBeLessThan(Math.min(...others));
      const [recovered] = sharesWith(false);
      expect(recovered).toBeGreaterThan(1 / HOSTS / 2);
    },
  },
];

/** What a host says that is as many times as loaded as a calm one, where requests come each `gapMs`. */
function reportOf(gapMs: number, times: number): LoadReport {
  return {
    qps: 1000 / gapMs / HOSTS,
    errorsPerSecond: 0,
    utilization: 0.1 * times,
    requestsInFlight: 2 * (times - 1),
    queued: times - 1,
    serviceTimeMs: gapMs * times,
    retryAfterMs: 0,
  };
}

/** Percent of its share of attempts that a host may have; 0: any. */
function boundOf({ definition, options }: Subject): number {
  return Number(options.hashBalanceFactor ?? definition.options.hashBalanceFactor?.default ?? 0);
}

/** The host of a request that is answered at once, with a key of its own where the policy goes by keys. */
function pickFor(subject: Subject, balancer: Balancer, request: number, worker: number): Host | null {
  const host = balancer.pick(keyOf(subject, request), 0, worker);
  if (host === null) return null;
  balancer.acquire(host);
  balancer.release(host, 1, Outcome.ok);
  return host;
}

/** The longest duration among the options: after a few of them what was learnt is forgotten. Those usually 0 are no memory. */
function timeConstantOf({ definition, options }: Subject): number {
  const durations = Object.entries(definition.options)
    .filter((entry: [string, OptionDescriptor]) => entry[1].type === 'duration' && entry[1].default !== 0)
    .map(([name, descriptor]) => Number(options[name] ?? descriptor.default));
  return durations.length === 0 ? 10_000 : Math.max(...durations);
}

function changesDuration({ definition, options }: Subject): boolean {
  return Object.keys(options).some((name) => definition.options[name].type === 'duration');
}
