import type { LoadReport } from '../core/load_report.ts';
import type { Host } from './host.ts';

/**
 * What puts weights of its own in the place of the registry's, in `Host.weight`: one for all workers and host sets of a
 * balancer, as Envoy's main thread is. The registry's next list undoes it, and is a change of such a host.
 */
export interface HostWeights {
  /** These are the hosts from now on, those of each priority in a list. Whether any weight has changed. */
  regroup(priorities: readonly (readonly Host[])[]): boolean;
  /** What is believed of a host has changed. Whether any weight has. */
  update(): boolean;
  /** Makes up for what has fallen due since. Whether any weight has changed. */
  catchUp(): boolean;
  /** An attempt has ended with this report. */
  observe(host: Host, report: LoadReport): void;
}
