import { describe, expect, test } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { GRPC_CONNECTIONS } from '../../src/core/connectivity.ts';
import { subsettings } from '../../src/run/lists.ts';
import { readScenario } from '../../src/scenario/read_scenario.ts';
import { SESSIONS } from '../helpers/sessions.ts';
import { expectProblems, type WrongRow } from './marked_problems.ts';
import { minimal, onlyColumn, problems, unmark, valid } from './vocabulary.ts';

const zoned = {
  instances: '[{ count: 4, zones: [a, b], serviceTime: 1ms }]',
  callers: '{ count: 2, zones: [a, b] }',
};
const staged = {
  instances:
    '[{ count: 2, metadata: { stage: prod, version: 1 }, serviceTime: 1ms }, { count: 1, metadata: { stage: dev }, serviceTime: 1ms }]',
};
const balancing = (settings: string) => ({ loadBalancer: `{ policy: random, ${settings} }` });

/** What is around the strategy in a scenario with these settings. */
function settingsOf(settings: string, changes: Record<string, string> = {}) {
  return onlyColumn(minimal({ ...changes, ...balancing(settings) })).trial.loadBalancer;
}

describe('what is written around the strategy', () => {
  test.each([
    ['panicThreshold: 0%', {}, { panicThreshold: 0 }],
    ['failTrafficOnPanic: true', {}, { failTrafficOnPanic: true }],
    ['overprovisioningFactor: 100', {}, { overprovisioningPercent: 100 }],
    ['weightedPriorityHealth: true', {}, { weightedPriorityHealth: true }],
    ['failover: all-or-nothing', {}, { failover: 'all-or-nothing' }],
    ['connections: {}', {}, { connections: GRPC_CONNECTIONS, failover: 'all-or-nothing', panicThreshold: 0 }],
    [
      'connections: {}, failover: spill, panicThreshold: 20%',
      {},
      { connections: GRPC_CONNECTIONS, failover: 'spill', panicThreshold: 0.2 },
    ],
    [
      'connections: { system: grpc-java }',
      {},
      {
        connections: { ...GRPC_CONNECTIONS, system: 'grpc-java', minConnectTimeoutMs: 30_000 },
        ...{ failover: 'all-or-nothing', panicThreshold: 0 },
      },
    ],
    [
      'connections: { system: grpc-core }',
      {},
      {
        connections: { ...GRPC_CONNECTIONS, system: 'grpc-core', minConnectTimeoutMs: 20_000 },
        ...{ failover: 'all-or-nothing', panicThreshold: 0 },
      },
    ],
    [
      'connections: { system: grpc-java, initialBackoff: 2s, multiplier: 2, maxBackoff: 1m, jitter: 10%, minConnectTimeout: 5s, waitForReady: true, failoverTimeout: 3s }',
      {},
      {
        ...{ failover: 'all-or-nothing', panicThreshold: 0 },
        connections: {
          ...{ system: 'grpc-java', initialBackoffMs: 2000, multiplier: 2, maxBackoffMs: 60_000, jitter: 0.1 },
          ...{ minConnectTimeoutMs: 5000, waitForReady: true, failoverTimeoutMs: 3000 },
        },
      },
    ],
    ['backups: first', {}, { backups: 'first' }],
    ['updateMergeWindow: 1s', {}, { updateMergeWindowMs: 1000 }],
    ['updateMergeWindow: 0s', {}, {}],
    ['locality: { weighted: {} }', zoned, { locality: { kind: 'weighted', weights: {} } }],
    [
      'locality: { weighted: { weights: { a: 2, b: 0.5 } } }',
      zoned,
      { locality: { kind: 'weighted', weights: { a: 2, b: 0.5 } } },
    ],
    [
      'locality: { zoneAware: {} }',
      zoned,
      {
        locality: {
          kind: 'zone-aware',
          minClusterSize: 6,
          basis: 'hosts',
          routingEnabledPercent: 100,
          forceLocalZoneMinSize: null,
        },
      },
    ],
    [
      'locality: { zoneAware: { minClusterSize: 2, basis: weight, routingEnabled: 29%, forceLocalZone: {} } }',
      zoned,
      {
        locality: {
          kind: 'zone-aware',
          minClusterSize: 2,
          basis: 'weight',
          routingEnabledPercent: 29,
          forceLocalZoneMinSize: 1,
        },
      },
    ],
    ['locality: { failover: [] }', zoned, { locality: { kind: 'failover', failover: [] } }],
    [
      'locality: { failover: [{ from: us, to: eu }] }',
      {
        instances: '[{ count: 2, zones: [us/x/1, eu/y], serviceTime: 1ms }]',
        callers: '{ count: 1, zone: us/x/1 }',
      },
      { locality: { kind: 'failover', failover: [{ from: 'us', to: 'eu' }] } },
    ],
    [
      'subset: { match: { stage: prod }, selectors: [{ keys: [stage] }] }',
      staged,
      {
        subset: {
          match: { stage: 'prod' },
          selectors: [{ keys: ['stage'] }],
          fallback: 'none',
          defaultSubset: {},
          localityWeightAware: false,
          scaleLocalityWeight: false,
        },
      },
    ],
    [
      `subset: {
        match: { version: 1, stage: prod },
        selectors: [{ keys: [stage, version], fallback: keys, fallbackKeys: [stage] }, { keys: [stage], fallback: any }],
        fallback: default, defaultSubset: { stage: dev } }`.replace(/\s+/g, ' '),
      staged,
      {
        subset: {
          match: { version: '1', stage: 'prod' },
          selectors: [
            { keys: ['stage', 'version'], fallback: 'keys', fallbackKeys: ['stage'] },
            { keys: ['stage'], fallback: 'any' },
          ],
          fallback: 'default',
          defaultSubset: { stage: 'dev' },
          localityWeightAware: false,
          scaleLocalityWeight: false,
        },
      },
    ],
    [
      'subset: { selectors: [{ keys: [stage] }], fallback: any, localityWeightAware: true, scaleLocalityWeight: true }',
      staged,
      {
        subset: {
          match: {},
          selectors: [{ keys: ['stage'] }],
          fallback: 'any',
          defaultSubset: {},
          localityWeightAware: true,
          scaleLocalityWeight: true,
        },
      },
    ],
    ['subsetting: { slice: { size: 2 } }', {}, { subsetting: { name: 'slice', options: { size: 2 } } }],
    [
      'slowStart: { envoy: { window: 30s } }',
      {},
      { slowStart: { kind: 'envoy', windowMs: 30_000, aggression: 1, minWeightShare: 0.1 } },
    ],
    [
      'slowStart: { envoy: { window: 1m, aggression: 2, minWeightPercent: 5 } }',
      {},
      { slowStart: { kind: 'envoy', windowMs: 60_000, aggression: 2, minWeightShare: 0.05 } },
    ],
    ['whenNobodyReady: {}', {}, { whenNobodyReady: { afterMs: 3000, capacity: 10_000 } }],
    ['whenNobodyReady: { failFast: 500ms, capacity: 1 }', {}, { whenNobodyReady: { afterMs: 500, capacity: 1 } }],
    ['slowStart: { haproxy: { window: 20s } }', {}, { slowStart: { kind: 'haproxy', windowMs: 20_000 } }],
    [
      'sessionAffinity: {}',
      {},
      {
        sessionAffinity: {
          ttlMs: Infinity,
          renew: true,
          maxSessions: Number.MAX_SAFE_INTEGER,
          failback: false,
          strict: false,
          retries: 'session',
        },
      },
    ],
    [
      'sessionAffinity: { ttl: 30m, renew: false, maxSessions: 10, failback: true, retries: policy }',
      {},
      {
        sessionAffinity: {
          ttlMs: 1_800_000,
          renew: false,
          maxSessions: 10,
          failback: true,
          strict: false,
          retries: 'policy',
        },
      },
    ],
    [
      'sessionAffinity: { strict: true }',
      {},
      { sessionAffinity: { ...SESSIONS, maxSessions: Number.MAX_SAFE_INTEGER, strict: true, retries: 'policy' } },
    ],
    [
      'sessionAffinity: { strict: true, retries: session }',
      {},
      { sessionAffinity: { ...SESSIONS, maxSessions: Number.MAX_SAFE_INTEGER, strict: true, retries: 'session' } },
    ],
  ])('%s', (settings, changes, expected) => {
    expect(settingsOf(settings, changes)).toStrictEqual({ ...PLAIN_LOAD_BALANCER, ...expected });
  });

  test('instances have priorities, are backups, and have metadata', () => {
    const { trial } = onlyColumn(
      minimal({
        instances:
          '[{ count: 1, priority: 127, serviceTime: 1ms }, { count: 1, backup: true, metadata: { hash_key: k, v: 1.10, on: true }, serviceTime: 1ms }, { count: 1, priority: 0, backup: false, serviceTime: 1ms }]',
      }),
    );
    const [late, backup, plain] = trial.instances;
    expect(late).toMatchObject({ priority: 127 });
    expect(late).not.toHaveProperty('backup');
    expect(backup).toMatchObject({ backup: true, metadata: { hash_key: 'k', v: '1.10', on: 'true' } });
    expect(Object.keys(plain ?? {})).not.toEqual(expect.arrayContaining(['priority', 'backup', 'metadata']));
  });

  test('all instances may be backups', () => {
    expect(problems(minimal({ instances: '[{ count: 2, backup: true, serviceTime: 1ms }]' }))).toStrictEqual([]);
  });

  test('callers have workers', () => {
    const { trial } = onlyColumn(minimal({ callers: '{ count: 2, workers: 4 }' }));
    expect(trial.callers.map(({ workers }) => workers)).toStrictEqual([4, 4]);
  });

  test('zones may be regions, zones and sub-zones; ids have hyphens for slashes, and faults find them', () => {
    const { trial } = onlyColumn(
      minimal({
        instances: '[{ count: 2, zone: eu/west/1, serviceTime: 1ms }]',
        faults: '[{ crash: { zone: eu/west/1 }, at: 1s }, { crash: { instances: [eu-west-1-2] }, at: 1s }]',
      }),
    );
    expect(trial.instances.map(({ id, zone }) => [id, zone])).toStrictEqual([
      ['eu-west-1-1', 'eu/west/1'],
      ['eu-west-1-2', 'eu/west/1'],
    ]);
    expect(trial.faults[1]?.target).toStrictEqual({ kind: 'instances', indexes: [1] });
  });

  test.each([
    ['hostSelection: {}', { retries: 5, exhausted: 'untried', updateFrequency: null }],
    ['hostSelection: { attempts: 1, exhausted: last }', { retries: 1, exhausted: 'last', updateFrequency: null }],
    ['previousPriorities: { updateFrequency: 2 }', { retries: 5, exhausted: 'untried', updateFrequency: 2 }],
    [
      'hostSelection: { exhausted: last }, previousPriorities: { updateFrequency: 1 }',
      { retries: 5, exhausted: 'last', updateFrequency: 1 },
    ],
  ])('retries with %s', (written, hostSelection) => {
    const { trial } = onlyColumn(minimal({ request: `{ retries: { attempts: 2, ${written} } }` }));
    expect(trial.request.hostSelection).toStrictEqual(hostSelection);
  });

  test('retries alone say nothing of hosts', () => {
    const { trial } = onlyColumn(minimal({ request: '{ retries: { attempts: 2 } }' }));
    expect(trial.request).not.toHaveProperty('hostSelection');
    expect(trial.request).not.toHaveProperty('redispatch');
    expect(trial.request).not.toHaveProperty('retryLimit');
  });

  test.each([0, 1, -2])('retries with redispatch: %i', (redispatch) => {
    const { trial } = onlyColumn(minimal({ request: `{ retries: { attempts: 2, redispatch: ${redispatch} } }` }));
    expect(trial.request.redispatch).toBe(redispatch);
  });

  test.each([
    ['maxConcurrent: 3', { kind: 'count', max: 3 }],
    ['budget: {}', { kind: 'budget', share: 0.2, min: 3 }],
    ['budget: { percent: 25, minConcurrent: 0 }', { kind: 'budget', share: 0.25, min: 0 }],
    ['budget: { percent: 7% }', { kind: 'budget', share: 0.07, min: 3 }],
  ])('a limit of retries, %s', (written, limit) => {
    const { trial } = onlyColumn(minimal({ request: `{ retries: { attempts: 2, ${written} } }` }));
    expect(trial.request.retryLimit).toStrictEqual(limit);
  });

  test('the real kinds of subsetting, and what they refuse', () => {
    const read = (subsetting: string) =>
      readScenario(minimal({ loadBalancer: `{ policy: random, subsetting: ${subsetting} }` }), 'x', {
        strategies: [{ name: 'random', doc: '', options: {} } as never],
        subsettings,
        metrics: [],
      });
    for (const { name, options } of subsettings) {
      const needed = Object.entries(options).filter(([, descriptor]) => descriptor.default === undefined);
      const written = needed.map(([option]) => `${option}: 2`).join(', ');
      const read2 = read(`{ ${name}: { ${written} } }`);
      expect('scenario' in read2 && read2.scenario.columns[0]?.trial.loadBalancer.subsetting).toMatchObject({ name });
    }
    expect(read('{ random-aperture: { lowLoad: 2, highLoad: 1 } }')).toMatchObject({
      problems: [{ message: expect.stringContaining('lowLoad must be less than highLoad, found 2 and 1') }],
    });
  });
});

