import { expect } from 'vitest';
import { problems, unmark } from './vocabulary.ts';

/** One of a table of files that are wrong: what is so, what is written instead, and words of each problem. */
export type WrongRow = [title: string, changes: Record<string, string>, ...said: string[]];

/**
 * Expects a file to be refused for the problems that `‸` marks the places of, each said in these words, of its message and
 * fix. Returns the file without the marks.
 */
export function expectProblems(marked: string, said: readonly string[]): string {
  const { text, places } = unmark(marked);
  const found = problems(text);
  expect(found.map(({ line, column }) => `${line}:${column}`)).toStrictEqual(places);
  expect(said.length).toBe(places.length);
  said.forEach((words, i) => {
    expect(`${found[i]?.message}; ${found[i]?.fix}`).toContain(words);
  });
  return text;
}
