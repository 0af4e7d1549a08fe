import { describe, expect, it } from 'vitest';
import type { LoadBalancerSettings } from '../../src/balancer/load_balancer.ts';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import type { InstanceConfig, TrialConfig } from '../../src/sim/config.ts';
import { envoyChecks } from '../helpers/checks.ts';
import { fakeScenario, fakeTrial } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';
import { SESSIONS } from '../helpers/sessions.ts';

const [like] = fakeTrial('ring').instances;
const keys = { kind: 'uniform', count: 10 } as const;
const healthCheck = envoyChecks({ intervalMs: 1000, timeoutMs: 500, unhealthyThreshold: 1, healthyThreshold: 1 });

/** What is said of a strategy beside these settings, but for what is said of every fake. */
async function said(
  strategy: string,
  settings: Partial<LoadBalancerSettings>,
  changes: { instances?: Partial<InstanceConfig>[]; keyed?: boolean; checked?: boolean; options?: WrittenOptions } = {},
): Promise<string> {
  const { instances = [{}], keyed = true, checked = false, options = {} } = changes;
  const trial: TrialConfig = fakeTrial(strategy, {
    loadBalancer: { ...PLAIN_LOAD_BALANCER, ...settings },
    load: { arrivals: 'poisson', ratePerMs: 0.5, keys: keyed ? keys : null },
    instances: instances.map((each, i) => ({ ...like, id: `i-${i}`, ...each })),
    strategy: { name: strategy, options },
    healthCheck: checked ? healthCheck : null,
  });
  const { warnings } = await fakeStudy(fakeScenario([{ strategy, trial }], { replications: 2 }), () => ({}));
  const told = warnings.filter(({ cause }) => !/^latency at/.test(cause));
  for (const { effect, next } of told) expect([effect, next]).not.toContain('');
  return told.map(({ cause, effect }) => `${cause}; ${effect}`).join('\n');
}

const envoy = { kind: 'envoy', windowMs: 1000, aggression: 1, minWeightShare: 0.1 } as const;
const haproxy = { kind: 'haproxy', windowMs: 1000 } as const;
const zoneAware = {
  ...({ kind: 'zone-aware', minClusterSize: 6, basis: 'hosts' } as const),
  ...{ routingEnabledPercent: 100, forceLocalZoneMinSize: null },
};
const sessionAffinity = SESSIONS;
const subset = { selectors: [{ keys: ['stage'] }], match: { stage: 'prod' }, fallback: 'any' } as const;

describe('warnings of limits of connections that do nothing', () => {
  const queue = { timeoutMs: null, maxPerHost: 8, fullConnections: Infinity };
  const leastconn = { algorithm: 'haproxy-leastconn' };
  const limited = [{ maxConnections: 4 }, {}];

  it.each([
    ['nginx looks at them', 'weighted-round-robin', {}, { instances: limited }, ''],
    ['HAProxy looks at them', 'least-request', { queue }, { instances: limited, options: leastconn }, ''],
    [
      'Envoy does not',
      'least-request',
      {},
      { instances: limited },
      /^instances have maxConnections, and least-request/,
    ],
    [
      'nginx has no queue',
      'weighted-round-robin',
      { queue },
      { instances: limited },
      /lets no request wait; no request/,
    ],
    ['nobody can be full', 'least-request', { queue }, { options: leastconn }, /queue has no effect while no instance/],
    [
      'always the least',
      'least-request',
      {},
      { instances: [{ maxConnections: 4, minConnections: 2 }, {}], options: leastconn },
      /have minConnections, and .*; they never have more/,
    ],
    [
      'the least of few requests',
      'least-request',
      { queue: { ...queue, fullConnections: 9 } },
      { instances: [{ maxConnections: 4, minConnections: 2 }, {}], options: leastconn },
      '',
    ],
  ] as const)('%s', async (_, strategy, settings, changes, warning) => {
    const told = await said(strategy, settings, {
      ...changes,
      instances: 'instances' in changes ? [...changes.instances] : [{}],
    });
    if (warning === '') expect(told).toBe('');
    else expect(told).toMatch(warning);
  });
});

