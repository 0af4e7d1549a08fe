import { type Estimate, transformed } from './estimate.ts';

/**
 * Jain's index over replications, through CV^2 (R. Jain, D. Chiu, W. Hawe, DEC-TR-301, 1984: the index is 1 / (1 + CV^2),
 * CV that of the population). CV^2 adds up over chance and imbalance and is not squeezed against 1, as the index is; its
 * mean has Student's interval. The index of the mean is the point. CV^2 is never below 0, so the index never above 1.
 */
export function jainEstimate(values: readonly (number | null)[]): Estimate {
  return transformed(
    values,
    'jain',
    (index) => 1 / index - 1,
    (squaredCv) => 1 / (1 + Math.max(0, squaredCv)),
  );
}
