import { type ByCause, type ToldByCause, tabledCauses } from '../../src/core/belief_cause.ts';

/** So many removals by these causes, and none by the others. */
export function removals(some: Partial<ByCause<number>>): ToldByCause<number> {
  return { ...Object.fromEntries(tabledCauses.map((cause) => [cause, 0])), ...some } as ToldByCause<number>;
}
