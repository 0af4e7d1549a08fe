import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/scenario/diagnostics.ts';
import { formatDiagnostics } from '../../src/scenario/diagnostics.ts';
import { example, minimal, problems, read } from './vocabulary.ts';

const places = (found: readonly Diagnostic[]) => found.map(({ line, column }) => `${line}:${column}`);

/** One problem, there, which says that. */
function expectProblem(content: string | Uint8Array, place: string, words: string): void {
  const found = problems(content);
  expect(places(found)).toStrictEqual([place]);
  expect(found[0]?.message).toContain(words);
}

describe('what is not a scenario', () => {
  test.each([
    ['', '1:1', 'found an empty file'],
    ['\n\n  \n', '1:1', 'found an empty file'],
    ['# nothing\n', '1:1', 'found an empty file'],
    ['---\n...\n', '1:1', 'found an empty file'],
    ['hello\n', '1:1', "found 'hello'"],
    ['- 1\n', '1:1', 'found a list'],
    ['name: [a\n', '1:9', 'not valid YAML'],
    ['name: "a\n', '1:9', 'not valid YAML'],
    ['a: b: c\n', '1:4', 'not valid YAML: nested mappings are not allowed'],
    ['load:\n\trate: 1/s\n', '2:1', 'not valid YAML: tabs are not allowed as indentation'],
    ['%YAML 1.1\n---\nname: x\n', '1:1', 'found a directive'],
    [`${minimal()}---\n${minimal()}`, '6:1', 'found a second document'],
    ['a: \0\n', '1:4', 'found the character U+0000'],
    ['a: 1\nb: \u001b[2J\n', '2:4', 'found the character U+001B'],
    ['a: \ud800\n', '1:4', 'found the character U+D800'],
  ])('%j', (text, place, words) => {
    const found = problems(text);
    expect(found.length).toBeGreaterThan(0);
    expect(places(found)[0]).toBe(place);
    expect(found.map(({ message }) => message).join()).toContain(words);
  });

  test('bytes that are not UTF-8, wherever they are', () => {
    expectProblem(Uint8Array.from([0x61, 0x3a, 0x20, 0xff, 0x0a]), '1:4', 'bytes that are not');
    expectProblem(Buffer.concat([Buffer.from('ä: 1\nb: 22'), Buffer.from([0xc3])]), '2:6', 'bytes that are not');
    expectProblem(Buffer.from('name: x\n', 'utf16le'), '1:2', 'U+0000');
    expectProblem(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('name: x\n', 'utf16le')]), '1:1', 'bytes');
  });

  test('a file without end', () => {
    expectProblem('# \n'.repeat(200_000), '1:1', 'expected at most 524288 characters, found more');
    expect(problems('# \n'.repeat(200_000))[0]?.fix).toContain('is this a scenario?');
    expectProblem(new Uint8Array(600_000), '1:1', 'expected at most 524288 characters');
  });
});

const repeat = (text: string, length = 500_000) => text.repeat(Math.floor(length / text.length));
const listOf = (length: number, item: (i: number) => string) => Array.from({ length }, (_, i) => item(i)).join(', ');
const letters = [...'abcdefgh'];
const bomb = letters.map(
  (name, i) => `${name}: &${name} [${listOf(10, () => (i === 0 ? 'x' : `*${letters[i - 1]}`))}]\n`,
);

