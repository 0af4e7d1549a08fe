import { type ByCause, byCause } from '../../src/core/belief_cause.ts';

/** So many removals by these causes, and none by the others. */
export function removals(some: Partial<ByCause<number>>): ByCause<number> {
  return { ...byCause(() => 0), ...some };
}
