import type { ConsulSettings } from './consul/settings.ts';
import type { DnsSettings } from './dns/settings.ts';
import type { EdsSettings } from './eds/settings.ts';
import type { EtcdSettings } from './etcd/settings.ts';
import type { EurekaSettings } from './eureka/settings.ts';
import type { KubernetesSettings } from './kubernetes/settings.ts';
import type { MemorySettings } from './memory/settings.ts';

/** Which registry a trial has, with the settings of that kind. */
export type RegistrySettings =
  | MemorySettings
  | ConsulSettings
  | KubernetesSettings
  | EtcdSettings
  | EurekaSettings
  | DnsSettings
  | EdsSettings;
