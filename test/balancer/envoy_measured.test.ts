import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import type { LoadBalancerSettings } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Metadata } from '../../src/balancer/subset.ts';
import type { Instance } from '../../src/core/instance.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import type { Random } from '../../src/core/random.ts';
import { balancerWith, hostNamed, silentObserver } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';

// What Envoy's own code did (1.36.5-dev, commit 8809cfea: its load balancers over its host sets, from the list of the
// registry on, compiled by themselves): the hosts of each request, and all that each worker drew meanwhile.
type Listed = readonly [
  id: string,
  zone: string | null,
  weight: number,
  priority: number,
  standing?: 'well' | 'unhealthy',
  metadata?: Metadata,
];
type Finding = 'pass' | 'degr' | 'fail' | 'imm' | 'eject' | 'uneject';
type Step =
  | readonly ['list', readonly Listed[]]
  | readonly ['time', number]
  | readonly [Finding, string]
  | readonly ['pick', worker: number, host: string | null, isSent: boolean];

interface Run {
  readonly about: string;
  readonly strategy: string;
  readonly options: WrittenOptions;
  /** Whether hosts are checked, and left out of all counts before that. */
  readonly checks: boolean;
  readonly warm: boolean;
  readonly zone: string | null;
  readonly peers: Readonly<Record<string, number>>;
  readonly settings: Partial<LoadBalancerSettings>;
  readonly draws: readonly (readonly number[])[];
  readonly steps: readonly Step[];
}

/** What speaks against a host. */
interface Flags {
  failed: boolean;
  ejected: boolean;
  listedBad: boolean;
  degraded: boolean;
  excluded: boolean;
}

const runs: readonly Run[] = JSON.parse(readFileSync(new URL('./envoy_measured.json', import.meta.url), 'utf8'));

describe("Envoy's own picks and draws", () => {
  test.each(runs.map((run) => [run.about, run] as const))('%s', (_about, run) => {
    const workers = run.draws.map(counted);
    const clock = new ManualClock(1e9);
    const flags = new Map<Host, Flags>();
    const balancer = balancerOf(run, workers, clock, flags);
    const told = run.steps.map((step): Step => {
      if (step[0] === 'list') list(balancer, flags, step[1]);
      else if (step[0] === 'time') clock.advanceTo(1e9 + step[1]);
      else if (step[0] === 'pick') return pick(balancer, step);
      else find(balancer, flags, step);
      return step;
    });
    expect(told).toEqual(run.steps);
    expect(workers.map(({ drawn }) => drawn())).toEqual(run.draws.map(({ length }) => length));
  });
});

function balancerOf(run: Run, workers: readonly Counted[], clock: ManualClock, flags: Map<Host, Flags>): Balancer {
  const { checks, warm, zone, peers } = run;
  const [first] = workers;
  const random = workers.length === 1 ? first.random : { ...first.random, fork: forkOf(workers) };
  const balancer = balancerWith({
    strategy: strategyNamed(run.strategy).withOptions(run.options),
    place: { zone, index: 0, count: 1, peersByZone: new Map(Object.entries(peers)) },
    ...{ workers: workers.length, random, clock, initiallyHealthy: !checks },
    observer: {
      ...silentObserver,
      onAdded: (host) => {
        flags.set(host, { failed: checks, ejected: false, listedBad: false, degraded: false, excluded: warm });
        if (warm) balancer.setHealth(host, { healthy: false, excluded: true }, 'activeCheck');
      },
    },
    ...run.settings,
  });
  return balancer;
}

function list(balancer: Balancer, flags: Map<Host, Flags>, listed: readonly Listed[]): void {
  const instances = listed.map(
    ([id, zone, weight, priority, , metadata = {}]): Instance => ({
      id,
      address: id,
      zone,
      weight,
      priority,
      metadata,
    }),
  );
  const bad = new Set(listed.filter(([, , , , standing]) => standing === 'unhealthy').map(([id]) => id));
  balancer.update(instances, () => {
    for (const host of balancer.members) {
      const known = flags.get(host) as Flags;
      known.listedBad = bad.has(host.instance.id);
      balancer.setHealth(host, { healthy: isWell(known) }, 'registry');
    }
  });
}

function find(balancer: Balancer, flags: Map<Host, Flags>, [finding, id]: readonly [Finding, string]): void {
  const host = hostNamed(balancer, id);
  const known = flags.get(host) as Flags;
  const passes = finding === 'pass' || finding === 'degr';
  if (finding === 'eject' || finding === 'uneject' || (passes && known.ejected)) {
    known.ejected = finding === 'eject';
    balancer.setHealth(host, { healthy: isWell(known) }, 'ejection', true);
    if (!passes) return;
  }
  const before = { ...known };
  known.degraded = passes ? finding === 'degr' : known.degraded;
  known.excluded = !passes && (known.failed ? known.excluded : finding === 'imm');
  known.failed = !passes;
  if (JSON.stringify(known) === JSON.stringify(before)) return;
  const { degraded, excluded } = known;
  balancer.setHealth(host, { healthy: isWell(known), degraded, excluded }, 'activeCheck', passes || !before.failed);
}

function isWell({ failed, ejected, listedBad }: Flags): boolean {
  return !failed && !ejected && !listedBad;
}

function pick(balancer: Balancer, [, worker, , isSent]: Extract<Step, readonly ['pick', ...unknown[]]>): Step {
  const host = balancer.pick(NO_KEY, 0, worker);
  if (host !== null && isSent) balancer.acquire(host);
  return ['pick', worker, host?.instance.id ?? null, isSent];
}

interface Counted {
  readonly random: Random;
  readonly drawn: () => number;
}

function counted(draws: readonly number[]): Counted {
  const scripted = scriptedRandom(draws);
  let drawn = 0;
  const uint32 = (): number => {
    drawn++;
    return scripted.uint32();
  };
  return { random: { ...scripted, uint32, int32: () => uint32() | 0, int: (n) => uint32() % n }, drawn: () => drawn };
}

function forkOf(workers: readonly Counted[]): Random['fork'] {
  return (label) => workers[Number(label.slice('worker-'.length))].random;
}
