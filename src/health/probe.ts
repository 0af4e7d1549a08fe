import type { Instance } from '../core/instance.ts';

/**
 * What one probe found. Passes: `pass`, and `degraded`, an answer that asks to be used only where others cannot take it
 * all (Envoy's x-envoy-degraded). Answers that say unhealthy: `badAnswer` (a 503), `immediateFail`, one that also asks to
 * be left out of all counts (x-envoy-immediate-health-check-fail), and `warning` (429, which Consul knows as that and
 * all others as a bad answer). Network failures: `refused` and `timeout`.
 */
export type ProbeVerdict = 'pass' | 'degraded' | 'warning' | 'badAnswer' | 'immediateFail' | 'refused' | 'timeout';

/** What a probe can say by itself: time is the checker's. */
export type ProbeAnswer = Exclude<ProbeVerdict, 'timeout'>;

export function isPass(verdict: ProbeVerdict): boolean {
  return verdict === 'pass' || verdict === 'degraded';
}

/** Stops a probe: `done` will not be called. Does nothing once it was. */
export type CancelProbe = () => void;

/**
 * Asks an instance how it is. Calls `done` at most once, never from inside the call itself. The checker owns the
 * deadline and cancels; `timeoutMs` tells the probe how long the checker will listen.
 */
export type Probe = (target: Instance, timeoutMs: number, done: (verdict: ProbeAnswer) => void) => CancelProbe;
