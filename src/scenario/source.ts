import { limits } from './limits.ts';
import type { Problem } from './reading.ts';

/** The text of a file, or the one problem that keeps it from being text; `readable` is what there is to point into. */
export type Source = { readonly text: string } | { readonly readable: string; readonly problem: Problem };

/** Decodes UTF-8 and refuses what no editor would show: bytes that are not UTF-8, control characters, half characters. */
export function decodeSource(content: string | Uint8Array): Source {
  if (content.length > limits.fileLength) {
    const readable = typeof content === 'string' ? content.slice(0, 1_000) : '';
    return tooLong(readable);
  }
  const decoded = typeof content === 'string' ? { text: content } : decodeUtf8(content);
  if ('problem' in decoded) return decoded;
  const text = decoded.text.startsWith('\uFEFF') ? decoded.text.slice(1) : decoded.text;
  const offset = text.search(/[^\t\n\r -~\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
  if (offset < 0) return { text };
  const code = (text.codePointAt(offset) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const message = `expected text, found the character U+${code}, which YAML does not allow`;
  return { readable: text, problem: { offset, message, fix: 'is this a text file? If so, delete the character' } };
}

/** What to do about a file that says too much. */
export const shortenFix =
  "is this a scenario? If so, write 'count' instead of listing instances, 'empirical: { file }' instead of listing values, or several scenarios";

/** How much too long is not known: whoever read the file may have stopped there. */
function tooLong(readable: string): Source {
  const message = `expected at most ${limits.fileLength} characters, found more`;
  return { readable, problem: { offset: 0, message, fix: shortenFix } };
}

function decodeUtf8(bytes: Uint8Array): Source {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    const readable = new TextDecoder().decode(bytes);
    const offset = new TextDecoder().decode(bytes.subarray(0, validPrefix(bytes)), { stream: true }).length;
    const message = 'expected UTF-8 text, found bytes that are not';
    return { readable, problem: { offset, message, fix: 'save the file as UTF-8' } };
  }
}

/** How many bytes at the start are UTF-8, a character cut off at the end included. */
function validPrefix(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (startsValid(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function startsValid(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Lines and columns from 1, columns in UTF-16 units, as editors count them. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Finds lines and columns. An offset past the end, or on an empty last line, is moved to the end of the last line with text. */
export function createLocator(text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const end = text.trimEnd().length;
  return (offset) => {
    const inside = Math.max(0, Math.min(offset, end));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] as number) <= inside) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: inside - (starts[low] as number) + 1 };
  };
}
