/** Envoy counts a priority as fully healthy while this percentage of its healthy hosts covers all of them. */
const OVERPROVISIONING_PERCENT = 140;

/**
 * Envoy's panic rule for one priority level (LoadBalancerBase, recalculatePerPriorityPanic and isHostSetInPanic): panic
 * iff the health score, a whole percentage with overprovisioning, is below 100 and the healthy share is below the
 * threshold. So a threshold above 100/140 acts as 100/140. A set without hosts has nobody to fall back on: no panic.
 */
export function inPanic(healthy: number, total: number, threshold: number): boolean {
  if (total === 0) return false;
  const score = Math.min(100, Math.trunc((OVERPROVISIONING_PERCENT * healthy) / total));
  // The quotient, not a product: 7/100 is the double that 7% parses to, while 0.07 * 100 exceeds 7.
  return score < 100 && healthy / total < threshold;
}
