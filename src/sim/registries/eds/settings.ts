import type { Distribution } from '../../config.ts';

/** Envoy's endpoint discovery: a control plane that knows who should be there and pushes it to every caller's Envoy. */
export interface EdsSettings {
  readonly kind: 'eds';
  /** The control plane pushes when nothing has changed for this long, */
  readonly debounceAfterMs: number;
  /** or this long after the first change it has not pushed. */
  readonly debounceMaxMs: number;
  /** From a push to an Envoy that has applied it, in order. null: at once. */
  readonly pushLag: Distribution | null;
  /** Whether a host that is gone from the membership is removed although its check passes. */
  readonly ignoreHealthOnHostRemoval: boolean;
}

/**
 * Defaults: Istio's debounce, 100 ms and at most 10 s (pilot/pkg/features, PILOT_DEBOUNCE_AFTER, PILOT_DEBOUNCE_MAX);
 * Envoy's removal of hosts (Cluster.ignore_health_on_host_removal false).
 */
export const EDS: EdsSettings = {
  kind: 'eds',
  debounceAfterMs: 100,
  debounceMaxMs: 10_000,
  pushLag: null,
  ignoreHealthOnHostRemoval: false,
};
