import type { Distribution } from '../config.ts';

/** How a kubelet replaces a process whose probe asks for it, whatever registry its callers go by. Times in milliseconds. */
export interface RestartSettings {
  /** How long after it was asked to terminate the process is killed if it has not exited. */
  readonly terminationGracePeriodMs: number;
  /** The longest wait of CrashLoopBackOff. The first is 10 s, or this where it is shorter. */
  readonly maxContainerRestartPeriodMs: number;
  /** From when a kubelet starts a container again to when its process runs. null: no time. */
  readonly containerStart: Distribution | null;
}

/**
 * Defaults of kubernetes 1.34: terminationGracePeriod 30 s (core/v1 DefaultTerminationGracePeriodSeconds);
 * maxContainerRestartPeriod 5 min (pkg/kubelet/kubelet.go, MaxCrashLoopBackOff). containerStart is no wait of the code but
 * a time it takes: none where none is written.
 */
export const RESTARTS: RestartSettings = {
  terminationGracePeriodMs: 30_000,
  maxContainerRestartPeriodMs: 300_000,
  containerStart: null,
};
