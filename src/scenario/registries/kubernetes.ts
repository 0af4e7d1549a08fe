import type { Distribution } from '../../sim/config.ts';
import { KUBERNETES, type KubernetesSettings } from '../../sim/registries/kubernetes/settings.ts';
import { block, optional } from '../blocks.ts';
import type { Form, JsonSchema } from '../form.ts';
import { movedKeys } from '../moved_keys.ts';
import { integer } from '../scalars.ts';
import { kindField } from './kinds.ts';
import { time } from './times.ts';

export function kubernetesForm(distribution: Form<Distribution>): Form<KubernetesSettings> {
  const { burstSyncs } = KUBERNETES;
  const fields = {
    kind: kindField('kubernetes'),
    relistPeriod: time(KUBERNETES.relistMs, 'How often a kubelet looks for containers that died or started.'),
    statusSyncPeriod: time(KUBERNETES.statusSyncMs, 'How often a kubelet repeats statuses that were not taken.'),
    leaseRenewInterval: time(KUBERNETES.leaseRenewMs, "How often a kubelet renews its node's lease."),
    nodeMonitorPeriod: time(KUBERNETES.nodeMonitorPeriodMs, 'How often the node controller looks at leases.'),
    nodeMonitorGracePeriod: time(
      KUBERNETES.nodeMonitorGracePeriodMs,
      'How long a node may be silent before its pods are not ready; 40s before Kubernetes 1.32.',
    ),
    endpointUpdatesBatchPeriod: time(
      KUBERNETES.endpointUpdatesBatchPeriodMs,
      'From a change of a pod to its EndpointSlice.',
      { min: 0 },
    ),
    watchLag: optional(distribution, null, 'From an EndpointSlice to a kube-proxy that watches it.', '0s'),
    minSyncPeriod: time(KUBERNETES.minSyncPeriodMs, 'From one sync of a kube-proxy to the next, but for bursts.', {
      min: 0,
    }),
    burstSyncs: optional(
      integer({ min: 1, max: 100 }, '2'),
      burstSyncs,
      'Syncs that may follow one another at once after a quiet time.',
      String(burstSyncs),
    ),
    syncTime: optional(distribution, null, 'How long a kube-proxy takes to write its rules.', '0s'),
  };
  const form = block('a kubernetes registry', fields, {
    make: (values) => ({
      kind: values.kind,
      relistMs: values.relistPeriod,
      statusSyncMs: values.statusSyncPeriod,
      leaseRenewMs: values.leaseRenewInterval,
      nodeMonitorPeriodMs: values.nodeMonitorPeriod,
      nodeMonitorGracePeriodMs: values.nodeMonitorGracePeriod,
      endpointUpdatesBatchPeriodMs: values.endpointUpdatesBatchPeriod,
      watchLag: values.watchLag,
      minSyncPeriodMs: values.minSyncPeriod,
      burstSyncs: values.burstSyncs,
      syncTime: values.syncTime,
    }),
  });
  // Editors accept what `withMovedKeys` does.
  const former = Object.fromEntries(movedKeys.map((key) => [key, { description: 'Now written under healthCheck.' }]));
  return { ...form, schema: { ...form.schema, properties: { ...(form.schema.properties as JsonSchema), ...former } } };
}
