import type { Balancer } from '../balancer/balancer.ts';
import type { Host } from '../balancer/host.ts';
import { PrioritySet } from '../balancer/routing/priority_set.ts';
import { Connectivity } from '../core/connectivity.ts';
import type { CallId, CallTable } from './calls.ts';
import { attemptedPriorities } from './previous_priorities.ts';
import type { HostSelection } from './request_policy.ts';

/** A retry goes to a host not yet tried: re-picked a few times, then the first untried one, else the last pick. */
export function chooseAnother(
  calls: CallTable,
  call: CallId,
  { retries, exhausted, updateFrequency }: HostSelection,
  balancer: Balancer,
): Host | null {
  const { hosts } = calls;
  const attempt = calls.attempt[call];
  const key = calls.key[call];
  const worker = calls.worker[call];
  const first = call * calls.maxAttempts;
  const attempted =
    updateFrequency === null ? null : attemptedPriorities(hosts, first, attempt, updateFrequency, balancer);
  markTried(hosts, first, attempt, true);
  let host = balancer.pick(key, 0, worker, attempted, true);
  // Where the plugin has just forgotten all attempts, it does not look at priorities any more.
  const others = attempted === PrioritySet.none ? null : attempted;
  for (let i = 1; i <= retries && host !== null && wasTried(hosts, first, attempt, host); i++) {
    host = balancer.pick(key, i, worker, others, true);
  }
  markTried(hosts, first, attempt, false);
  if (host === null || exhausted === 'last' || !wasTried(hosts, first, attempt, host)) return host;
  for (const other of balancer.members) if (mayTake(other) && !wasTried(hosts, first, attempt, other)) return other;
  return host;
}

/** Whether a request may go there at once: hosts that are connected to as they are picked may be pickable before. */
function mayTake({ pickable, connection }: Host): boolean {
  return pickable && connection === Connectivity.ready;
}

function markTried(hosts: CallTable['hosts'], first: number, attempts: number, tried: boolean): void {
  for (let i = 0; i < attempts; i++) {
    const host = hosts[first + i];
    if (host !== null) host.tried = tried;
  }
}

function wasTried(hosts: CallTable['hosts'], first: number, attempts: number, host: Host): boolean {
  for (let i = 0; i < attempts; i++) if (hosts[first + i] === host) return true;
  return false;
}
