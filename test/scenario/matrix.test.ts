import { describe, expect, test } from 'vitest';
import { expectProblems, type WrongRow } from './marked_problems.ts';
import { minimal, problems, read, unmark, valid } from './vocabulary.ts';

test('columns in the order written, the last axis varying fastest', () => {
  const { columns } = valid(
    minimal({ matrix: '{ loadBalancer.policy: [ring, random], callers.count: [1, 10], load.rate: [1k/s, 2k/s] }' }),
  );
  expect(columns.map(({ strategy, params }) => [strategy, params])).toStrictEqual(
    ['ring', 'random'].flatMap((strategy) =>
      [1, 10].flatMap((count) =>
        ['1k/s', '2k/s'].map((rate) => [strategy, { 'callers.count': count, 'load.rate': rate }]),
      ),
    ),
  );
  expect(columns.map(({ trial }) => [trial.strategy.name, trial.callers.length, trial.load.ratePerMs])).toStrictEqual([
    ['ring', 1, 1],
    ['ring', 1, 2],
    ['ring', 10, 1],
    ['ring', 10, 2],
    ['random', 1, 1],
    ['random', 1, 2],
    ['random', 10, 1],
    ['random', 10, 2],
  ]);
});

test('a strategy is labelled with its options as written, and keeps them', () => {
  const policies = '[random, ring: {}, { peak-ewma: { decayTime: 5s } }, { picky: { mode: fast, floor: 5% } }]';
  const { columns } = valid(minimal({ matrix: `{ loadBalancer.policy: ${policies} }` }));
  expect(columns.map(({ strategy, trial }) => [strategy, trial.strategy])).toStrictEqual([
    ['random', { name: 'random', options: {} }],
    ['ring', { name: 'ring', options: {} }],
    ['peak-ewma(decayTime=5s)', { name: 'peak-ewma', options: { decayTime: 5_000 } }],
    ['picky(mode=fast,floor=5%)', { name: 'picky', options: { mode: 'fast', floor: 0.05 } }],
  ]);
});

test('any parameter may vary: elements of lists, options, whole blocks, what the file does not write', () => {
  const { columns } = valid(
    minimal({
      loadBalancer: '{ policy: least-request }',
      matrix: `
  loadBalancer.policy.least-request.choiceCount: [2, 5]
  instances.0.weight: [0.5]
  request: [{ timeout: 1s }]
  network.latency: [1ms, { uniform: { min: 1ms, max: 2ms } }]
  duration: [20s]`,
    }),
  );
  expect(columns.map(({ strategy }) => strategy)).toStrictEqual(
    ['2', '2', '5', '5'].map((n) => `least-request(choiceCount=${n})`),
  );
  expect(columns[1]?.params).toStrictEqual({
    'loadBalancer.policy.least-request.choiceCount': 2,
    'instances.0.weight': 0.5,
    request: '{timeout: 1s}',
    'network.latency': '{uniform: {min: 1ms, max: 2ms}}',
    duration: '20s',
  });
  expect(columns[1]?.trial).toMatchObject({
    durationMs: 20_000,
    instances: [{ weight: 0.5 }, { weight: 0.5 }],
    request: { timeoutMs: 1_000 },
    networkLatency: { kind: 'uniform', minMs: 1, maxMs: 2 },
  });
});

test('columns share what no axis touches', () => {
  const faults = '[{ crash: { instances: all }, at: 1s }]';
  const { columns } = valid(minimal({ faults, matrix: '{ load.rate: [1/s, 2/s], faults.0.at: [1s, 2s] }' }));
  const [first, , , last] = columns;
  expect(last?.trial.instances).toBe(first?.trial.instances);
  expect(last?.trial.faults).not.toBe(first?.trial.faults);
});

test('a policy may come from the matrix alone', () => {
  const text = minimal({ loadBalancer: null, matrix: '{ loadBalancer.policy: [ring] }' });
  expect(valid(text).columns.map(({ strategy }) => strategy)).toStrictEqual(['ring']);
});

describe('the command line', () => {
  const axes = '{ loadBalancer.policy: [{ peak-ewma: { decayTime: 5s } }], load.rate: [1/s, 2/s] }';

  test('replaces the axis of policies where it stands', () => {
    const { columns } = valid(minimal({ matrix: axes }), { policyOverride: ['ring', 'random'] });
    expect(columns.map(({ strategy, params }) => `${strategy} ${params['load.rate']}`)).toStrictEqual([
      'ring 1/s',
      'ring 2/s',
      'random 1/s',
      'random 2/s',
    ]);
  });

  test('adds it last where there is none', () => {
    const text = minimal({
      loadBalancer: '{ policy: { picky: { mode: fast } } }',
      matrix: '{ load.rate: [1/s, 2/s] }',
    });
    const { columns } = valid(text, { policyOverride: ['ring', 'random'] });
    expect(columns.map(({ strategy, params }) => `${strategy} ${params['load.rate']}`)).toStrictEqual([
      'ring 1/s',
      'random 1/s',
      'ring 2/s',
      'random 2/s',
    ]);
    expect(columns[0]?.trial.strategy).toStrictEqual({ name: 'ring', options: {} });
  });

  test('cannot name an unknown strategy', () => {
    expect(problems(minimal({ matrix: axes }), { policyOverride: ['rnig'] })).toStrictEqual([
      {
        line: 6,
        column: 11,
        message: "expected a known strategy on the command line, found 'rnig'",
        fix: expect.stringContaining("did you mean 'ring'?"),
      },
    ]);
  });

  test('sets seed and replications, by the rules of the file', () => {
    expect(valid(minimal({ seed: '5' }), { seedOverride: 7, replicationsOverride: 3 })).toMatchObject({
      seed: 7,
      replications: 3,
    });
    const found = problems(minimal({ seed: '5' }), { seedOverride: -1, replicationsOverride: 1.5 });
    expect(found.map(({ line, message }) => [line, message])).toStrictEqual([
      [1, 'expected a whole number, found 1.5'],
      [6, 'expected at least 0, found -1'],
    ]);
  });

  test('an empty list of strategies changes nothing', () => {
    expect(read(minimal(), { policyOverride: [] })).toStrictEqual(read(minimal()));
  });
});

