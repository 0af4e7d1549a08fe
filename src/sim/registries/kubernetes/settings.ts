import type { Distribution } from '../../config.ts';

/**
 * Kubernetes: kubelets, the node lifecycle and EndpointSlice controllers, and one kube-proxy for each caller. Probes are
 * no part of it, nor are the restarts they ask for: they are a health check of system kubernetes, run by the node.
 */
export interface KubernetesSettings {
  readonly kind: 'kubernetes';
  /** How often a kubelet looks for containers that have died or started. */
  readonly relistMs: number;
  /** How often a kubelet compares what the API server holds of its pods with what it knows itself. A change goes at once. */
  readonly statusSyncMs: number;
  /** How often a kubelet renews its node's lease. */
  readonly leaseRenewMs: number;
  readonly nodeMonitorPeriodMs: number;
  /** How long a node's lease may go without renewal before its pods are not ready. */
  readonly nodeMonitorGracePeriodMs: number;
  /** From a pod's change to its EndpointSlice: changes meanwhile go along. */
  readonly endpointUpdatesBatchPeriodMs: number;
  /** From an EndpointSlice to a kube-proxy that watches it, in order. null: at once. */
  readonly watchLag: Distribution | null;
  /** From one sync of a kube-proxy to the next, but for bursts. */
  readonly minSyncPeriodMs: number;
  /** Syncs that may follow one another at once after a quiet time. */
  readonly burstSyncs: number;
  /** How long a kube-proxy takes to write its rules. null: no time. */
  readonly syncTime: Distribution | null;
}

/**
 * Defaults of kubernetes 1.34: relist genericPlegRelistPeriod (pkg/kubelet/kubelet.go); statusSync syncPeriod
 * (pkg/kubelet/status/status_manager.go); leaseRenew a quarter of nodeLeaseDurationSeconds 40 (pkg/kubelet/kubelet.go,
 * nodeLeaseRenewIntervalFraction); nodeMonitorPeriod 5 s, nodeMonitorGracePeriod 50 s since 1.32 and 40 s before (pull
 * request 126287); endpointUpdatesBatchPeriod 0 (pkg/controller/endpointslice); minSyncPeriod 1 s
 * (pkg/proxy/apis/config/v1alpha1/defaults.go); burstSyncs 2 (pkg/proxy/iptables/proxier.go).
 * watchLag and syncTime are not waits of the code but times it takes: none where none is written.
 */
export const KUBERNETES: KubernetesSettings = {
  kind: 'kubernetes',
  relistMs: 1_000,
  statusSyncMs: 10_000,
  leaseRenewMs: 10_000,
  nodeMonitorPeriodMs: 5_000,
  nodeMonitorGracePeriodMs: 50_000,
  endpointUpdatesBatchPeriodMs: 0,
  watchLag: null,
  minSyncPeriodMs: 1_000,
  burstSyncs: 2,
  syncTime: null,
};