describe('paths of the matrix', () => {
  test.each([
    ['instances.0.priority: [0, 1]', {}, ''],
    ['instances.0.backup: [true, false]', {}, ''],
    ['instances.0.metadata.stage: [prod, dev]', {}, ''],
    ['callers.workers: [1, 2]', { callers: '{ count: 1 }' }, ''],
    ['loadBalancer.overprovisioningFactor: [100, 140]', {}, ''],
    ['loadBalancer.locality.weighted.weights.a: [1, 2]', zoned, ''],
    ['loadBalancer.locality.zoneAware.forceLocalZone.minSize: [1, 2]', zoned, ''],
    ['loadBalancer.locality.failover.0.to: [a, b]', zoned, 'locality: { failover: [{ from: us, to: b }] }'],
    ['loadBalancer.subset.match.stage: [prod, dev]', staged, 'subset: { selectors: [{ keys: [stage] }] }'],
    [
      'loadBalancer.subset.selectors.0.fallback: [any, default]',
      staged,
      'subset: { match: { stage: prod }, selectors: [{ keys: [stage] }] }',
    ],
    ['loadBalancer.subsetting.slice.size: [1, 2]', {}, ''],
    ['loadBalancer.subsetting: [{ slice: { size: 1 } }, { slice: { size: 2 } }]', {}, ''],
    ['loadBalancer.slowStart.envoy.window: [10s, 20s]', {}, ''],
    ['loadBalancer.slowStart: [{ envoy: { window: 10s } }, { haproxy: { window: 10s } }]', {}, ''],
    ['loadBalancer.sessionAffinity.strict: [true, false]', {}, ''],
    ['loadBalancer.connections.waitForReady: [true, false]', {}, ''],
    ['loadBalancer.failover: [spill, all-or-nothing]', {}, 'connections: {}'],
    ['loadBalancer.sessionAffinity.retries: [session, policy]', {}, ''],
    ['loadBalancer.sessionAffinity.renew: [true, false]', {}, ''],
    ['loadBalancer.sessionAffinity.failback: [true, false]', {}, ''],
    ['request.retries.previousPriorities.updateFrequency: [1, 2]', { request: '{ retries: { attempts: 2 } }' }, ''],
    ['request.retries.hostSelection.exhausted: [untried, last]', { request: '{ retries: { attempts: 2 } }' }, ''],
    ['request.retries.redispatch: [-1, 1]', { request: '{ retries: { attempts: 2 } }' }, ''],
  ])('%s', (axis, changes: Record<string, string>, settings) => {
    const loadBalancer = settings === '' ? {} : balancing(settings);
    const { columns } = valid(minimal({ ...changes, ...loadBalancer, matrix: `{ ${axis} }` }));
    expect(columns).toHaveLength(2);
    expect(columns[0]?.trial).not.toEqual(columns[1]?.trial);
  });

  test('a name of one’s own is still a name, and has no parts', () => {
    const found = problems(
      minimal({ matrix: '{ instances.0.metadata._x: [y, z], instances.0.metadata.stage.x: [y, z] }' }),
    );
    expect(found.map(({ message }) => message)).toStrictEqual([
      "expected a name in 'instances.0.metadata', found '_x'",
      "expected a parameter, found 'instances.0.metadata.stage.x'",
    ]);
  });
});

