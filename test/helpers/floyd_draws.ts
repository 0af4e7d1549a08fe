/**
 * Two of the hosts a, b and c by Tower's draws (tower/src/util/rng.rs, sample_floyd2): one of 2, then one of 3; the last
 * host takes the place of a first drawn again.
 */
export const FLOYD_DRAWS: readonly (readonly [draws: readonly number[], pair: string])[] = [
  [[0, 0], 'ca'],
  [[0, 1], 'ab'],
  [[0, 2], 'ac'],
  [[1, 0], 'ba'],
  [[1, 1], 'cb'],
  [[1, 2], 'bc'],
];
