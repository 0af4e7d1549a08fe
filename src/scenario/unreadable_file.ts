import { quote } from './written.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file beside the scenario',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
};

/** Why a file that a scenario names could not be read, in words that fit any machine. */
export function unreadableFile(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return `expected a readable file, found ${quote(path)}: ${reason}`;
}
