import { describe, expect, it } from 'vitest';
import { SWIM } from '../../src/health/swim/settings.ts';
import { Group } from '../health/swim/group.ts';
import { type Estimate, estimate, expectAgreement, Z } from './theory.ts';

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

/**
 * A group in which nobody dies, for so many periods: by member, in which of them somebody probed it. Until the first probe
 * of a member is in vain nobody knows that it is dead, so that whom others probe is the same whether it is or not: each
 * member and the start of each period is a death to be found.
 */
function probedIn(size: number, periods: number): Uint8Array[] {
  // Nothing but probes here either.
  const quiet = { targets: 'random', gossipNodes: 0, gossipIntervalMs: 1e9, pushPullIntervalMs: 1e9 } as const;
  const group = new Group(size, quiet, 0, `nobody dies ${size}`);
  group.run(2 * PERIOD_MS);
  const beganAtMs = group.now;
  const probed = Array.from({ length: size }, () => new Uint8Array(periods));
  for (let period = 0; period < periods; period++) {
    group.sent.length = 0;
    group.run(beganAtMs + (period + 1) * PERIOD_MS - group.now);
    for (const { to, message } of group.sent) if (message.kind === 'ping') probed[Number(to.slice(1))][period] = 1;
  }
  expect(group.said).toEqual([]);
  return probed;
}

/** After how many periods, from the start of each on, a member was first probed; what is not over by the end is left out. */
function waits(probed: Uint8Array): number[] {
  const last = probed.lastIndexOf(1);
  const until: number[] = [];
  for (let period = last; period >= 0; period--) {
    until[period] = probed[period] === 1 ? 1 : 1 + until[period + 1];
  }
  return until;
}

describe('a SWIM group', () => {
  const SIZE = 8;
  // theory.md, Detection. In each period each of the N - 1 others probes one of its N - 1 others.
  const p = 1 - (1 - 1 / (SIZE - 1)) ** (SIZE - 1);

  it('with random targets first detects a death after a geometric number of periods', () => {
    const [periods, batch] = [120_000, 600];
    const found = probedIn(SIZE, periods).map(waits);
    // A wait ends within a batch or shortly after it: means of batches of all members are as good as independent.
    const overBatches = (figure: (wait: number) => number): Estimate =>
      estimate(
        Array.from({ length: Math.floor(periods / batch) - 1 }, (_, b) => {
          let sum = 0;
          for (const member of found) for (let i = 0; i < batch; i++) sum += figure(member[b * batch + i]);
          return sum / (SIZE * batch);
        }),
      );
    expectAgreement(
      overBatches((wait) => wait),
      1 / p,
    );
    // The rarer, the wider: a hundredth of what comes after three periods would take eight times as many.
    for (const [k, within] of [
      [1, 0.01],
      [2, 0.015],
      [3, 0.035],
    ] as const) {
      expectAgreement(
        overBatches((wait) => (wait > k ? 1 : 0)),
        (1 - p) ** k,
        within,
      );
    }
  });

  // And of those that do die.
  const died = firstDetections(SIZE, 'random', 700);

  it('finds one that dies as soon', () => {
    const mean = died.reduce((sum, each) => sum + each, 0) / died.length;
    expectAgreement({ mean, bound: (Z * Math.sqrt(1 - p)) / p / Math.sqrt(died.length) }, 1 / p, 0.11);
  });

  it('has e/(e-1) periods for its limit', () => {
    const mean = (size: number): number => 1 / (1 - (1 - 1 / (size - 1)) ** (size - 1));
    expect(mean(1e6)).toBeCloseTo(Math.E / (Math.E - 1), 5);
    expect(1 / p).toBeLessThan(Math.E / (Math.E - 1));
  });

  it('with targets in turn never takes longer than 2 N - 1 periods, and has a shorter tail', () => {
    const inTurn = firstDetections(SIZE, 'round-robin', 700);
    expect(Math.max(...inTurn)).toBeLessThanOrEqual(2 * SIZE - 1);
    const beyond = (values: readonly number[]): number => values.filter((each) => each > 3).length / values.length;
    // (1-p)^3 = 3.9 percent with random targets; in turn nobody who is late has been so for long.
    expect(beyond(inTurn)).toBeLessThan(beyond(died));
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
