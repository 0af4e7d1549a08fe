import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { OutputError, outputError } from './output_error.ts';
import { type Owner, openStaging } from './staging.ts';

/** A file that appears whole or not at all. */
export interface WholeFile {
  write(pieces: Iterable<string>): void;
  /** Leaves no trace of what was not written. */
  discard(): void;
}

/** Beside results, which may be written into the same folder meanwhile. */
const PREFIX = '.unfinished_trace-';
/** So much is handed to the file system at once. */
const CHUNK = 1 << 20;

/** Opens a place for the file, so that one that cannot be written is known at once. Throws an OutputError then, as `write` may. */
export function openTraceFile(path: string, owner: Owner): WholeFile {
  return guarded(path, () => {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new OutputError(`cannot write ${path}: there is a folder of that name, and a file is needed`);
    }
    const staging = openStaging(dirname(path), owner, PREFIX);
    const name = basename(path);
    return {
      write: (pieces) =>
        guarded(path, () => {
          writePieces(staging.path(name), pieces);
          staging.publish([name]);
        }),
      discard: () => staging.discard(),
    };
  });
}

function writePieces(path: string, pieces: Iterable<string>): void {
  const file = openSync(path, 'wx');
  try {
    let text = '';
    for (const piece of pieces) {
      text += piece;
      if (text.length < CHUNK) continue;
      writeSync(file, text);
      text = '';
    }
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

function guarded<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    throw outputError(path, thrown);
  }
}
