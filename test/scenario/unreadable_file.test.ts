import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { unreadableFile } from '../../src/scenario/unreadable_file.ts';

function errorOf(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    return error;
  }
  throw new Error('expected the file to be unreadable');
}

it.each([
  ['a file that is not there', 'nope.csv', 'there is no such file beside the scenario'],
  ['a folder', '.', 'it is a folder'],
])('%s is told of by the name it was given, not by where this machine looked', (_, name, reason) => {
  const said = unreadableFile(
    name,
    errorOf(() => readFileSync(`${tmpdir()}/${name}`)),
  );
  expect(said).toBe(`expected a readable file, found '${name}': ${reason}`);
});

it('says what the system said where it has no words of its own', () => {
  expect(unreadableFile('a.csv', new Error('it is longer than 16 MiB'))).toContain(': it is longer than 16 MiB');
});
