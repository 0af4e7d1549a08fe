import type { ConsulSettings } from './consul_settings.ts';
import type { EtcdSettings } from './etcd_settings.ts';
import type { MemorySettings } from './memory_settings.ts';

/** Which registry a trial has, with the settings of that kind. */
export type RegistrySettings = MemorySettings | ConsulSettings | EtcdSettings;
