import type { Lease, Registrar } from '../registry/discovery.ts';
import type { RegistrationChecks } from './checked_registration.ts';

interface Checked {
  readonly lease: Lease;
  readonly stop: () => void;
  passing: boolean;
}

/**
 * A registrar that checks by itself whatever registers. An instance that registers again while its lease is in force
 * keeps its check and how it stands; one whose lease ran out is checked on until it registers again, to no effect.
 */
export function checkedRegistrar(registrar: Registrar, checks: RegistrationChecks): Registrar {
  const checked = new Map<string, Checked>();
  return {
    register(service, instance, ttlMs) {
      const key = `${service}/${instance.id}`;
      const before = checked.get(key);
      // In force, it can be renewed; that this one is about to be replaced does no harm.
      const known = before?.lease.renew() === true ? before : undefined;
      if (known === undefined) before?.stop();
      const passing = known?.passing ?? checks.passing;
      const lease = registrar.register(service, instance, ttlMs, passing);
      const check: Checked = { lease, passing, stop: known?.stop ?? start() };
      checked.set(key, check);

      function start(): () => void {
        return checks.start(instance, (healthy, evidenceAtMs) => {
          const current = checked.get(key);
          if (current === undefined) return;
          current.passing = healthy;
          current.lease.setPassing(healthy, evidenceAtMs);
        });
      }
      return {
        renew: () => lease.renew(),
        // How it stands is for the checks to say.
        setPassing: () => {},
        revoke() {
          lease.revoke();
          if (checked.get(key) !== check) return;
          check.stop();
          checked.delete(key);
        },
      };
    },
  };
}
