import { createConsulSystem } from './consul.ts';
import { createEtcdSystem } from './etcd.ts';
import { createMemorySystem } from './memory.ts';
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
  }
}
