import { type Stats, statSync } from 'node:fs';

/** What is at a path; undefined where nothing is, as behind a file that is taken for a folder (`a.yaml/b`). */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOTDIR' || thrown.code === 'ENAMETOOLONG')) {
      return undefined;
    }
    throw thrown;
  }
}
