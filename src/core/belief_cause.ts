/**
 * Everything that may turn a caller's belief in an instance, and the only list of it; only ever appended to:
 * activeCheck: probes; ejection: outlier detection of its requests; registry: it has entered or left the view;
 * accrual: failure accrual of its requests; heartbeat: heartbeats it sends; gossip: what a group of peers says of it;
 * connection: how its connection stands.
 */
export const beliefCauses = [
  'activeCheck',
  'ejection',
  'registry',
  'accrual',
  'heartbeat',
  'gossip',
  'connection',
] as const;

/** Why a caller's belief in an instance turned. */
export type BeliefCause = (typeof beliefCauses)[number];

/** Those of which every result has figures, be they all 0. Of the others it has some only where there is something to tell. */
export const tabledCauses = beliefCauses.filter(isTabled);

export type TabledCause = Exclude<BeliefCause, 'connection'>;

export function isTabled(cause: BeliefCause): cause is TabledCause {
  return cause !== 'connection';
}

/** A bit for each, to keep several in one number. */
export const causeBits = byCause((cause) => 1 << beliefCauses.indexOf(cause));

/** Something of each cause. */
export type ByCause<T> = { readonly [C in BeliefCause]: T };

/** As results have it: of causes that are not in every table something or nothing. */
export type ToldByCause<T> = { readonly [C in TabledCause]: T } & Partial<ByCause<T>>;

/** A value for each cause, in the order of the list. */
export function byCause<T>(of: (cause: BeliefCause) => T): { [C in BeliefCause]: T } {
  return Object.fromEntries(beliefCauses.map((cause) => [cause, of(cause)])) as { [C in BeliefCause]: T };
}
