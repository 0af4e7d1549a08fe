import { strategies } from '../src/balancer/strategies/index.ts';
import type { WrittenOptions } from '../src/core/options.ts';
import { peers } from './peers.ts';
import { balancerPicks, type Spin, strategyPicks } from './picking.ts';

/** Something that picks. Plain data, so that it can be sent to the isolate it runs in. */
export type Contender =
  | {
      readonly kind: 'strategy' | 'balancer';
      readonly name: string;
      readonly options: WrittenOptions;
      readonly weighted: boolean;
    }
  | { readonly kind: 'peer'; readonly name: string };

/** Packages that do the job of a strategy. */
interface Job {
  readonly strategy: string;
  readonly options: WrittenOptions;
  /** Packages that give the same kind of picks. */
  readonly peers: readonly string[];
  /** Packages for the same purpose whose picks are of another kind, and how they differ. */
  readonly others: Readonly<Record<string, string>>;
}

export const jobs: readonly Job[] = [
  {
    strategy: 'round-robin',
    options: {},
    peers: ['loadbalance round robin', 'grpc-js round robin', 'undici BalancedPool'],
    others: {},
  },
  {
    strategy: 'random',
    options: {},
    peers: ['loadbalance random', 'load-balancers random'],
    others: {},
  },
  { strategy: 'random', options: { weighted: true }, peers: ['loadbalance weighted random'], others: {} },
  { strategy: 'weighted-round-robin', options: {}, peers: ['weighted-round-robin'], others: {} },
  {
    strategy: 'weighted-round-robin',
    options: { algorithm: 'static-stride' },
    peers: [],
    others: {
      'wrr-pool': 'rounds of those of the largest weight, then of the next',
      'loadbalance weighted round robin': 'each host as often as it weighs, in a row',
    },
  },
  {
    strategy: 'least-request',
    options: { weights: 'ignore' },
    peers: [],
    others: { 'load-balancers p2c': 'counts all picks ever made instead of those in flight, cannot be seeded' },
  },
  { strategy: 'ring-hash', options: {}, peers: ['hashring', 'consistent-hash'], others: {} },
];

/** `name` or `name(option=value)`. */
export function labelOf(name: string, options: WrittenOptions): string {
  const written = Object.entries(options).map(([option, value]) => `${option}=${value}`);
  return written.length === 0 ? name : `${name}(${written.join(',')})`;
}

/** Every strategy in every variant, weights 1 to 4 where it looks at them. */
export function everyVariant(): {
  readonly name: string;
  readonly options: WrittenOptions;
  readonly weighted: boolean;
}[] {
  return strategies.flatMap(({ name, variants }) =>
    variants.map(({ when, traits }) => ({ name, options: when, weighted: traits.weighted !== 'none' })),
  );
}

/** The contender set up over that many hosts, and how to rebuild it where that is ours. */
export function setUp(
  contender: Contender,
  hosts: number,
): { readonly spin: Spin; readonly rebuild: (() => void) | null } {
  if (contender.kind === 'peer') return { spin: peers[contender.name](hosts), rebuild: null };
  const { name, options, weighted } = contender;
  if (contender.kind === 'strategy') return strategyPicks(name, options, hosts, weighted);
  return { spin: balancerPicks(name, options, hosts, weighted), rebuild: null };
}
