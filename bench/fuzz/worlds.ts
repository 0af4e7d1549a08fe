import { type OptionDescriptor, unreadOptions } from '../../src/core/options.ts';
import type { Random } from '../../src/core/random.ts';
import { accruals, strategies, subsettings } from '../../src/run/lists.ts';
import { chance, oneOf, type Plain } from './plain.ts';

type Block = { [key: string]: Plain };
type OptionValue = number | boolean | string;

/**
 * A scenario that is mostly valid: any strategy, as one of the systems it is there for or with options of its own, amid
 * some of all that can be around it and go wrong. What `grown` makes is hardly ever run with more than one of these.
 */
export function worldOf(random: Random): Plain {
  const some = (share: number, block: () => Block): Block => (chance(random, share) ? block() : {});
  // Most of what counts zones or metadata is refused where there are none.
  const zoned = chance(random, 0.5);
  return {
    name: 'fuzz',
    seed: `${random.int(1000)}`,
    duration: '4s',
    instances: Array.from({ length: oneOf(random, [1, 1, 2, 3]) }, () => groupOf(random, zoned)),
    callers: {
      count: `${1 + random.int(3)}`,
      workers: oneOf(random, ['1', '1', '2', '3']),
      ...some(zoned ? 0.9 : 0, () => ({ zones: ['a', 'b'] })),
    },
    load: {
      rate: oneOf(random, ['5/s', '100/s', '100/s', '400/s']),
      ...some(0.6, () => ({ keys: oneOf<Plain>(random, [{ uniform: { count: '9' } }, zipf]) })),
    },
    loadBalancer: loadBalancerOf(random, zoned),
    ...some(0.5, () => ({ request: requestOf(random) })),
    ...some(0.6, () => ({ healthCheck: oneOf(random, healthChecks) })),
    ...some(0.25, () => ({ outlierDetection: oneOf(random, outlierDetections) })),
    ...some(0.2, () => ({ failureAccrual: configured(random, accruals) })),
    ...some(0.3, () => ({ discovery: { lag: oneOf(random, ['0s', '20ms', '1s']) } })),
    ...some(0.3, () => ({ registry: oneOf(random, registries) })),
    ...some(0.4, () => ({ network: { latency: oneOf(random, ['0s', '1ms']) } })),
    ...some(0.9, () => ({ faults: Array.from({ length: 1 + random.int(3) }, () => faultOf(random)) })),
  };
}

const zipf: Plain = { zipf: { count: '1000', exponent: '1' } };

function groupOf(random: Random, zoned: boolean): Block {
  return {
    count: oneOf(random, ['1', '1', '2', '3', '5']),
    serviceTime: oneOf(random, ['0s', '1ms', '20ms', '200ms']),
    ...(chance(random, zoned ? 0.9 : 0) && { zones: oneOf<Plain>(random, [['a'], ['b'], ['a', 'b']]) }),
    ...(chance(random, 0.5) && { weight: oneOf(random, ['0', '1', '2', '3', '0.5', '100', '0.01']) }),
    ...(chance(random, 0.2) && { priority: oneOf(random, ['0', '1', '2']) }),
    ...(chance(random, 0.2) && { backup: 'true' }),
    ...(chance(random, 0.3) && { metadata: { stage: oneOf(random, ['x', 'y']) } }),
    ...(chance(random, 0.4) && { concurrency: oneOf(random, ['2', '100']) }),
    ...(chance(random, 0.4) && { queue: oneOf(random, ['0', '5']) }),
    ...(chance(random, 0.3) && limitsOf(random)),
    ...(chance(random, 0.2) && { retryAfter: oneOf(random, ['1s', '1h']) }),
  };
}

