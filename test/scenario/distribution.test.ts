import { expect, test } from 'vitest';
import { minimal, onlyColumn, problems } from './vocabulary.ts';

function latency(distribution: string, files: Record<string, string> = {}) {
  const readFile = (path: string, scenarioFile: string) => {
    const text = files[path];
    if (text === undefined) throw new Error(`${path} is not beside ${scenarioFile}`);
    return text;
  };
  const text = minimal({ network: `{ latency: ${distribution} }` });
  const [problem] = problems(text, { readFile });
  return problem === undefined ? onlyColumn(text, { readFile }).trial.networkLatency : problem.message;
}

test.each([
  ['8ms', { kind: 'constant', valueMs: 8 }],
  ['{ exponential: { mean: 1s } }', { kind: 'exponential', meanMs: 1_000 }],
  ['{ uniform: { min: 1ms, max: 1ms } }', { kind: 'uniform', minMs: 1, maxMs: 1 }],
  ['{ lognormal: { median: 8ms, p99: 60ms } }', { kind: 'lognormal', medianMs: 8, p99Ms: 60 }],
  ['{ weibull: { mean: 1h, shape: 0.7 } }', { kind: 'weibull', meanMs: 3_600_000, shape: 0.7 }],
  ['{ erlang: { mean: 8ms, shape: 3 } }', { kind: 'erlang', meanMs: 8, shape: 3 }],
  ['{ pareto: { min: 2ms, shape: 1.5, max: 10s } }', { kind: 'pareto', minMs: 2, shape: 1.5, maxMs: 10_000 }],
  [
    '{ mixture: [{ weight: 9, of: 1ms }, { weight: 1, of: { exponential: { mean: 1s } } }] }',
    {
      kind: 'mixture',
      parts: [
        { weight: 9, of: { kind: 'constant', valueMs: 1 } },
        { weight: 1, of: { kind: 'exponential', meanMs: 1_000 } },
      ],
    },
  ],
])('%s', (text, expected) => {
  expect(latency(text)).toStrictEqual(expected);
});

test.each([
  ['exponential', "expected the parameters of 'exponential', found none"],
  ['{ gaussian: { mean: 8ms } }', "expected a known distribution, found 'gaussian'"],
  ['{ exponential: { mean: 8ms }, uniform: { min: 1ms, max: 2ms } }', 'expected one distribution, found 2'],
  ['{ exponential: { mean: 0s } }', 'expected more than 0s, found'],
  ['{ uniform: { min: 2ms, max: 1ms } }', 'expected max to be at least min'],
  ['{ lognormal: { median: 8ms, p99: 8ms } }', 'expected p99 to be above the median'],
  ['{ weibull: { mean: 1h, shape: 0 } }', 'expected at least 0.05'],
  ['{ erlang: { mean: 8ms, shape: 1.5 } }', 'expected a whole number'],
  ['{ pareto: { min: 2ms, shape: 1, max: 2ms } }', 'expected max to be above min'],
  ['{ mixture: [] }', 'expected at least 1'],
  ['{ mixture: [{ weight: 0, of: 1ms }] }', 'expected more than 0'],
  [`${'{ mixture: [{ weight: 1, of: '.repeat(5)}1ms${' }] }'.repeat(5)}`, 'expected mixtures at most 4 deep'],
  ['[1ms, 2ms]', 'expected a distribution, found a list'],
])('%s is refused', (text, message) => {
  expect(latency(text)).toContain(message);
});

test('empirical values come from a file: one a line, with a heading, comments and quotes', () => {
  const files = { 'a.csv': 'latency\n# measured\n8ms\r\n"1.5s"\n\n2us\n' };
  expect(latency('{ empirical: { file: a.csv } }', files)).toStrictEqual({
    kind: 'empirical',
    valuesMs: [8, 1_500, 0.002],
  });
});

test.each([
  ['missing.csv', 'missing.csv is not beside test.yaml'],
  ['empty.csv', "expected values in 'empty.csv', found none"],
  ['bare.csv', "expected a duration on line 2 of 'bare.csv', found 9: give it a unit: write 9s or 9ms"],
  ['columns.csv', "expected a duration on line 1 of 'columns.csv', found '1ms,2ms'"],
])('%s is refused', (file, message) => {
  const files = { 'empty.csv': '\n#\n', 'bare.csv': '8ms\n9\n', 'columns.csv': '1ms,2ms\n' };
  expect(latency(`{ empirical: { file: ${file} } }`, files)).toContain(message);
});

test('without a port there are no files', () => {
  const text = minimal({ network: '{ latency: { empirical: { file: a.csv } } }' });
  expect(problems(text)[0]).toMatchObject({ line: 6, column: 42, message: expect.stringContaining('cannot be read') });
});
