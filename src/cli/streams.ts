/** Writes to standard output, waiting for whoever reads it. A reader that went away (`| head`) is no error: the rest is dropped. */
export async function writeOut(chunks: Iterable<string>): Promise<void> {
  const { stdout } = process;
  for (const chunk of chunks) {
    if (stdout.destroyed) return;
    if (!stdout.write(chunk)) await untilWritable();
  }
}

function untilWritable(): Promise<void> {
  const { stdout } = process;
  const events = ['drain', 'close', 'error'];
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) stdout.removeListener(event, done);
      resolve();
    };
    for (const event of events) stdout.on(event, done);
  });
}

/** Talk, for people: standard error. */
export function say(text: string): void {
  if (!process.stderr.destroyed) process.stderr.write(`${text}\n`);
}

/** Whoever closes a pipe early has seen enough. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
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
