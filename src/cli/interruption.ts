import { ExitCode } from './exit_code.ts';
import { say } from './streams.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interruption {
  readonly signal: AbortSignal;
  /** What to clear away where the process must end at once: replaces what it was told before. Synchronous. */
  cleanUpWith(act: () => void): void;
  /** Stops listening. */
  release(): void;
}

/** Turns the first Ctrl-C into an abort, which ends in an orderly way; the second one ends the process at once. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  let cleanUp = () => {};
  const onSignal = () => {
    if (controller.signal.aborted) {
      cleanUp();
      process.exit(ExitCode.interrupted);
    }
    say('stopping; what is done will be written; once more to stop at once');
    controller.abort();
  };
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    cleanUpWith(act) {
      cleanUp = act;
    },
    release() {
      for (const name of signals) process.removeListener(name, onSignal);
    },
  };
}
