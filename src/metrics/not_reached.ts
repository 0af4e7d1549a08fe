/**
 * The value of a metric that was watched for and not reached: longer than was observed, by nobody knows how much. Inside
 * only, so that it compares as larger than any limit; every output says null.
 */
export const NOT_REACHED = Number.POSITIVE_INFINITY;

/** What an output says of a value. */
export function finiteOrNull(value: number | null): number | null {
  return value === NOT_REACHED ? null : value;
}
