import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import type { PassiveHealth, PassivePorts } from '../health/passive.ts';

type PassiveCause = 'ejection' | 'accrual';

/** Passive health under the cause that it is told of by. */
export interface CausedPassive {
  readonly cause: PassiveCause;
  readonly health: PassiveHealth;
}

/** Hears what passive health says of the host in that slot; `probing`: single requests may go there even so. */
export type JudgePassively = (
  slot: number,
  cause: PassiveCause,
  bad: boolean,
  evidenceAtMs: number,
  probing: boolean,
) => void;

/** One, or none where nothing makes it. */
export function hostPassivesOf(
  cause: PassiveCause,
  create: ((ports: PassivePorts) => PassiveHealth) | null | undefined,
  clock: Clock,
  random: Random,
  judge: JudgePassively,
): readonly CausedPassive[] {
  if (!create) return [];
  const health = create({
    ...{ clock, random },
    listener: (slot, out, evidenceAtMs, probing) => judge(slot, cause, out || probing, evidenceAtMs, probing),
  });
  return [{ cause, health }];
}
