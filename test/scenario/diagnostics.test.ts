import { expect, test } from 'vitest';
import { type Diagnostic, formatDiagnostics } from '../../src/scenario/diagnostics.ts';
import { minimal, problems } from './vocabulary.ts';

const at = (line: number, column: number): Diagnostic => ({ line, column, message: 'wrong', fix: 'mend it' });

/** What is under the caret, counting cells. */
function pointedAt(formatted: string): string {
  const [, excerpt = '', under = ''] = formatted.split('\n');
  return excerpt.slice(under.indexOf('^'));
}

test('place, message, line, caret and fix', () => {
  const text = minimal({ warmup: '5' });
  expect(formatDiagnostics('dir/x.yaml', text, problems(text))).toBe(
    [
      'dir/x.yaml:6:9: expected a duration such as 250ms or 2s, found 5',
      '  6 | warmup: 5',
      '    |         ^',
      '  fix: give it a unit: write 5s or 5ms',
      '',
    ].join('\n'),
  );
});

test('the same from bytes, and with Windows line ends and a byte order mark', () => {
  const text = minimal({ warmup: '5' });
  const plain = formatDiagnostics('x', text, problems(text));
  for (const other of [new TextEncoder().encode(text), `\uFEFF${text}`, text.replaceAll('\n', '\r\n')]) {
    expect(formatDiagnostics('x', other, problems(other))).toBe(plain);
  }
});

test('the caret stays under its column: tabs, wide characters, combining marks, control characters', () => {
  expect(pointedAt(formatDiagnostics('x', 'a\tb!', [at(1, 4)]))).toBe('!');
  expect(pointedAt(formatDiagnostics('x', '\u001b[1m!', [at(1, 5)]))).toBe('!');
  // Two cells for one character of text, and one character of text without a cell.
  expect(formatDiagnostics('x', '日本!', [at(1, 3)]).split('\n')[2]).toBe('    |     ^');
  expect(formatDiagnostics('x', 'e\u0301!', [at(1, 3)]).split('\n')[2]).toBe('    |  ^');
  expect(formatDiagnostics('x', '💥!', [at(1, 3)]).split('\n')[2]).toBe('    |   ^');
});

test('long lines are cut around the caret', () => {
  const line = `${'a'.repeat(100_000)}!${'b'.repeat(100_000)}`;
  const formatted = formatDiagnostics('x', line, [at(1, 100_001)]);
  expect(pointedAt(formatted)).toMatch(/^!b+…$/);
  expect(formatted.split('\n')[1]).toMatch(/^ {2}1 \| …a+!b+…$/);
  expect(Math.max(...formatted.split('\n').map((part) => part.length))).toBeLessThan(120);
});

test('nothing in a file, its name or a message reaches the terminal as a command', () => {
  const formatted = formatDiagnostics('x\u001b]0;', 'a: \u001b[2J\u202e\u0085', [
    { line: 1, column: 4, message: 'found \u001b[2J', fix: '\u0007' },
  ]);
  expect(formatted).toBe('x␛]0;:1:4: found ␛[2J\n  1 | a: ␛[2J<U+202E><U+0085>\n    |    ^\n  fix: ␇\n');
});

test('fifty are shown and the rest counted', () => {
  const text = Array.from({ length: 70 }, (_, i) => `key${i}: 1\n`).join('');
  const found = problems(text);
  const formatted = formatDiagnostics('x', text, found);
  expect(found).toHaveLength(75);
  expect(formatted.match(/fix:/g)).toHaveLength(50);
  expect(formatted.endsWith('\nand 25 more\n')).toBe(true);
});
