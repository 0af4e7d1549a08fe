import { expect, it } from 'vitest';
import { minimal, onlyColumn, problems, unmark, valid } from './vocabulary.ts';

const read = (failureAccrual: string) => onlyColumn(minimal({ failureAccrual })).trial.failureAccrual;

it('is a name, or a name with options: what is not written is for that kind to know', () => {
  expect(read('nginx-max-fails')).toStrictEqual({ name: 'nginx-max-fails', options: {} });
  expect(read('{ finagle: { backoffStart: 1s, successRate: 90% } }')).toStrictEqual({
    name: 'finagle',
    options: { backoffStart: 1000, successRate: 0.9 },
  });
  expect(onlyColumn(minimal()).trial.failureAccrual).toBeNull();
});

it('may stand beside outlier detection, and in a matrix', () => {
  const { trial } = onlyColumn(minimal({ failureAccrual: 'linkerd', outlierDetection: '{}' }));
  expect([trial.failureAccrual?.name, trial.outlierDetection?.system]).toEqual(['linkerd', 'envoy']);
  const { columns } = valid(minimal({ matrix: '{ failureAccrual: [linkerd, { breaker: { trials: 2 } }] }' }));
  expect(columns.map(({ params }) => params)).toEqual([
    { failureAccrual: 'linkerd' },
    { failureAccrual: '{breaker: {trials: 2}}' },
  ]);
});

it.each([
  ['‸nginx', 'expected a known failure accrual'],
  ['{ ‸finagel: {} }', "found 'finagel'"],
  ['{ nginx-max-fails: { failTimeout: ‸1500ms } }', 'a whole number of seconds'],
  ['{ linkerd: { minPenalty: ‸2m } }', 'at most maxPenalty'],
  ['{ breaker: { ‸opentime: 1s } }', "found 'opentime'"],
])('%s', (written, message) => {
  const { text, places } = unmark(minimal({ failureAccrual: written }));
  const found = problems(text);
  expect(found.map(({ line, column }) => `${line}:${column}`)).toEqual(places);
  expect(found[0]?.message).toContain(message);
});
