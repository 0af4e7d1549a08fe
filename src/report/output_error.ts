/** Results that could not be written: the user's to mend, so it says what, where and why. */
export class OutputError extends Error {
  override name = 'OutputError';
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENOENT: 'there is no such folder, and none can be made',
  EEXIST: 'another run is writing there',
  EISDIR: 'there is a folder of that name, and a file is needed',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files',
};

/** What a failed system call means, in words; anything else is thrown on, being a bug of ours. */
export function outputError(path: string, thrown: unknown, act: 'write' | 'read' = 'write'): OutputError {
  if (thrown instanceof OutputError) return thrown;
  if (!(thrown instanceof Error) || !('code' in thrown) || !('syscall' in thrown)) throw thrown;
  const code = String(thrown.code);
  const reason = act === 'read' && code === 'ENOENT' ? 'there is no such file' : reasons[code];
  return new OutputError(`cannot ${act} ${path}: ${reason ?? thrown.message} (${code})`);
}