/** `‸` marks where each problem is to be found; after it come, for each, words of its message and fix. */
function check(rows: readonly WrongRow[]): void {
  test.each(rows)('%s', (_, changes, ...said) => {
    expectProblems(minimal(changes), said);
  });
}

describe('what cannot be', () => {
  const group = (text: string) => ({ instances: `[{ count: 2, ${text}, serviceTime: 1ms }]` });
  check([
    [
      'waits that end before they begin',
      balancing('connections: { initialBackoff: 2s, maxBackoff: ‸1s }'),
      'expected a maxBackoff of at least initialBackoff',
    ],
    ['a jitter above itself', balancing('connections: { jitter: ‸120% }'), '120%'],
    ['misspelt', balancing('‸overProvisioningFacter: 140'), "did you mean 'overprovisioningFactor'?"],
    ["in Envoy's words", balancing('‸slow_start_config: {}'), 'expected a key of a load balancer'],
    [
      'a percentage with its sign',
      balancing('overprovisioningFactor: ‸140%'),
      "expected a whole number, found '140%'; write 140: it is in percent",
    ],
    ['no overprovisioning', balancing('overprovisioningFactor: ‸0'), 'expected at least 1, found 0'],
    ['priority beyond Envoy’s', group('priority: ‸128'), 'expected at most 127'],
    ['metadata that is a word', group('metadata: ‸prod'), "expected a block of metadata, found 'prod'; write { stage"],
    ['metadata that is a block', group('metadata: { stage: ‸{ a: b } }'), 'expected a word, found a block of keys'],
    ['metadata with spaces', group("metadata: { stage: ‸'a b' }"), 'expected a word, found'],
    ['metadata under a strange name', group('metadata: { ‸__proto__: x }'), 'expected a name in a block of metadata'],
    ['a long name', group(`metadata: { ‸${'n'.repeat(129)}: x }`), 'names of at most 128 characters'],
    [
      'too much metadata',
      group(`metadata: ‸{ ${Array.from({ length: 1_001 }, (_, i) => `n${i}: x`).join(', ')} }`),
      'expected at most 1000 names in a block of metadata, found 1001',
    ],
    ['too many workers', { callers: '{ count: 1, workers: ‸129 }' }, 'expected at most 128'],
    [
      'too many pairs, for their workers',
      { instances: '[{ count: 10000, serviceTime: 1ms }]', callers: '‸{ count: 10, workers: 101 }' },
      'found 10 x 10000 x 101 workers',
    ],
    [
      'zones of weight where nobody is',
      { ...zoned, ...balancing('locality: { weighted: { weights: { a: 1, ‸bb: 2 } } }') },
      "expected a zone with instances, found 'bb'; known: a, b",
    ],
    [
      'zones that count where nobody has one',
      balancing('locality: ‸{ weighted: {} }'),
      'expected instances with zones where zones count, found none; add zones: [a, b] to instances',
    ],
    [
      'zone-aware callers without zones',
      { instances: zoned.instances, ...balancing('locality: ‸{ zoneAware: {} }') },
      'expected callers with zones: near or far is seen from where they are, found none; add zones: [a, b] to callers',
    ],
    [
      'failover of callers without zones',
      { instances: zoned.instances, ...balancing('locality: ‸{ failover: [] }') },
      'expected callers with zones',
    ],
    [
      'failover to nowhere, to itself, twice',
      {
        ...zoned,
        ...balancing('locality: { failover: [{ from: a, to: ‸q }, { from: b, to: ‸b }, { from: ‸a, to: b }] }'),
      },
      "expected a region with instances, found 'q'; known: a, b",
      "expected another region than 'b', found the same",
      "expected each region once, found 'a' again",
    ],
    ['two ways zones count', balancing('locality: { weighted: {}, ‸failover: [] }'), 'expected one way zones count'],
    [
      'a share that Envoy would round',
      { ...zoned, ...balancing('locality: { zoneAware: { routingEnabled: ‸33.3% } }') },
      'expected a whole percentage, as Envoy rounds it to, found 33.3%; write 33%',
    ],
    ['a queue that never waits', balancing('whenNobodyReady: { failFast: ‸0s }'), 'expected more than 0s'],
    ['a queue of nobody', balancing('whenNobodyReady: { capacity: ‸0 }'), 'expected at least 1'],
    ['slow start by name alone', balancing('slowStart: ‸envoy'), 'write { envoy: { window: 30s } }'],
    ['slow start without end', balancing('slowStart: { envoy: ‸{} }'), "expected 'window' in a block of Envoy's slow"],
    ['slow start of no length', balancing('slowStart: { haproxy: { window: ‸0s } }'), 'expected more than 0s'],
    ['no aggression', balancing('slowStart: { envoy: { window: 1s, aggression: ‸0 } }'), 'expected more than 0'],
    ['session of no length', balancing('sessionAffinity: { ttl: ‸0s }'), 'expected more than 0s'],
    ['no sessions', balancing('sessionAffinity: { maxSessions: ‸0 }'), 'expected at least 1'],
    ['unknown subsetting', balancing('subsetting: ‸slcie'), "known subsetting, found 'slcie'; did you mean 'slice'?"],
    ['subsetting by name alone', balancing('subsetting: ‸slice'), "expected 'size' in the options of slice"],
    [
      'options that do not go together',
      balancing('subsetting: ‸{ slice: { size: 1, least: 2 } }'),
      'expected options that go together, found otherwise: least must be at most size',
    ],
    [
      'no hosts to choose anew',
      { request: '{ retries: { attempts: 1, previousPriorities: { updateFrequency: ‸0 } } }' },
      'expected at least 1',
    ],
    [
      'a redispatch before the first retry',
      { request: '{ retries: { attempts: 2, redispatch: ‸-3 } }' },
      'expected at least -2, as there are 2 retries, found -3',
    ],
    [
      'two limits of retries',
      { request: '{ retries: { attempts: 2, ‸maxConcurrent: 3, budget: {} } }' },
      'expected no budget beside it, found one',
    ],
    [
      'redispatch beside what it stands for',
      { request: '{ retries: { attempts: 2, redispatch: ‸1, hostSelection: {} } }' },
      'expected no hostSelection beside it',
    ],
  ]);
});

