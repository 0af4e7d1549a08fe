import { limits } from './limits.ts';
import type { Problem } from './reading.ts';
import { createLocator } from './source.ts';

/** One thing wrong with a scenario file, for a person to mend. */
export interface Diagnostic {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  /** What was expected and what was found. One line; may hold text from the file, so print it through `formatDiagnostics`. */
  readonly message: string;
  /** How to mend it. */
  readonly fix: string;
}

/** In the order of the file, each once. */
export function toDiagnostics(text: string, problems: readonly Problem[]): Diagnostic[] {
  const locate = createLocator(text);
  const seen = new Set<string>();
  const sorted = [...problems].sort((a, b) => a.offset - b.offset);
  const diagnostics: Diagnostic[] = [];
  for (const { offset, message, fix } of sorted) {
    const place = locate(offset);
    const identity = `${place.line}:${place.column}: ${message}`;
    if (seen.has(identity) || diagnostics.length >= limits.problems) continue;
    seen.add(identity);
    diagnostics.push({ ...place, message, fix });
  }
  return diagnostics;
}

/**
 * Each problem as `file:line:column: message`, the line it is on, a caret under the column, and the fix. Long lines are
 * cut around the caret, tabs become spaces and control characters visible, so that a file cannot write to a terminal
 * anything but its text. At most 50 problems are shown, the rest counted.
 */
export function formatDiagnostics(file: string, text: string | Uint8Array, diagnostics: readonly Diagnostic[]): string {
  const decoded = typeof text === 'string' ? text.replace(/^\uFEFF/, '') : new TextDecoder().decode(text);
  const lines = decoded.split('\n');
  const shown = diagnostics.slice(0, limits.problemsShown).map((diagnostic) => {
    const { line, column, message, fix } = diagnostic;
    const head = `${visible(file)}:${line}:${column}: ${visible(message)}`;
    const gutter = `${line} | `;
    const { excerpt, caret } = excerptOf((lines[line - 1] ?? '').replace(/\r$/, ''), column - 1);
    const under = `${' '.repeat(gutter.length - 2)}| ${' '.repeat(caret)}^`;
    return `${head}\n  ${gutter}${excerpt}\n  ${under}\n  fix: ${visible(fix)}\n`;
  });
  const more = diagnostics.length - shown.length;
  if (more > 0) shown.push(`and ${more}${diagnostics.length >= limits.problems ? ' or' : ''} more\n`);
  return shown.join('\n');
}

const EXCERPT_WIDTH = 100;

/** The line as a terminal can show it, cut to the width around the column, and the caret's place in it. */
function excerptOf(line: string, column: number): { excerpt: string; caret: number } {
  const near = Math.max(0, column - EXCERPT_WIDTH);
  const cells = [...line.slice(near, column + EXCERPT_WIDTH)].map(cellOf);
  const caretIndex = [...line.slice(near, column)].length;
  const widthUntil = (from: number, to: number) => cells.slice(from, to).reduce((sum, cell) => sum + cell.width, 0);
  let from = 0;
  while (widthUntil(from, caretIndex) > EXCERPT_WIDTH / 2) from++;
  let to = cells.length;
  while (to > caretIndex + 1 && widthUntil(from, to) > EXCERPT_WIDTH) to--;
  const cutBefore = near + from > 0 ? '…' : '';
  const cutAfter = to < cells.length || column + EXCERPT_WIDTH < line.length ? '…' : '';
  const text = cells.slice(from, to).map((cell) => cell.text);
  return {
    excerpt: `${cutBefore}${text.join('')}${cutAfter}`,
    caret: cutBefore.length + widthUntil(from, caretIndex),
  };
}

/** Characters two columns wide in terminals, roughly, and those with no width of their own. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;
const noWidth = /\p{Mn}|\p{Me}/u;

function cellOf(character: string): { text: string; width: number } {
  if (character === '\t') return { text: '  ', width: 2 };
  const text = visible(character);
  if (text !== character) return { text, width: [...text].length };
  return { text, width: noWidth.test(character) ? 0 : wide.test(character) ? 2 : 1 };
}

/** Control characters as their pictures (`␛`), anything else that is invisible or turns text around by its number. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '␡' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}
