import type { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { ProbeVerdict } from '../probe.ts';

/** What a check makes of a host. */
export interface CheckedHealth {
  /** Whether it is to be used. */
  readonly healthy: boolean;
  /** Envoy: while healthy, only for what others cannot take. Consul: its status is warning, which counts as not passing. */
  readonly degraded: boolean;
  /** While unhealthy, left out when the share of healthy hosts is taken (Envoy's immediate failure). */
  readonly excluded: boolean;
}

/**
 * One check of one host as one system rules it: what verdicts make of its health, and when to ask next. A state machine
 * without a clock: it is told what happened and when, and its state is a function of that history alone.
 */
export interface CheckRules extends CheckedHealth {
  /** Whether it draws after the first delay: where not, its stream is let go of. */
  readonly drawsAgain: boolean;
  /** From the start of the check to its first probe. */
  firstDelayMs(random: Random): number;
  /** Takes in a verdict and says whether what it makes of the host has changed. */
  record(verdict: ProbeVerdict): boolean;
  /** From the verdict just recorded, at `nowMs`, to the next probe; the one before was sent at `sentAtMs`. */
  nextDelayMs(random: Random, sentAtMs: number, nowMs: number): number;
  /**
   * For rules that look at traffic too: takes in the result of a request and says whether that calls for action, a change
   * of health or an earlier probe. `connected`: the host took the connection. Hot: allocates nothing.
   */
  observe?(outcome: Outcome, connected: boolean): boolean;
  /** After `observe` has called for action: how long to wait instead of the `leftMs` still to go; null: as long as before. */
  hurriedDelayMs?(random: Random, leftMs: number): number | null;
  /** An answer to a request asks for it. Says whether that has changed anything. */
  failAtOnce?(): boolean;
  /** Whether a probe that is due is left out, and the next one waited for. */
  skips?(nowMs: number): boolean;
}