describe('what is wrong with a matrix', () => {
  const rows: WrongRow[] = [
    ['not a block', { matrix: '‸[1]' }, 'expected a block of paths and their values, found a list'],
    ['no list', { matrix: '{ load.rate: ‸1/s }' }, "expected a list of values, found '1/s'"],
    ['empty list', { matrix: '{ load.rate: ‸[] }' }, 'expected a list of values, found an empty list'],
    ['nested', { matrix: '{ load: ‸{ rate: [1/s] } }' }, 'write the path with dots: load.rate: [...]'],
    ['unknown path', { matrix: '{ ‸load.rat: [1/s] }' }, "found no 'rat' in 'load'; did you mean 'load.rate'?"],
    ['path of objects', { matrix: '{ ‸__proto__.x: [1] }' }, "found no '__proto__'"],
    ['path into a number', { matrix: '{ ‸load.rate.x: [1] }' }, "'load.rate' has no parts"],
    [
      'path into another policy',
      { matrix: '{ ‸loadBalancer.policy.ring.x: [1] }' },
      "expected 'loadBalancer.policy' to be a block",
    ],
    [
      'path into a list as if it were a block',
      { request: '‸[]', matrix: '{ ‸request.timeout: [1s] }' },
      'found an empty list',
      "expected 'request' to be a block",
    ],
    ['element that is not there', { matrix: '{ ‸instances.1.weight: [1] }' }, 'write a number from 0 to 0'],
    ['element of nothing', { matrix: '{ ‸faults.0.at: [1s] }' }, 'there are none'],
    [
      'what holds for all',
      { matrix: '{ ‸seed: [1, 2], ‸thresholds: [[]] }' },
      'it holds for the whole scenario',
      'it holds',
    ],
    ['overlap', { matrix: '{ request: [{}], ‸request.timeout: [1s] }' }, 'one contains the other'],
    ['value twice', { matrix: '{ load.rate: [1/s, ‸1/s] }' }, "expected each value once, found '1/s' again"],
    ['policy twice', { matrix: '{ loadBalancer.policy: [ring, ‸{ ring: {} }] }' }, "found 'ring' again"],
    [
      'value of a wrong kind',
      { matrix: '{ load.rate: [1/s, ‸2], callers.count: [1, ‸0] }' },
      'write 2/s',
      'at least 1',
    ],
    ['weight that leaves nobody', { matrix: '{ instances.0.weight: [1, ‸0] }' }, 'an instance of a weight above 0'],
    [
      'too many runs',
      { replications: '10000', matrix: `{ ‸load.rate: [${Array.from({ length: 11 }, (_, i) => `${i + 1}/s`)}] }` },
      'at most 100000 runs',
    ],
    [
      'too many columns',
      { matrix: `{ ‸load.rate: [${Array.from({ length: 1_001 }, (_, i) => `${i + 1}/s`)}] }` },
      'at most 1000 columns, found 1001',
    ],
    [
      'too many instances in all',
      { matrix: `{ ‸instances.0.count: [${Array.from({ length: 3 }, (_, i) => `${90_000 + i}`)}] }` },
      'over all columns',
    ],
  ];

  test.each(rows)('%s', (_, changes, ...said) => {
    expectProblems(minimal(changes), said);
  });

  test('a problem that a value brings about elsewhere is told at the value, once', () => {
    const { text, places } = unmark(
      minimal({
        request: '{ perTryTimeout: 2s }',
        warmup: '5s',
        faults: '[{ crash: { instances: [i-2] }, at: 1s }]',
        matrix: `
  loadBalancer.policy: [ring, random]
  request.timeout: [3s, ‸1s]
  duration: [9s, ‸4s]
  instances.0.count: [2, 3, ‸1]`,
      }),
    );
    const found = problems(text);
    expect(found.map(({ line, column }) => `${line}:${column}`)).toStrictEqual(places);
    expect(found.map(({ message }) => message)).toStrictEqual([
      'expected at most the timeout of 1s, found 2s',
      'expected warmup to end before the duration of 4s, found 5s',
      "expected the id of an instance, found 'i-2'",
    ]);
  });

  test('a problem of the file itself is told where it is, once for all columns', () => {
    const { text, places } = unmark(
      minimal({ warmup: '‸5', matrix: '{ loadBalancer.policy: [ring, random], load.rate: [1/s, 2/s] }' }),
    );
    expect(problems(text).map(({ line, column }) => `${line}:${column}`)).toStrictEqual(places);
  });

  test('of a block that only the matrix mentions, what it lacks', () => {
    const { text, places } = unmark(minimal({ matrix: '{ ‸healthCheck.interval: [1s] }' }));
    const found = problems(text);
    expect(new Set(found.map(({ line, column }) => `${line}:${column}`))).toStrictEqual(new Set(places));
    expect(found).toHaveLength(3);
  });
});
