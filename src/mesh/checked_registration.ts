import type { Instance } from '../core/instance.ts';
import { keepRegistered, type LeaseKeeper, type LeaseKeeperOptions } from '../registry/lease_keeper.ts';

/** Checks of what is registered, as a `HealthChecker` runs them. */
export interface RegistrationChecks {
  /** How an instance stands until its check says otherwise. */
  readonly passing: boolean;
  /** Checks this instance until the returned function is called. `onChange`: it now passes or fails, by evidence of that time. */
  start(instance: Instance, onChange: (passing: boolean, evidenceAtMs: number) => void): () => void;
}

/**
 * What an agent beside an instance runs: keeps it registered and says how its checks stand, whenever that turns. Where
 * the registry cannot hear it, it says so again with its renewals, or when `setPassing` is called again.
 */
export function keepCheckedRegistered(options: LeaseKeeperOptions, checks: RegistrationChecks): LeaseKeeper {
  const keeper = keepRegistered({ ...options, passing: checks.passing });
  const stopCheck = checks.start(options.instance, keeper.setPassing);
  return {
    setPassing: keeper.setPassing,
    repeat: keeper.repeat,
    stop() {
      stopCheck();
      keeper.stop();
    },
    deregister() {
      stopCheck();
      keeper.deregister();
    },
  };
}
