import type { Instance } from '../core/instance.ts';

/** What one probe found. `badAnswer` is an answer that says unhealthy (a 503); the other two are network failures. */
export type ProbeVerdict = 'pass' | 'badAnswer' | 'refused' | 'timeout';

/** Stops a probe: `done` will not be called. Does nothing once it was. */
export type CancelProbe = () => void;

/**
 * Asks an instance how it is. Calls `done` at most once, never from inside the call itself. The checker owns the
 * deadline and cancels; `timeoutMs` tells the probe how long the checker will listen.
 */
export type Probe = (
  target: Instance,
  timeoutMs: number,
  done: (verdict: Exclude<ProbeVerdict, 'timeout'>) => void,
) => CancelProbe;
