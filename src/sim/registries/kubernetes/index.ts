import { checkerAtNode } from '../agent_checks.ts';
import { instanceOf } from '../lease_presence.ts';
import type { Presence, RegistryPorts, RegistrySystem } from '../registry_system.ts';
import type { Kubelet } from './kubelet.ts';
import type { KubernetesSettings } from './settings.ts';
import { createKubernetes } from './system.ts';

/** Kubernetes with the world's instances as its pods; checks by node are their readiness probes. */
export function createKubernetesSystem(settings: KubernetesSettings, ports: RegistryPorts): RegistrySystem {
  const { trial, engine, random } = ports;
  const cluster = createKubernetes(settings, { clock: engine, random, callers: trial.callers });
  return {
    presenceOf(server) {
      const instance = instanceOf(server.config);
      const checker = checkerAtNode(ports, server);
      const kubelet = cluster.kubeletOf(instance, checker !== null && !checker.passing);
      if (checker === null) return kubelet;
      return probed(kubelet, () => checker.begin((passing, atMs) => kubelet.setPassing(passing, atMs)).stop);
    },
    discoveryOf: cluster.discoveryOf,
    setOutage: cluster.setOutage,
  };
}

/**
 * A kubelet with a readiness probe. The probe lives as long as its container, terminating or not: a new container starts
 * as not ready, whatever the old one was (kubernetes, pkg/kubelet/prober/worker.go).
 */
function probed(kubelet: Kubelet, start: () => () => void): Presence {
  let stop: (() => void) | null = null;
  let running = false;
  let hasMachine = true;
  const turn = (): void => {
    stop?.();
    stop = running && hasMachine ? start() : null;
  };
  return {
    join() {
      running = true;
      kubelet.join();
      turn();
    },
    die() {
      running = false;
      turn();
      kubelet.die();
    },
    leave: () => kubelet.leave(),
    quit: () => kubelet.quit(),
    reachable: () => kubelet.reachable(),
    machine(present) {
      hasMachine = present;
      kubelet.machine(present);
      turn();
    },
  };
}