function loadBalancerOf(random: Random, zoned: boolean): Block {
  return {
    policy: configured(random, strategies),
    ...(chance(random, 0.5) && { panicThreshold: oneOf(random, ['0%', '0%', '50%', '100%']) }),
    ...(chance(random, 0.1) && { failTrafficOnPanic: 'true' }),
    ...(chance(random, 0.2) && { failover: 'all-or-nothing' }),
    ...(chance(random, 0.3) && { backups: 'first' }),
    ...(chance(random, zoned ? 0.6 : 0) && { locality: oneOf(random, localities) }),
    ...(chance(random, 0.25) && { subset: subsetOf(random) }),
    ...(chance(random, 0.4) && { subsetting: configured(random, subsettings) }),
    ...(chance(random, 0.2) && { slowStart: oneOf(random, slowStarts) }),
    ...(chance(random, 0.4) && { sessionAffinity: sessionsOf(random) }),
    ...(chance(random, 0.3) && { queue: oneOf(random, queues) }),
    ...(chance(random, 0.3) && { connections: connectionsOf(random) }),
    ...(chance(random, 0.3) && { updateMergeWindow: oneOf(random, ['1s', '50ms', '0.5ms']) }),
    ...(chance(random, 0.3) && {
      whenNobodyReady: oneOf<Plain>(random, [{}, { failFast: '50ms' }, { failFast: '0.5ms', capacity: '1' }]),
    }),
  };
}

function limitsOf(random: Random): Block {
  const most = oneOf(random, ['1', '2', '5']);
  return { maxConnections: most, ...(chance(random, 0.3) && { minConnections: oneOf(random, ['1', most]) }) };
}

const queues: readonly Plain[] = [
  {},
  { timeout: '50ms' },
  { maxPerHost: '1' },
  { timeout: '1s', maxPerHost: '3', fullConnections: '10' },
];

/** Times within those of a run, so that attempts are given up, waits grow and priorities turn. */
function connectionsOf(random: Random): Block {
  return {
    ...(chance(random, 0.7) && { system: oneOf(random, ['grpc-go', 'grpc-java', 'grpc-core']) }),
    ...(chance(random, 0.5) && { initialBackoff: oneOf(random, ['1ms', '100ms']), maxBackoff: '300ms' }),
    ...(chance(random, 0.3) && { jitter: oneOf(random, ['0%', '100%']) }),
    ...(chance(random, 0.5) && { minConnectTimeout: oneOf(random, ['0.5ms', '100ms']) }),
    ...(chance(random, 0.3) && { waitForReady: 'true' }),
    ...(chance(random, 0.5) && { failoverTimeout: oneOf(random, ['0.5ms', '200ms']) }),
  };
}

const localities: readonly Plain[] = [
  { weighted: {} },
  { weighted: { weights: { a: '3', b: '0' } } },
  { zoneAware: { minClusterSize: '1', basis: 'hosts' } },
  { zoneAware: { minClusterSize: '1', basis: 'weight', forceLocalZone: {} } },
  { failover: [] },
];

function subsetOf(random: Random): Block {
  return {
    match: { stage: 'x' },
    selectors: [{ keys: ['stage'] }],
    fallback: oneOf(random, ['none', 'any', 'any']),
    ...(chance(random, 0.5) && { localityWeightAware: 'true' }),
    ...(chance(random, 0.5) && { scaleLocalityWeight: 'true' }),
  };
}

const slowStarts: readonly Plain[] = [{ envoy: { window: '2s' } }, { haproxy: { window: '3s' } }];

function sessionsOf(random: Random): Block {
  return {
    ...(chance(random, 0.3) && { ttl: oneOf(random, ['50ms', '1s']) }),
    ...(chance(random, 0.3) && { renew: 'false' }),
    ...(chance(random, 0.3) && { maxSessions: oneOf(random, ['1', '5']) }),
    ...(chance(random, 0.3) && { failback: 'true' }),
    ...(chance(random, 0.3) && { strict: 'true' }),
    ...(chance(random, 0.6) && { retries: oneOf(random, ['session', 'policy']) }),
  };
}

function requestOf(random: Random): Block {
  const hostSelection = { attempts: oneOf(random, ['0', '1', '5']), exhausted: oneOf(random, ['untried', 'last']) };
  const retries = {
    attempts: oneOf(random, ['1', '2', '5']),
    retryOn: ['connect-failure', 'reset', 'timeout', '5xx'],
    ...(chance(random, 0.3) && oneOf<Block>(random, [{ maxConcurrent: '1' }, { budget: { minConcurrent: '0' } }])),
    ...(chance(random, 0.3)
      ? { redispatch: oneOf(random, ['-1', '-1', '0', '1', '2']) }
      : {
          ...(chance(random, 0.5) && { hostSelection }),
          ...(chance(random, 0.3) && { previousPriorities: { updateFrequency: '1' } }),
        }),
  };
  return {
    timeout: oneOf(random, ['1s', '1s', '3s']),
    ...(chance(random, 0.5) && { perTryTimeout: '100ms' }),
    ...(chance(random, 0.2) && { connectTimeout: '50ms' }),
    retries,
  };
}

