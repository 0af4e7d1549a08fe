import { Bench } from 'tinybench';
import { Balancer } from '../src/balancer/balancer.ts';
import { strategies } from '../src/balancer/strategies/index.ts';
import { portsOf } from '../src/balancer/strategy.ts';
import { NO_KEY, numberedKeys } from '../src/core/key.ts';
import { Outcome } from '../src/core/outcome.ts';
import { randomStream } from '../src/core/random.ts';

const silent = { onAdded: () => {}, onRemoved: () => {}, onPickable: () => {}, onPanic: () => {} };

/** Picks a second of every registered strategy, each pick acquired and released, at several numbers of hosts. */
export async function benchStrategies({
  hosts,
  timeMs,
}: {
  hosts: readonly number[];
  timeMs: number;
}): Promise<string> {
  const picks = 1000;
  const lines = [`${'picks a second, millions'.padEnd(28)}${hosts.map((n) => `${n} hosts`.padStart(14)).join('')}`];
  for (const strategy of strategies) {
    let line = strategy.name.padEnd(28);
    for (const count of hosts) {
      let nowMs = 0;
      const clock = { now: () => nowMs };
      const balancer = new Balancer({
        strategy: strategy.create({
          options: {},
          ...portsOf({ random: randomStream('bench'), clock, keyText: numberedKeys, probeLoad: null }),
        }),
        panicThreshold: 0.5,
        initiallyHealthy: true,
        observer: silent,
      });
      balancer.update(
        Array.from({ length: count }, (_, i) => ({ id: `i-${i}`, address: `10.0.0.${i}:80`, zone: null, weight: 1 })),
      );
      const bench = new Bench({ time: timeMs, warmupTime: timeMs / 4 });
      bench.add(strategy.name, () => {
        for (let i = 0; i < picks; i++) {
          nowMs += 0.01;
          const host = balancer.pick(NO_KEY, 0);
          if (host === null) throw new Error('bench: nobody to pick');
          balancer.acquire(host);
          balancer.release(host, 1, Outcome.ok);
        }
      });
      await bench.run();
      const { result } = bench.tasks[0];
      if (result.state !== 'completed') throw new Error(`bench: ${strategy.name} did not complete`);
      line += (picks / result.latency.mean / 1000).toFixed(1).padStart(14);
    }
    lines.push(line);
  }
  return lines.join('\n');
}
