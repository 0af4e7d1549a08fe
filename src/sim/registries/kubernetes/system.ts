import type { Clock } from '../../../core/clock.ts';
import type { Instance } from '../../../core/instance.ts';
import type { Random } from '../../../core/random.ts';
import type { Discovery, Snapshot } from '../../../registry/discovery.ts';
import { sampler } from '../../distribution.ts';
import { createOutages } from '../outages.ts';
import { createPausableClock } from '../pausable_clock.ts';
import type { RegistryOutage } from '../registry_system.ts';
import type { Grid } from '../ticks.ts';
import { View } from '../version_log.ts';
import { WatchStream } from '../watch_stream.ts';
import { Endpoints } from './endpoints.ts';
import { Kubelet } from './kubelet.ts';
import { NodeMonitor } from './node_monitor.ts';
import { ProxySync } from './proxy_sync.ts';
import type { KubernetesSettings } from './settings.ts';

export interface KubernetesPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly callers: readonly { readonly id: string; readonly zone: string | null }[];
}

export interface Kubernetes {
  /** The node, kubelet and pod of that instance. `isProbed`: it has a readiness probe. */
  kubeletOf(instance: Instance, isProbed: boolean): Kubelet;
  discoveryOf(caller: number): Discovery;
  setOutage(mode: RegistryOutage, zone: string | null, on: boolean): void;
}

/**
 * A cluster in which every instance is a pod on a node of its own, and every caller a pod behind the kube-proxy of
 * another. While it is down its control plane does nothing; kubelets and kube-proxies go on with what they know.
 */
export function createKubernetes(settings: KubernetesSettings, ports: KubernetesPorts): Kubernetes {
  const { clock, random, callers } = ports;
  const outages = createOutages();
  const control = createPausableClock(clock);
  const proxies: WatchStream[] = [];
  const endpoints = new Endpoints(control, settings.endpointUpdatesBatchPeriodMs, () => {
    for (const proxy of proxies) proxy.send(endpoints.log.current);
  });
  const { nodeMonitorPeriodMs: periodMs, nodeMonitorGracePeriodMs: graceMs } = settings;
  const monitor = new NodeMonitor(control, random.fork('node-monitor').unit() * periodMs, periodMs, graceMs);
  const kubelets: Kubelet[] = [];

  return {
    kubeletOf(instance, isProbed) {
      const pod = { instance, ready: false, terminating: false };
      endpoints.add(pod);
      const stream = random.fork(instance.id);
      const grid = (periodMs: number): Grid => ({ phaseMs: stream.unit() * periodMs, periodMs });
      const kubelet = new Kubelet({
        clock,
        pod,
        endpoints,
        isHeard: () => !outages.cutsOff(instance.zone),
        isControlled: () => !outages.isDown(),
        relist: grid(settings.relistMs),
        statusSync: grid(settings.statusSyncMs),
        leaseRenew: grid(settings.leaseRenewMs),
        isProbed,
      });
      monitor.add(kubelet);
      kubelets.push(kubelet);
      return kubelet;
    },
    discoveryOf: (caller) => ({
      watch(_service, listener) {
        // Whoever is there when the run begins has long been told of by then.
        if (endpoints.log.current.version === 0) endpoints.sync();
        const { id, zone } = callers[caller];
        const view = new View(endpoints.log, listener);
        const proxy = kubeProxy(settings, clock, random.fork(`callers/${id}`), view, () => outages.blinds(zone));
        proxies.push(proxy);
        view.show(endpoints.log.current);
        return view;
      },
    }),
    setOutage(mode, zone, on) {
      const wasDown = outages.isDown();
      outages.set(mode, zone, on);
      if (outages.isDown()) control.pause();
      else if (wasDown) {
        monitor.restart();
        for (const kubelet of kubelets) kubelet.controlled();
        control.resume();
      }
      if (!on) for (const proxy of proxies) proxy.release();
    },
  };
}

/** One caller's kube-proxy: hears of EndpointSlices in order, each after its lag, and writes rules when it may. */
function kubeProxy(
  { watchLag, syncTime, minSyncPeriodMs, burstSyncs }: KubernetesSettings,
  clock: Clock,
  random: Random,
  view: View,
  isBlind: () => boolean,
): WatchStream {
  let known: Snapshot | null = null;
  const begin = (): (() => void) => {
    const writing = known;
    return () => {
      if (writing !== null) view.show(writing);
    };
  };
  const syncMs = syncTime === null ? () => 0 : sampler(syncTime, random.fork('sync'));
  const sync = new ProxySync({ clock, minSyncPeriodMs, burstSyncs, syncMs, begin });
  const lagMs = watchLag === null ? () => 0 : sampler(watchLag, random.fork('watch'));
  return new WatchStream(clock, lagMs, isBlind, (snapshot) => {
    known = snapshot;
    sync.request();
  });
}