describe('what would take for ever', () => {
  const cases: [title: string, text: string, words: string][] = [
    ['brackets', repeat('['), 'at most 64 blocks inside each other'],
    ['blocks', Array.from({ length: 900 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''), 'at most 64 blocks'],
    ['list items on one line', repeat('- '), 'at most 64 blocks'],
    ['keys on one line', repeat('a: '), 'at most 64 blocks'],
    ['closing brackets', repeat(']'), 'not valid YAML'],
    ['quotes', repeat('"', 190_000), 'not valid YAML'],
    ['bad escapes', `"${repeat('\\q')}"`, 'not valid YAML'],
    ['directives', repeat('%a\n'), 'found a directive'],
    ['documents', repeat('---\n', 190_000), 'found a second document'],
    ['comments', repeat('#\n'), 'at most, found more'],
    ['keys', Array.from({ length: 13_000 }, (_, i) => `key${i}: 1\n`).join(''), 'expected a key of a scenario'],
    ['aliases of aliases', bomb.join(''), 'expected aliases for at most 100000 values'],
    [
      'unknown ids',
      minimal({ faults: `[{ crash: { instances: [${listOf(19_000, (i) => `x${i}`)}] }, at: 1s }]` }),
      'id of an instance',
    ],
    [
      'columns of many instances',
      minimal({
        instances: '[{ count: 100000, serviceTime: 1ms }]',
        matrix: `{ instances.0.concurrency: [${listOf(1_000, (i) => `${i + 1}`)}] }`,
      }),
      'over all columns',
    ],
    [
      'many variants that make the same faults wrong',
      minimal({
        faults: `[${listOf(45, (i) => `{ crash: { count: ${i + 100} }, at: 1s }`)}]`,
        variants: `{ ${listOf(100, (i) => `v${i}: { ${listOf(60, (k) => `instances.0.metadata.k${k}: a`)}, instances.0.count: 5 }`)} }`,
        matrix: `{ load.rate: [${listOf(9, (i) => `${i + 1}/s`)}] }`,
      }),
      'instances there are',
    ],
    [
      'columns of many faults, all wrong',
      minimal({
        faults: `[${listOf(900, (i) => `{ crash: { count: ${i + 100} }, at: 1s }`)}]`,
        matrix: `{ instances.0.count: [${listOf(99, (i) => `${i + 1}`)}], load.rate: [${listOf(9, (i) => `${i + 1}/s`)}] }`,
      }),
      'instances there are',
    ],
  ];

  test.each(cases)('%s', (_, text, words) => {
    const found = problems(text);
    expect(found.map(({ message }) => message).join()).toContain(words);
    expect(found.length).toBeLessThanOrEqual(1_000);
  });

  test('columns of many faults', () => {
    const text = minimal({
      instances: '[{ count: 10000, serviceTime: 1ms }]',
      faults: `[${listOf(900, () => '{ crash: { instances: all }, at: 1s }')}]`,
      matrix: `{ faults.0.at: [${listOf(1_000, (i) => `${i + 1}ms`)}] }`,
    });
    expect(problems(text)).toStrictEqual([]);
  });
});

/** Positions inside the text, in order, something to say, and nothing that a terminal would obey. */
function expectAnswer(text: string): void {
  const result = read(text);
  if ('scenario' in result) return;
  const lines = text.split('\n');
  expect(result.problems.length).toBeGreaterThan(0);
  let before = 0;
  for (const { line, column, message, fix } of result.problems) {
    expect(line).toBeGreaterThanOrEqual(Math.max(1, before));
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1] as string).length + 1);
    expect(message).not.toBe('');
    expect(fix).not.toBe('');
    before = line;
  }
  expect(formatDiagnostics('x.yaml', text, result.problems).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
}

const token = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ': ',
    '- ',
    '\n',
    ' ',
    '&a ',
    '*a',
    '!!int ',
    "'",
    '"',
    '#',
    '|',
    '? ',
    '<<',
    '\t',
    '\u0007',
  ],
  ...[
    '0',
    '-1',
    '1e999',
    '2s',
    '5%',
    '1/s',
    'null',
    'yes',
    '__proto__',
    'constructor',
    'toString',
    'all',
    'zone: d',
    '💥',
  ],
);

describe('whatever is written', () => {
  property.prop([fc.json()])('JSON', expectAnswer);

  property.prop([fc.string({ unit: 'binary', maxLength: 200 })])('text', expectAnswer);

  property.prop([fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join(''))])('YAML-like text', expectAnswer);

  property.prop([fc.uint8Array({ maxLength: 100 })])('bytes', (bytes) => {
    const result = read(bytes);
    expect('problems' in result && result.problems.length > 0).toBe(true);
  });

  property.prop([fc.nat({ max: example.length }), fc.nat({ max: 30 }), fc.array(token, { maxLength: 3 })])(
    'the example with a piece of it replaced',
    (at, length, tokens) => expectAnswer(example.slice(0, at) + tokens.join('') + example.slice(at + length)),
  );

  const key = fc.constantFrom(
    ...['name', 'duration', 'warmup', 'seed', 'instances', 'callers', 'load', 'faults', 'matrix', 'variants'],
    ...['thresholds', 'precision', 'maxReplications', 'impact'],
  );
  property.prop([key, fc.json({ maxDepth: 4 })])('a valid file with one value replaced', (name, json) =>
    expectAnswer(minimal({ [name]: json })),
  );

  const part = fc.constantFrom(
    ...['load', 'rate', 'instances', '0', 'metadata', 'loadBalancer', 'policy', 'random', 'healthCheck', 'interval'],
    ...['faults', 'crash', 'registry', 'kind', 'request', 'retries', 'network', 'latency', 'uniform', '__proto__', ''],
  );
  const path = fc.oneof(
    { weight: 3, arbitrary: fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')) },
    { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
  );
  const value = fc.oneof(fc.constantFrom('1s', '1/s', 'ring', 'consul', null), fc.jsonValue({ maxDepth: 2 }));
  const variants = fc.dictionary(fc.string({ maxLength: 4 }), fc.dictionary(path, value, { maxKeys: 4 }), {
    maxKeys: 3,
  });
  const matrix = fc.dictionary(path, fc.array(value, { maxLength: 3 }), { maxKeys: 2 });
  property.prop([variants, matrix])('variants and a matrix of whatever paths and values', (some, axes) =>
    expectAnswer(minimal({ variants: JSON.stringify(some), matrix: JSON.stringify(axes) })),
  );
});

test('objects are none the worse for it', () => {
  read('__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }\n');
  read(minimal({ matrix: '{ __proto__.polluted: [1], constructor.prototype.polluted: [1] }' }));
  expect('polluted' in {}).toBe(false);
});
