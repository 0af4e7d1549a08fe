import { createConsulSystem } from './consul/index.ts';
import { createDnsSystem } from './dns/index.ts';
import { createEdsSystem } from './eds/index.ts';
import { createEtcdSystem } from './etcd/index.ts';
import { createEurekaSystem } from './eureka/index.ts';
import { createKubernetesSystem } from './kubernetes/index.ts';
import { createMemorySystem } from './memory/index.ts';
import type { RegistryPorts, RegistrySystem } from './registry_system.ts';
import type { RegistrySettings } from './settings.ts';

/** The registry these settings describe, with nobody in it. */
export function createRegistry(settings: RegistrySettings, ports: RegistryPorts): RegistrySystem {
  switch (settings.kind) {
    case 'memory':
      return createMemorySystem(settings, ports);
    case 'consul':
      return createConsulSystem(settings, ports);
    case 'etcd':
      return createEtcdSystem(settings, ports);
    case 'kubernetes':
      return createKubernetesSystem(settings, ports);
    case 'eureka':
      return createEurekaSystem(settings, ports);
    case 'dns':
      return createDnsSystem(settings, ports);
    case 'eds':
      return createEdsSystem(settings, ports);
  }
}
