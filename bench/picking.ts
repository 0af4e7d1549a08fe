import { Balancer } from '../src/balancer/balancer.ts';
import type { Host } from '../src/balancer/host.ts';
import { PLAIN_LOAD_BALANCER, SOLE_CALLER } from '../src/balancer/load_balancer.ts';
import { strategyNamed } from '../src/balancer/strategies/index.ts';
import { type LoadProbe, portsOf } from '../src/balancer/strategy.ts';
import { View } from '../src/balancer/view.ts';
import type { Instance } from '../src/core/instance.ts';
import { numberedKeys } from '../src/core/key.ts';
import type { LoadReport } from '../src/core/load_report.ts';
import type { WrittenOptions } from '../src/core/options.ts';
import { Outcome } from '../src/core/outcome.ts';
import { randomStream } from '../src/core/random.ts';

/** Makes that many picks; gives back something that depends on them, so that none can be left out. */
export type Spin = (picks: number) => number;

/** A strategy set up over hosts: its picks, and one rebuild after a change of membership with the pick after it, which may make tables. */
export interface Picking {
  readonly spin: Spin;
  readonly rebuild: () => void;
}

/** Keys that hash policies and their peers are given, in turn. */
export const KEYS = 4096;

const silent = { onAdded: () => {}, onRemoved: () => {}, onPickable: () => {}, onPanic: () => {} };

/** Weights 1 to 4, or all 1. */
function weightOf(index: number, weighted: boolean): number {
  return weighted ? 1 + (index % 4) : 1;
}

/** Hosts as both sides of a comparison know them. */
export function instancesOf(count: number, weighted: boolean): Instance[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `i-${i}`,
    address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:8080`,
    zone: null,
    weight: weightOf(i, weighted),
  }));
}

/** Answers at once. */
const probeLoad: LoadProbe = (host, done) => done(host, host.inFlight, 1);

const report: LoadReport = {
  qps: 100,
  errorsPerSecond: 0,
  utilization: 0.5,
  requestsInFlight: 0,
  queued: 0,
  serviceTimeMs: 1,
  retryAfterMs: 0,
};

/** Picks of the strategy alone, as its peers pick: each told to the strategy as sent and answered where it listens. */
export function strategyPicks(name: string, options: WrittenOptions, hosts: number, weighted: boolean): Picking {
  const time = { ms: 0 };
  const factory = strategyNamed(name).withOptions(options);
  const random = randomStream('bench');
  const strategy = factory.create(
    portsOf({
      random,
      request: { memory: 0, list: -1, waitsFor: null },
      clock: { now: () => time.ms },
      keyText: numberedKeys,
      probeLoad,
    }),
  );
  const view = new View(true);
  view.replace(instancesOf(hosts, weighted));
  // Each time without another host: tables that were made lately are shared, and making one is what is to be timed.
  let without = 0;
  const rebuild = (): void => {
    without = (without + 1) % hosts;
    const left = view.hosts.filter((_, i) => i !== without);
    strategy.rebuild(left, left, (host) => host.weight);
    strategy.pick(0, 0, select(0));
  };
  // Where there is no priority to choose, only those need the draw that take it for the host: with a key none does.
  const draws = strategy.pick.length > 2 && factory.traits.affinity === 'none';
  const select = (key: number): number => (draws && strategy.selector !== undefined ? strategy.selector(key) : 0);
  rebuild();
  let key = 0;
  const quiet: Spin = (picks) => {
    let sum = 0;
    for (let i = 0; i < picks; i++) {
      key = (key + 1) & (KEYS - 1);
      sum += (strategy.pick(key, 0, select(key)) as Host).slot;
    }
    return sum;
  };
  const listening: Spin = (picks) => {
    let sum = 0;
    for (let i = 0; i < picks; i++) {
      key = (key + 1) & (KEYS - 1);
      time.ms += 0.01;
      const host = strategy.pick(key, 0, select(key)) as Host;
      host.inFlight++;
      strategy.onStart(host);
      host.inFlight--;
      strategy.onEnd(host, 1, Outcome.ok, report, host.reweighed);
      sum += host.slot;
    }
    return sum;
  };
  return { spin: factory.traits.feedback === 'none' && !factory.traits.hearsOfFailures ? quiet : listening, rebuild };
}

/** The same through the whole Balancer, each pick acquired and released. */
export function balancerPicks(name: string, options: WrittenOptions, hosts: number, weighted: boolean): Spin {
  const time = { ms: 0 };
  const balancer = new Balancer({
    strategy: strategyNamed(name).withOptions(options),
    loadBalancer: PLAIN_LOAD_BALANCER,
    place: SOLE_CALLER,
    workers: 1,
    clock: { now: () => time.ms },
    random: randomStream('bench'),
    common: randomStream('callers'),
    keyText: numberedKeys,
    probeLoad,
    initiallyHealthy: true,
    observer: silent,
  });
  balancer.update(instancesOf(hosts, weighted));
  let key = 0;
  return (picks) => {
    let sum = 0;
    for (let i = 0; i < picks; i++) {
      key = (key + 1) & (KEYS - 1);
      time.ms += 0.01;
      const host = balancer.pick(key, 0) as Host;
      balancer.acquire(host);
      balancer.release(host, 1, Outcome.ok, report);
      sum += host.slot;
    }
    return sum;
  };
}
