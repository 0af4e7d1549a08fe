import type { Clock } from '../core/clock.ts';
import type { Instance } from '../core/instance.ts';
import type { Random } from '../core/random.ts';

/**
 * Word of which hosts are alive, from neither probes nor requests of the caller's own: heartbeats, gossip. Hosts are
 * known by small numbers that their owner gives and may give again once they are removed. Without I/O: time comes
 * through a clock, verdicts go out through `DetectorListener`.
 */
export interface HostDetector {
  /** What is thought of a host nothing has been heard of: whether it is in. */
  readonly trustsUnheard: boolean;
  /** A host to watch. Never tells of it before this has returned. */
  add(host: number, instance: Instance): void;
  /** It has left. */
  remove(host: number): void;
  /** Stops its timers. */
  close(): void;
}

/**
 * The host is out, or in again. `evidenceAtMs`: when what decided it arose. Hosts must not be added or removed from
 * inside it.
 */
export type DetectorListener = (host: number, out: boolean, evidenceAtMs: number) => void;

/** What a detector is given by its owner. */
export interface DetectorPorts {
  readonly clock: Clock;
  /** A stream of its own. */
  readonly random: Random;
  readonly listener: DetectorListener;
}
