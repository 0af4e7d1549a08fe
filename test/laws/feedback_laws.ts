import { expect } from 'vitest';
import type { OptionDescriptor } from '../../src/core/options.ts';
import { answeredAtOnce, balancerOf, countsOf } from '../helpers/balancing.ts';
import { create, type Law, type Subject, shareExcess } from './law.ts';
import { Service } from './service.ts';

/** What strategies learn from. */
export const feedbackLaws: readonly Law[] = [
  {
    name: 'sends to a busy host only when it saw no other',
    applies: (traits) => traits.feedback === 'leastInFlight',
    check: (subject) => {
      // The weakest such rule compares two hosts drawn with replacement: it sees the busy one alone once in n^2.
      const picks = 20_000;
      for (const n of [2, 3, 8]) {
        const balancer = balancerOf(create(subject, n), Array(n).fill(1));
        const busy = balancer.members[n - 1];
        for (let i = 0; i < 50; i++) balancer.acquire(busy);
        const [toBusy] = countsOf(balancer, answeredAtOnce(balancer, picks)).slice(-1);
        expect(toBusy / picks).toBeLessThan(1 / n ** 2 + shareExcess(picks));
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
      const hosts = 4;
      const service = new Service(subject, 1, hosts);
      const sharesAfter = (latencies: readonly number[]): number[] => {
        latencies.forEach((value, i) => {
          service.latencyMs[i] = value;
        });
        service.run(4 * perLifetime, gap);
        return countsOf(service.balancer, service.run(perLifetime, gap)).map((count) => count / perLifetime);
      };
      sharesAfter(Array(hosts).fill(latency));
      const [slow, ...others] = sharesAfter([10 * latency, latency, latency, latency]);
      expect(slow).toBeLessThan(Math.min(...others));
      expect(slow).toBeLessThan(1 / hosts / 2);
      const [recovered] = sharesAfter(Array(hosts).fill(latency));
      expect(recovered).toBeGreaterThan(1 / hosts / 2);
    },
  },
];

/** The longest duration among the options: after a few of them what was learnt is forgotten. */
function timeConstantOf({ definition, options }: Subject): number {
  const durations = Object.entries(definition.options)
    .filter((entry: [string, OptionDescriptor]) => entry[1].type === 'duration')
    .map(([name, descriptor]) => Number(options[name] ?? descriptor.default));
  return durations.length === 0 ? 10_000 : Math.max(...durations);
}
