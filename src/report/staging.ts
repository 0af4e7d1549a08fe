import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { OutputError } from './output_error.ts';

/** The process that writes: so that what a killed one left behind can be told from what another is writing now. */
export interface Owner {
  readonly id: number;
  isAlive(id: number): boolean;
}

/** A folder inside the target folder in which files grow until they are whole. */
export interface Staging {
  path(file: string): string;
  /** Moves the files into the target folder, over their predecessors: all of them or, on a failure, none. */
  publish(files: readonly string[]): void;
  /** Removes what was not published, and the target folder where it was made for it. */
  discard(): void;
}

const PREFIX = '.unfinished-';

/** `prefix`: of what one process writes in one folder at the same time, each needs its own; none may begin as another does. */
export function openStaging(directory: string, owner: Owner, prefix = PREFIX): Staging {
  const made = makeFolders(directory);
  removeStale(directory, owner, prefix);
  const own = join(directory, prefix + owner.id);
  mkdirSync(own);
  return {
    path: (file) => join(own, file),
    publish(files) {
      for (const file of files) assertReplaceable(join(directory, file));
      swapIn(own, directory, files);
      rmSync(own, { recursive: true });
    },
    discard() {
      rmSync(own, { recursive: true, force: true });
      removeEmpty(made);
    },
  };
}

/** What runs that were killed left behind. One's own number can only be a leftover, too. */
function removeStale(directory: string, owner: Owner, prefix: string): void {
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(prefix)) continue;
    const id = Number(name.slice(prefix.length));
    if (id === owner.id || !owner.isAlive(id)) rmSync(join(directory, name), { recursive: true, force: true });
  }
}

function assertReplaceable(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile())
    throw new OutputError(`cannot write ${path}: there is something else of that name`);
}

/** Synchronous from first to last, so that no signal handler runs in between. Undoes its steps when one fails. */
function swapIn(from: string, to: string, files: readonly string[]): void {
  const undo: (() => void)[] = [];
  const move = (source: string, target: string) => {
    renameSync(source, target);
    undo.push(() => renameSync(target, source));
  };
  try {
    for (const file of files) {
      const target = join(to, file);
      if (statSync(target, { throwIfNoEntry: false }) !== undefined) move(target, join(from, `${file}.old`));
      move(join(from, file), target);
    }
  } catch (thrown) {
    for (const step of undo.reverse()) step();
    throw thrown;
  }
}

/** Makes a folder and what is missing above it; returns what was, innermost first. Node 20's own recursive mkdir never returns from /proc. */
function makeFolders(directory: string): string[] {
  const missing: string[] = [];
  for (let folder = resolve(directory); !existsSync(folder); folder = dirname(folder)) missing.push(folder);
  return missing.toReversed().filter(makeFolder).toReversed();
}

/** False where another run, beginning at this moment too, was quicker. */
function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false;
    throw thrown;
  }
}

/** Removes these folders as long as they are empty. */
function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      rmdirSync(folder);
    } catch {
      // Somebody else has put something there.
      return;
    }
  }
}
