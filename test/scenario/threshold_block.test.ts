import { describe, expect, test } from 'vitest';
import { concerns } from '../../src/scenario/concern.ts';
import { expectProblems } from './marked_problems.ts';
import { minimal, problems, unmark, valid } from './vocabulary.ts';

const policies = '[ring, { peak-ewma: { decayTime: 5s } }, { peak-ewma: { decayTime: 1s } }]';
const grid = {
  variants: '{ current: {}, proposed: { load.rate: 1/s } }',
  matrix: `{ loadBalancer.policy: ${policies} }`,
};

/** The columns that a threshold is about. */
function about(threshold: string, changes: Readonly<Record<string, string>> = grid, policyOverride: string[] = []) {
  const { thresholds, columns } = valid(minimal({ ...changes, thresholds: `[${threshold}]` }), { policyOverride });
  return thresholds.map((one) =>
    columns.filter((column) => concerns(one, column)).map(({ variant, strategy }) => `${variant} ${strategy}`),
  );
}

const ewma = ['peak-ewma(decayTime=5s)', 'peak-ewma(decayTime=1s)'];
const all = ['current', 'proposed'].flatMap((variant) => ['ring', ...ewma].map((strategy) => `${variant} ${strategy}`));

test.each([
  ['latency.p99 < 1s', all],
  ['{ threshold: latency.p99 < 1s }', all],
  ['{ threshold: latency.p99 < 1s, strategy: ring }', ['current ring', 'proposed ring']],
  ['{ threshold: latency.p99 < 1s, variant: proposed }', ['ring', ...ewma].map((name) => `proposed ${name}`)],
  ['{ threshold: latency.p99 < 1s, variant: [current, proposed] }', all],
  ['{ threshold: latency.p99 < 1s, variant: current, strategy: peak-ewma }', ewma.map((name) => `current ${name}`)],
  [
    '{ threshold: latency.p99 < 1s, variant: current, strategy: [ring, peak-ewma(decayTime=1s)] }',
    ['current ring', 'current peak-ewma(decayTime=1s)'],
  ],
])('%s', (threshold, columns) => {
  expect(about(threshold)).toStrictEqual([columns]);
});

test('says what must hold in the words of the file, of whom in those of the columns', () => {
  const written = '{ threshold: latency.p99 <  1s, strategy: peak-ewma, variant: proposed, abortOnFail: true }';
  expect(valid(minimal({ ...grid, thresholds: `[${written}]` })).thresholds).toStrictEqual([
    {
      ...{ expression: 'latency.p99 < 1s', metric: 'latency.p99', operator: '<', limit: 1_000 },
      ...{ strategies: ewma, variants: ['proposed'], abortOnFail: true },
    },
  ]);
});

test('what is about strategies that the command line does not run is left out', () => {
  const thresholds =
    '{ threshold: latency.p99 < 1s, strategy: peak-ewma }, { threshold: latency.p99 < 2s, strategy: random }';
  expect(about(thresholds, grid, ['random'])).toStrictEqual([['current random', 'proposed random']]);
});

describe('what is wrong with a threshold on some columns', () => {
  type Row = [title: string, threshold: string, ...said: string[]];
  const rows: Row[] = [
    [
      'unknown strategy',
      '{ threshold: latency.p99 < 1s, strategy: ‸rign }',
      "found 'rign'; did you mean 'ring'? known: ring, peak-ewma(decayTime=5s), peak-ewma",
    ],
    [
      'a strategy that is not run',
      '{ threshold: latency.p99 < 1s, strategy: [ring, ‸random] }',
      'expected a strategy of this scenario',
    ],
    [
      'unknown variant',
      '{ threshold: latency.p99 < 1s, variant: [‸curent, ‸x] }',
      "did you mean 'current'? known: current, proposed",
      "found 'x'; known",
    ],
    ['two unknown names', '{ threshold: latency.p99 < 1s, strategy: ‸x, variant: ‸y }', "found 'x'", "found 'y'"],
    ['no name', '{ threshold: latency.p99 < 1s, strategy: ‸[] }', 'found an empty list; write one of them'],
    [
      'nothing',
      '{ threshold: latency.p99 < 1s, ‸variant:  }',
      'expected the name of a variant, or a list of them, found nothing',
    ],
    ['no threshold', '‸{ strategy: ring }', "expected 'threshold' in a threshold, found no such key"],
    ['misspelt key', '{ threshold: latency.p99 < 1s, ‸abortOnfial: true }', "did you mean 'abortOnFail'?"],
    ['misspelt threshold', '{ ‸treshold: latency.p99 < 1s }', "did you mean 'threshold'?"],
    [
      'all of it',
      '{ threshold: ‸latency.p98 < 1s, strategy: ‸x, abortOnFail: ‸maybe }',
      'latency.p99',
      "found 'x'",
      'true or false',
    ],
    ['a block of no such keys', '‸{ latency.p99: 1s }', 'or { threshold: latency.p99 < 500ms, strategy: ring }'],
  ];

  test.each(rows)('%s', (_, threshold, ...said) => {
    expectProblems(minimal({ ...grid, thresholds: `[${threshold}]` }), said);
  });

  test('names that no column has together', () => {
    const variants = '{ a: { loadBalancer.policy: ring }, b: {} }';
    const { text, places } = unmark(
      minimal({ variants, thresholds: '[‸{ threshold: latency.p99 < 1s, strategy: ring, variant: b }]' }),
    );
    expect(problems(text)).toMatchObject([{ message: expect.stringContaining('that some column has together') }]);
    expect(problems(text).map(({ line, column }) => `${line}:${column}`)).toStrictEqual(places);
  });

  test('a variant where there are none', () => {
    const text = minimal({ thresholds: '[{ threshold: latency.p99 < 1s, variant: proposed }]' });
    expect(problems(text).map(({ fix }) => fix)).toStrictEqual(['there are none: leave variant out']);
  });

  test('where the policy itself is missing, no more is said', () => {
    const text = minimal({ loadBalancer: '{}', thresholds: '[{ threshold: latency.p99 < 1s, strategy: ring }]' });
    expect(problems(text).map(({ message }) => message)).toStrictEqual([expect.stringContaining("expected 'policy'")]);
  });

  test('of many strategies only some are listed', () => {
    const many = Array.from({ length: 40 }, (_, i) => `{ peak-ewma: { decayTime: ${i + 1}s } }`).join(', ');
    const text = minimal({
      matrix: `{ loadBalancer.policy: [${many}] }`,
      thresholds: '[{ threshold: latency.p99 < 1s, strategy: ring }]',
    });
    expect(problems(text)[0]?.fix).toMatch(/^known: peak-ewma\(decayTime=1s\), .*, \.\.\.$/);
    expect(problems(text)[0]?.fix.split(', ')).toHaveLength(21);
  });
});
