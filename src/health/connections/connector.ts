import type { Instance } from '../../core/instance.ts';

/** Gives up an attempt, or closes the connection it has made: nothing is told of either any more. */
export type Disconnect = () => void;

/** What is told of an attempt to connect. */
export interface ConnectionListener {
  /** Once at most, never from inside the call: whether the connection stands. */
  onDone(connected: boolean): void;
  /** Once at most: a connection that stood is no more. */
  onLost(): void;
}

/**
 * Opens connections to instances. Whoever asks owns the deadline and disconnects; `timeoutMs` tells how long he will wait.
 */
export type Connector = (target: Instance, timeoutMs: number, listener: ConnectionListener) => Disconnect;
