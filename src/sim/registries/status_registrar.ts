import type { Registrar } from '../../registry/discovery.ts';
import { type Member, StatusTable } from './status_table.ts';

/**
 * A registrar without leases: who is registered stays until it leaves, and has a status. `onChange` is told of every
 * change with the members now, and how old what it rests on is.
 */
export function statusRegistrar(
  now: () => number,
  onChange: (members: readonly Member[], evidenceAtMs: number) => void,
): Registrar {
  const table = new StatusTable<Member>();
  return {
    register(_service, instance, _ttlMs, passing = true) {
      const member = { instance, passing };
      table.put(member);
      onChange(table.all(), now());
      const holds = (): boolean => table.get(instance.id) === member;
      return {
        renew: holds,
        setPassing(passing, evidenceAtMs) {
          if (!holds() || member.passing === passing) return;
          member.passing = passing;
          onChange(table.all(), evidenceAtMs);
        },
        revoke() {
          if (!holds()) return;
          table.remove(instance.id);
          onChange(table.all(), now());
        },
      };
    },
  };
}