const probing = { interval: '300ms', timeout: '100ms', unhealthyThreshold: '1', healthyThreshold: '1' };
const healthChecks: readonly Plain[] = [
  probing,
  { ...probing, intervalJitter: '100ms', initialJitter: '0s' },
  { ...probing, by: 'registry' },
  { system: 'haproxy', inter: '200ms', observe: 'layer4', onError: 'mark-down', errorLimit: '3' },
  { system: 'kubernetes', readiness: { period: '200ms', failureThreshold: '1' } },
];
const outlierDetections: readonly Plain[] = [
  { consecutive5xx: '2', interval: '300ms', baseEjectionTime: '500ms', maxEjectionPercent: '100%' },
  { consecutive5xx: '1', interval: '200ms', baseEjectionTime: '100ms', maxEjectionPercent: '50%' },
];
const registries: readonly Plain[] = [
  { ttl: '600ms', renewInterval: '200ms' },
  { kind: 'consul', ttl: '600ms', renewInterval: '200ms' },
  { kind: 'etcd', ttl: '2s' },
  { kind: 'kubernetes', watchLag: '20ms' },
  { kind: 'dns', ttl: '500ms' },
  { kind: 'eds' },
];

function faultOf(random: Random): Block {
  const at = { at: oneOf(random, ['0s', '500ms', '1s', '2s']) };
  const whom: Block = oneOf<Block>(random, [{ count: '1' }, { instances: 'all' }, { share: '50%' }]);
  const kind = oneOf(random, ['crash', 'blackhole', 'hang', 'slow', 'errors', 'failing-checks', 'degraded', 'restart']);
  if (kind === 'restart') return { restart: { ...whom, drain: oneOf(random, ['0s', '200ms']), down: '300ms' }, ...at };
  if (chance(random, 0.05)) return { registry: { mode: oneOf(random, ['down', 'stale']) }, ...at, for: '1s' };
  const own: Block = { slow: { factor: '10' }, errors: { rate: '60%' } }[kind] ?? {};
  const when: Block = oneOf<Block>(random, [
    { ...at, for: '700ms' },
    { at: '200ms', for: '100ms', every: '400ms' },
    { lifetime: { exponential: { mean: '500ms' } }, repair: '300ms' },
  ]);
  return { [kind]: { ...whom, ...own }, ...when };
}

interface Configurable {
  readonly name: string;
  readonly options: Readonly<Record<string, OptionDescriptor>>;
  readonly variants?: readonly { readonly when: Readonly<Record<string, number | boolean | string>> }[];
}

/** One of all their variants, and perhaps with options more, as far as they are read beside the others. */
function configured(random: Random, all: readonly Configurable[]): Plain {
  const known = all.flatMap(({ name, options, variants = [{ when: {} }] }) =>
    variants.map(({ when }) => ({ name, options, when })),
  );
  const { name, options, when } = oneOf(random, known);
  const values: Record<string, OptionValue> = { ...when };
  for (const [option, descriptor] of Object.entries(options)) {
    if (descriptor.default === undefined || chance(random, 0.2)) values[option] = someValue(descriptor, random);
  }
  let unread = unreadOptions(options, values);
  for (; unread.length > 0; unread = unreadOptions(options, values)) for (const option of unread) delete values[option];
  const written = Object.entries(values).map(([option, value]) => [option, textOf(options[option], value)]);
  return written.length === 0 ? name : { [name]: Object.fromEntries(written) };
}

/** One in its range, and usually a small one. */
function someValue(descriptor: OptionDescriptor, random: Random): OptionValue {
  const { type, min = 0, max = Number.POSITIVE_INFINITY } = descriptor;
  if (type === 'choice') return oneOf(random, descriptor.values);
  if (type === 'boolean') return chance(random, 0.5);
  return Math.min(Math.max(oneOf(random, usual[type]), min), max);
}

const usual = {
  integer: [0, 1, 2, 3, 5, 101, 150],
  share: [0, 0.5, 1],
  duration: [0, 1, 100, 1000],
  number: [0, 0.5, 1, 2],
} as const;

function textOf({ type }: OptionDescriptor, value: OptionValue): string {
  if (type === 'share') return `${100 * Number(value)}%`;
  return type === 'duration' ? `${value}ms` : `${value}`;
}