describe('warnings of settings that do nothing', () => {
  it.each([
    ['nothing is wrong', 'weighted-round-robin', { slowStart: envoy, locality: zoneAware, sessionAffinity }, {}],
    ['HAProxy eases in what a check finds', 'weighted-round-robin', { slowStart: haproxy }, { checked: true }],
    [
      "HAProxy's static algorithms have limits to ease in",
      ...(['modulo-hash', { slowStart: haproxy }, { checked: true, instances: [{ maxConnections: 4 }] }] as const),
    ],
    ['a hash follows keys', 'rendezvous', {}, {}],
    ...(
      [
        ['least-request', { algorithm: 'nginx-random-two' }],
        ['least-request', { algorithm: 'haproxy-leastconn' }],
        ['peak-ewma', { weighted: true }],
      ] as const
    ).map(([strategy, options]) => {
      const changes = { options, instances: [{}, { weight: 3 }] };
      return ['weights count somehow', strategy, { slowStart: envoy }, changes] as const;
    }),
    ['a hash follows weights of zones', 'rendezvous', { locality: { kind: 'weighted', weights: {} } }, {}],
    ['a strategy without keys needs none', 'random', {}, { keyed: false }],
    ['some have the metadata', 'ring', { subset }, { instances: [{}, { metadata: { stage: 'prod' } }] }],
    ['nothing is asked for', 'ring', { subset: { selectors: [], fallback: 'any' } }, {}],
    ['priorities count without locality', 'ring', {}, { instances: [{}, { priority: 1 }] }],
    ["Finagle's panic is alone", 'peak-ewma', { panicThreshold: 0 }, { options: { maxEffort: 4 } }],
    ["Envoy's panic is alone", 'peak-ewma', {}, { options: { maxEffort: 0 } }],
    ['distance makes the priorities', 'ring', { locality: { kind: 'failover', failover: [] } }, { checked: true }],
    [
      'weights of zones count in the subset',
      'ring',
      { locality: { kind: 'weighted', weights: {} }, subset: { ...subset, localityWeightAware: true } },
      { instances: [{ metadata: { stage: 'prod' } }] },
    ],
  ] as const)('none where %s', async (_, strategy, settings, changes) => {
    expect(await said(strategy, settings, changes as Parameters<typeof said>[2])).toBe('');
  });

  it.each([
    [
      'slow start without weights',
      ...(['round-robin', { slowStart: envoy }, {}] as const),
      'loadBalancer.slowStart eases hosts in by their weights, and round-robin does not look at weights',
    ],
    [
      'slow start of static algorithms',
      ...(['modulo-hash', { slowStart: haproxy }, { checked: true }] as const),
      "those of modulo-hash are fixed, as in HAProxy's static algorithms; a host that is back gets its full share at once",
    ],
    [
      'slow start of classes of equal weight',
      ...(['peak-ewma', { slowStart: envoy }, { options: { weights: 'classes' } }] as const),
      'and classes are of equal weights in the registry; a host that is new or back gets its full share at once',
    ],
    [
      'HAProxy eases in nobody without a check',
      ...(['weighted-round-robin', { slowStart: haproxy }, {}] as const),
      'there is no check, and no fault after which one might; no host is ever eased in',
    ],
    [
      'slow start beside weights by reports',
      ...(['client-side-weighted', { slowStart: envoy }, { options: { flavor: 'envoy' } }] as const),
      'loadBalancer.slowStart eases hosts in by their weights, and client-side-weighted goes by what they report',
    ],
    [
      "a hash beside Envoy's slow start",
      ...(['ring-hash', { slowStart: envoy }, {}] as const),
      'in Envoy only round robin and least request know slow start',
    ],
    [
      'distance without a word of health',
      ...(['ring', { locality: { kind: 'failover', failover: [] } }, {}] as const),
      'loadBalancer.locality.failover goes by health, and nothing tells callers of it',
    ],
    [
      'a merge of news that nobody has',
      ...(['ring', { updateMergeWindowMs: 1000 }, {}] as const),
      'loadBalancer.updateMergeWindow merges what callers find out of health, and nothing tells them of it',
    ],
    [
      'weights of zones in a subset that knows none',
      ...([
        'ring',
        { locality: { kind: 'weighted', weights: {} }, subset: { selectors: [], fallback: 'any' } },
        {},
      ] as const),
      'loadBalancer.locality.weighted has no effect in a subset without localityWeightAware',
    ],
    [
      'a subset that knows weights of zones, and none are written',
      ...(['ring', { subset: { selectors: [], fallback: 'any', localityWeightAware: true } }, {}] as const),
      'loadBalancer.subset.localityWeightAware needs weights of zones, and there is no locality.weighted',
    ],
    [
      'zones scaled where they have no weights',
      ...(['ring', { subset: { selectors: [], fallback: 'any', scaleLocalityWeight: true } }, {}] as const),
      'loadBalancer.subset.scaleLocalityWeight has no effect without localityWeightAware',
    ],
    [
      'zone-aware hashes',
      ...(['rendezvous', { locality: zoneAware }, {}] as const),
      'loadBalancer.locality.zoneAware has no effect with rendezvous, which hashes',
    ],
    [
      'zones of weight where no weight counts',
      ...(['rendezvous', { locality: { kind: 'weighted', weights: {} } }, { options: { weighted: false } }] as const),
      'weights of zones count as those of their hosts with rendezvous, which hashes and does not look at weights',
    ],
    [
      'zones of weight where no weight counts, in a subset that knows none',
      ...([
        'rendezvous',
        { locality: { kind: 'weighted', weights: {} }, subset: { selectors: [], fallback: 'any' } },
        { options: { weighted: false } },
      ] as const),
      'loadBalancer.locality.weighted has no effect in a subset without localityWeightAware',
    ],
    [
      'a hash that is to fail in panic',
      ...(['rendezvous', { failTrafficOnPanic: true }, {}] as const),
      'loadBalancer.failTrafficOnPanic has no effect with rendezvous, which hashes',
    ],
    [
      'a hash without keys',
      ...(['rendezvous', {}, { keyed: false }] as const),
      'rendezvous chooses by the key of a request, and requests have none',
    ],
    [
      'a hash that fails without keys',
      ...(['ring-hash', {}, { keyed: false, options: { system: 'grpc', withoutKey: 'fail' } }] as const),
      'ring-hash chooses by the key of a request, and requests have none; none gets a host (noHost), as withoutKey: fail',
    ],
    [
      'sessions without keys',
      ...(['random', { sessionAffinity }, { keyed: false }] as const),
      'loadBalancer.sessionAffinity remembers hosts by the key of a request, and requests have none',
    ],
    [
      'a subset nobody is in',
      ...(['ring', { subset }, { instances: [{}, { metadata: { stage: 'dev' } }] }] as const),
      'no instance has the metadata of loadBalancer.subset.match; the fallback serves from the start: 2 of 2 instances',
    ],
    [
      'two kinds of panic',
      ...(['peak-ewma', { panicThreshold: 0.07 }, { options: { maxEffort: 4 } }] as const),
      "maxEffort is Finagle's panic mode, and loadBalancer.panicThreshold is 7%, which Finagle does not have; while fewer than 7% of the hosts are healthy all pass for healthy",
    ],
    [
      'instances that ask to be spared, and nobody listens',
      ...(['peak-ewma', {}, { instances: [{ retryAfterMs: 9, queue: 5 }] }] as const),
      'instances have retryAfter, and peak-ewma does not listen to it as it is set; nobody spares them',
    ],
    [
      'instances that would ask to be spared, and never have to',
      ...([
        'peak-ewma',
        {},
        { instances: [{ retryAfterMs: 9, queue: Infinity }], options: { failurePenalty: 5000 } },
      ] as const),
      'instances have retryAfter, and reject no request, as their queues have no limit; nobody spares them',
    ],
    [
      'a queue beside panic',
      ...(['ring', { whenNobodyReady: { afterMs: 3000, capacity: 1 } }, {}] as const),
      "loadBalancer.whenNobodyReady is Linkerd's queue, and panicThreshold is 50%, which Linkerd does not have; while fewer than 50% of the hosts are healthy all pass for healthy",
    ],
    [
      'two kinds of panic, one of which fails',
      ...(['peak-ewma', { failTrafficOnPanic: true }, { options: { maxEffort: 4 } }] as const),
      'while fewer than 50% of the hosts are healthy no host is picked, however many tries it has',
    ],
    [
      'options that a matrix sets for other columns',
      ...(['least-request', {}, { options: { algorithm: 'full-scan', choiceCount: 3, lists: 2 } }] as const),
      'least-request has options that it does not read beside its others: choiceCount is for algorithm: choices or haproxy-random; lists is for algorithm: haproxy-leastconn; they change nothing',
    ],
    [
      'priorities beside distance',
      ...([
        'ring',
        { locality: { kind: 'failover', failover: [] } },
        { instances: [{ priority: 1 }, { priority: 0 }], checked: true },
      ] as const),
      'the priorities written are disregarded',
    ],
  ] as const)('%s', async (_, strategy, settings, changes, words) => {
    const found = await said(strategy, settings, changes as Parameters<typeof said>[2]);
    expect(found.split('\n')).toEqual([expect.stringContaining(words)]);
  });
});

it.each([
  [0, {}, 'peak-ewma sent attempts to instances known to be down'],
  // None of Envoy's in this run.
  [0.5, { maxEffort: 4 }, 'peak-ewma sent attempts to instances known to be down'],
  [0.5, {}, 'panic mode sent attempts to instances known to be down'],
])('tells whose panic it was, panicThreshold %f, options %j: %s', async (panicThreshold, options, cause) => {
  const strategy = 'peak-ewma';
  const loadBalancer = { ...PLAIN_LOAD_BALANCER, panicThreshold };
  const trial = fakeTrial(strategy, { loadBalancer, strategy: { name: strategy, options } });
  const scenario = fakeScenario([{ strategy, trial }], { replications: 2 });
  const { warnings } = await fakeStudy(scenario, () => ({ panicLeaks: 3 }));
  expect(warnings.map((warning) => warning.cause)).toContain(cause);
});
