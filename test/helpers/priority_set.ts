import { PrioritySet } from '../../src/balancer/routing/priority_set.ts';

/** The priorities whose flag is set. */
export function prioritySet(flags: readonly boolean[]): PrioritySet {
  return flags.reduce((set, flag, priority) => (flag ? set.with(priority) : set), PrioritySet.none);
}