describe('subsets nobody is in', () => {
  const subset = (text: string) => ({ ...staged, ...balancing(`subset: ${text}`) });
  check([
    ['without selectors', subset('‸{ match: { stage: prod } }'), "expected 'selectors' in a subset"],
    [
      'keys that no selector has',
      subset('{ match: { ‸stage: prod }, selectors: [{ keys: [version] }, { keys: [stage, version] }] }'),
      'a selector with exactly the keys of match, stage, found [version], [stage, version]; add { keys: [stage] } to',
    ],
    [
      'a value that no instance has',
      subset('{ match: { ‸stage: prdo }, selectors: [{ keys: [stage] }] }'),
      "found 'stage: prdo', which none has; and the fallback is none, so nobody could be picked; did you mean 'prod'?",
    ],
    [
      'a key that no instance has',
      subset('{ match: { ‸stag: prod }, selectors: [{ keys: [stag] }] }'),
      "no instance has 'stag': add metadata: { stag: prod } to instances",
    ],
    [
      'values that no instance has together',
      subset('{ match: { ‸stage: dev, version: 1 }, selectors: [{ keys: [stage, version] }] }'),
      'expected an instance with all of stage: dev, version: 1, found none',
    ],
    [
      'the default one',
      subset('{ selectors: [{ keys: [stage] }], fallback: default, defaultSubset: { ‸stage: test } }'),
      "found 'stage: test', which none has; so nobody could be picked; known: prod, dev",
    ],
    [
      'nothing asked for, nothing to fall back to',
      subset('‸{ selectors: [{ keys: [stage] }] }'),
      "expected 'match', or another fallback than none",
    ],
    [
      'as many fallback keys, one of them twice',
      subset(
        '{ match: { stage: prod, version: 1 }, selectors: [{ keys: [stage, version], fallback: keys, fallbackKeys: ‸[stage, ‸stage] }] }',
      ),
      'expected fewer keys than in keys, found as many',
      "expected each key once, found 'stage' again",
    ],
    [
      'fallback keys',
      subset(
        '{ match: { stage: prod }, selectors: [{ keys: [stage], ‸fallbackKeys: [stage] }, { keys: [a, ‸a] }, { keys: [a, b], fallback: keys, fallbackKeys: [‸c] }, { keys: [a], fallback: ‸keys }] }',
      ),
      "expected 'fallbackKeys' beside fallback: keys only",
      "expected each key once, found 'a' again",
      "expected one of the selector's keys, found 'c'",
      "expected 'fallbackKeys' beside fallback: keys, found no such key",
    ],
  ]);

  test('are allowed where a fallback serves', () => {
    const written = 'subset: { match: { stage: test }, selectors: [{ keys: [stage] }], fallback: any }';
    expect(problems(minimal({ ...staged, ...balancing(written) }))).toStrictEqual([]);
  });

  test('a value of the matrix that nobody has is to blame itself', () => {
    const { text, places } = unmark(
      minimal({
        ...staged,
        ...balancing('subset: { match: { stage: prod }, selectors: [{ keys: [stage] }] }'),
        matrix: '{ loadBalancer.subset.match.stage: [prod, ‸test] }',
      }),
    );
    expect(problems(text).map(({ line, column }) => `${line}:${column}`)).toStrictEqual(places);
  });
});
