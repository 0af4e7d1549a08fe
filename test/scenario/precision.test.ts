import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { expectProblems, type WrongRow } from './marked_problems.ts';
import { metrics, minimal, problems, valid } from './vocabulary.ts';

const precisionOf = (precision: string) => valid(minimal({ precision })).precision;

test('a share of the value, or an amount in the inside unit of the metric', () => {
  const written = `{ latency.p99: 2%, failover.detect.p99: 50ms, fairness.jain: 0.01, requests.failedShare: 0.001,
    requests.failed: 5, impact.outageSeconds: 500ms, requests.rate: 20/s }`;
  expect(precisionOf(written)).toStrictEqual([
    { metric: 'latency.p99', relative: 0.02, absolute: null },
    { metric: 'failover.detect.p99', relative: null, absolute: 50 },
    { metric: 'fairness.jain', relative: null, absolute: 0.01 },
    { metric: 'requests.failedShare', relative: null, absolute: 0.001 },
    { metric: 'requests.failed', relative: null, absolute: 5 },
    { metric: 'impact.outageSeconds', relative: null, absolute: 0.5 },
    { metric: 'requests.rate', relative: null, absolute: 20 },
  ]);
});

property.prop([fc.constantFrom(...metrics), fc.integer({ min: 1, max: 10_000 })])(
  'percent are of the value, whatever the unit',
  ({ name }, hundredths) => {
    const [one] = precisionOf(`{ ${name}: ${hundredths / 100}% }`);
    expect(one).toStrictEqual({ metric: name, relative: expect.closeTo(hundredths / 10_000, 12), absolute: null });
  },
);

test('replications end at 100 where nothing is written, and are as written without precision', () => {
  const most = (changes: Readonly<Record<string, string>>) => valid(minimal(changes)).maxReplications;
  const precision = '{ latency.p99: 2% }';
  expect(most({})).toBe(1);
  expect(most({ replications: '7' })).toBe(7);
  expect(most({ precision })).toBe(100);
  expect(most({ precision, replications: '7', maxReplications: '20' })).toBe(20);
  expect(most({ precision, replications: '150' })).toBe(150);
});

test('impact is none or twin', () => {
  expect(valid(minimal()).impact).toBe('none');
  expect(valid(minimal({ impact: 'twin' })).impact).toBe('twin');
  expect(problems(minimal({ impact: 'twins' })).map(({ fix }) => fix)).toStrictEqual([
    "did you mean 'twin'? known: none, twin",
  ]);
});

describe('what is wrong with precision', () => {
  const precision = '{ latency.p99: 2% }';
  const rows: WrongRow[] = [
    ['not a block', { precision: '‸2%' }, "expected a block of metrics and how precise they must be, found '2%'"],
    ['empty', { precision: '‸{}' }, 'write { latency.p99: 2% }'],
    [
      'unknown metric',
      { precision: '{ ‸latency.p98: 2%, ‸glamour: 1 }' },
      "did you mean 'latency.p99'?",
      'meshtrial list metrics',
    ],
    ['no amount', { precision: '{ ‸latency.p99:  }' }, 'expected a share such as 2%, or a duration'],
    ['a list', { precision: '{ latency.p99: ‸[2%] }' }, 'found a list'],
    ['no unit', { precision: '{ latency.p99: ‸2 }' }, 'give it a unit: write 2s or 2ms, or 2%'],
    ['zero', { precision: '{ latency.p99: ‸0%, requests.failed: ‸0 }' }, 'more than 0', 'more than 0'],
    ['more than all', { precision: '{ latency.p99: ‸200% }' }, 'at most 100%'],
    ['negative', { precision: '{ requests.failed: ‸-3 }' }, 'more than 0'],
    ['most without precision', { '‸maxReplications': '50' }, 'expected precision beside maxReplications'],
    [
      'fewer at most',
      { precision, replications: '10', maxReplications: '‸5' },
      'expected at least the replications, 10, found 5',
    ],
    ['more than anybody waits for', { precision, maxReplications: '‸10001' }, 'at most 10000'],
    [
      'too many runs at most',
      {
        precision,
        maxReplications: '10000',
        matrix: `{ ‸load.rate: [${Array.from({ length: 11 }, (_, i) => `${i + 1}/s`)}] }`,
      },
      'at most 100000 runs',
    ],
    ['seeds that end before', { precision, seed: `‸${Number.MAX_SAFE_INTEGER - 50}` }, 'seed + maxReplications - 1'],
  ];
  test.each(rows)('%s', (_, changes, ...said) => {
    expectProblems(minimal(changes), said);
  });
});
