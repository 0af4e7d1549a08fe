import { describe, expect, it } from 'vitest';
import { SWIM } from '../../src/health/swim/settings.ts';
import { Group } from '../health/swim/group.ts';
import { estimate, expectAgreement } from './theory.ts';

const PERIOD_MS = SWIM.probeIntervalMs;

/** In how many periods after it died somebody first probed a member in vain, counted from 1. */
function firstDetections(size: number, targets: 'random' | 'round-robin', trials: number): number[] {
  // Nothing but probes, and a fixed suspicion that never ends: these are found by the first of all.
  const quiet = { targets, gossipNodes: 0, indirectChecks: 0, suspicionMult: 1000 } as const;
  return Array.from({ length: trials }, (_, trial) => {
    const group = new Group(size, quiet, 0, `first ${size} ${targets} ${trial}`);
    group.run(2 * PERIOD_MS);
    const diedAtMs = group.now;
    group.crash('m0');
    while (group.said.length === 0) group.run(PERIOD_MS);
    const probes = group.sent.filter(
      ({ atMs, to, message }) => atMs >= diedAtMs && to === 'm0' && message.kind === 'ping',
    );
    return Math.floor(((probes[0]?.atMs ?? Number.NaN) - diedAtMs) / PERIOD_MS) + 1;
  });
}

/** `values` in batches of a hundred, as estimates of their mean. */
function batches(values: readonly number[]): number[] {
  return Array.from({ length: values.length / 100 }, (_, b) => {
    const batch = values.slice(b * 100, b * 100 + 100);
    return batch.reduce((sum, each) => sum + each, 0) / batch.length;
  });
}

describe('a SWIM group', () => {
  const SIZE = 8;
  // theory.md, Detection. In each period each of the N - 1 others probes one of its N - 1 others.
  const p = 1 - (1 - 1 / (SIZE - 1)) ** (SIZE - 1);
  const periods = firstDetections(SIZE, 'random', 3000);

  it('with random targets first detects a death after a geometric number of periods', () => {
    expectAgreement(estimate(batches(periods)), 1 / p, 0.08);
    for (const k of [1, 2, 3]) {
      const reached = periods.map((each) => (each > k ? 1 : 0));
      const scatter = Math.sqrt(((1 - p) ** k * (1 - (1 - p) ** k)) / periods.length);
      const share = reached.reduce((sum: number, each) => sum + each, 0) / periods.length;
      expect(Math.abs(share - (1 - p) ** k)).toBeLessThan(4.8 * scatter);
    }
  });

  it('has e/(e-1) periods for its limit', () => {
    const mean = (size: number): number => 1 / (1 - (1 - 1 / (size - 1)) ** (size - 1));
    expect(mean(1e6)).toBeCloseTo(Math.E / (Math.E - 1), 5);
    expect(1 / p).toBeLessThan(Math.E / (Math.E - 1));
  });

  it('with targets in turn never takes longer than 2 N - 1 periods, and has a shorter tail', () => {
    const inTurn = firstDetections(SIZE, 'round-robin', 1000);
    expect(Math.max(...inTurn)).toBeLessThanOrEqual(2 * SIZE - 1);
    const beyond = (values: readonly number[]): number => values.filter((each) => each > 3).length / values.length;
    // (1-p)^3 = 3.9 percent with random targets; in turn nobody who is late has been so for long.
    expect(beyond(inTurn)).toBeLessThan(beyond(periods));
  });

  it.each([8, 32, 128])(
    'of %i tells all of a suspicion within a number of rounds that grows as the logarithm',
    (size) => {
      const group = new Group(size, {}, 1, `spread ${size}`);
      group.run(5000);
      group.crash('m0');
      while (group.said.length === 0) group.run(PERIOD_MS);
      group.run(5000);
      const suspected = group.said.filter(({ state }) => state === 'suspect').map(({ atMs }) => atMs);
      expect(suspected).toHaveLength(size - 1);
      const rounds = (Math.max(...suspected) - Math.min(...suspected)) / SWIM.gossipIntervalMs;
      // Told to three a round, those who know grow fourfold at first; the last of n hear of it ln n / 3 rounds later
      // (Demers et al., 1987, push). Twice that, and a round for phases.
      expect(rounds).toBeLessThanOrEqual(2 * (Math.log(size) / Math.log(4) + Math.log(size) / 3) + 1);
    },
  );
});
