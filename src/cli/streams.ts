import { outputError } from '../report/output_error.ts';

/** A longer line of time is not read at a glance. */
const WIDEST_PICTURE = 200;

/**
 * Writes to standard output, waiting until each chunk is taken. A reader that went away (`| head`) is no error: the rest
 * is dropped. Throws an OutputError where it cannot be written otherwise, as on a full disk.
 */
export async function writeOut(chunks: Iterable<string>): Promise<void> {
  for (const chunk of chunks) {
    if (process.stdout.destroyed) return;
    await write(chunk);
  }
}

function write(chunk: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(chunk, (error: NodeJS.ErrnoException | null | undefined) => {
      if (error == null || error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return resolve();
      try {
        reject(outputError('standard output', error));
      } catch (thrown) {
        reject(thrown);
      }
    });
  });
}

/** Talk, for people: standard error. */
export function say(text: string): void {
  if (!process.stderr.destroyed) process.stderr.write(`${text}\n`);
}

/** What goes wrong with standard output is told by `writeOut`; of standard error there is nobody left to tell. */
export function ownStreamErrors(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/** Whether to colour what goes to standard output (https://no-color.org, https://force-color.org). */
export function wantsColor(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0';
  return process.stdout.isTTY === true && TERM !== 'dumb';
}

/** Characters in a line of the summary. */
export function lineWidth(): number {
  return Math.min(Math.max(process.stdout.columns ?? 100, 80), 120);
}

/**
 * Characters in a line for a picture made of Unicode's block elements. 0: none, since it is no terminal, or cannot show
 * them. The locale is that of POSIX (8.2, Internationalization Variables); `linux` is the kernel's console.
 */
export function pictureWidth(
  { isTTY, columns = 0 }: { isTTY?: boolean; columns?: number } = process.stdout,
  { LC_ALL, LC_CTYPE, LANG, TERM }: Readonly<Record<string, string | undefined>> = process.env,
): number {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '') ?? '';
  const isUnicode = /utf-?8/i.test(locale) && TERM !== 'dumb' && TERM !== 'linux';
  return isTTY === true && isUnicode ? Math.min(columns, WIDEST_PICTURE) : 0;
}
