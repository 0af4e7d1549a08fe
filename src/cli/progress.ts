import cliProgress from 'cli-progress';

export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

/** A bar on standard error, for a person who waits: only on a terminal. */
export function startProgress(name: string, wanted: boolean): Progress {
  if (!wanted || process.stderr.isTTY !== true) return { update() {}, stop() {} };
  const bar = new cliProgress.SingleBar({
    format: `${name} [{bar}] {value}/{total} runs, {eta_formatted} left`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    // Ctrl-C is ours to answer.
    gracefulExit: false,
  });
  bar.start(0, 0);
  return {
    update: (done, total) => {
      // Where precision is asked for, more become due as it is missed.
      bar.setTotal(total);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}
