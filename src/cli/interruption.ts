import { say } from './streams.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interruption {
  readonly signal: AbortSignal;
  /** Stops listening. */
  release(): void;
}

/** Turns the first Ctrl-C into an abort. It stops listening then, so that a second one ends the process as it always would. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const release = () => {
    for (const name of signals) process.removeListener(name, onSignal);
  };
  const onSignal = () => {
    release();
    say('stopping; once more to stop at once');
    controller.abort();
  };
  for (const name of signals) process.on(name, onSignal);
  return { signal: controller.signal, release };
}
