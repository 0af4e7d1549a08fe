import { describe, expect, it } from 'vitest';
import { detectorNamed, detectors } from '../../../src/health/heartbeat/index.ts';
import { akkaLogistic, phiOfNormal, standardNormal } from '../../../src/health/heartbeat/phi.ts';
import { SlidingMoments } from '../../../src/health/heartbeat/sliding_moments.ts';
import { listening } from './listening.ts';

describe('phi', () => {
  it('of a normal law is what tables say', () => {
    // Abramowitz and Stegun, table 26.1 and 26.2.
    for (const [y, tail] of [
      [0, 0.5],
      [1, 0.158655253931457],
      [3, 1.34989803163e-3],
      [5, 2.866515719e-7],
      [10, 7.61985302416e-24],
      [-2, 0.977249868051821],
    ] as const) {
      expect(phiOfNormal(y)).toBeCloseTo(-Math.log10(tail), 8);
      expect(standardNormal(-Math.log10(tail))).toBeCloseTo(y, 6);
    }
  });

  it("is Akka's in Akka's own cases", () => {
    // AccrualFailureDetectorSpec, "return realistic phi values": mean 1000 ms, deviation 100 ms, each to 0.1.
    for (const [afterMs, phi] of [
      [1000, 0.3],
      [1200, 1.6],
      [1400, 4.7],
      [1600, 10.8],
      [1700, 15.3],
    ] as const) {
      expect(1000 + 100 * akkaLogistic(phi - 0.1)).toBeLessThan(afterMs);
      expect(1000 + 100 * akkaLogistic(phi + 0.1)).toBeGreaterThan(afterMs);
    }
    // The same, "handle outliers": phi 38 +- 1 ten deviations out.
    expect(akkaLogistic(37)).toBeLessThan(10);
    expect(akkaLogistic(39)).toBeGreaterThan(10);
    // Far out its law is too thin: at its 8 a normal law has 7.1.
    expect(phiOfNormal(akkaLogistic(8))).toBeCloseTo(7.06, 2);
  });

  it('inverts the formula it stands for', () => {
    for (let phi = 0.01; phi < 300; phi *= 1.3) {
      const y = akkaLogistic(phi);
      const e = Math.exp(-y * (1.5976 + 0.070566 * y * y));
      expect(-Math.log10(e / (1 + e))).toBeCloseTo(phi, 8);
      expect(phiOfNormal(standardNormal(phi))).toBeCloseTo(phi, 8);
    }
  });
});

it("statistics are those of Akka's test", () => {
  // AccrualFailureDetectorSpec, "Statistics for heartbeats".
  const all = new SlidingMoments(20, 1000);
  for (const value of [100, 200, 125, 340, 130]) all.add(value);
  expect(all.mean()).toBeCloseTo(179, 9);
  expect(all.standardDeviation() ** 2).toBeCloseTo(7584, 6);
  const three = new SlidingMoments(3, 1000);
  for (const value of [100, 110, 90, 140, 80]) three.add(value);
  expect(three.mean()).toBeCloseTo(103.333333333, 6);
  expect(three.standardDeviation() ** 2).toBeCloseTo(688.888888889, 6);
});

describe("Akka's timelines", () => {
  it('a pause of 3 s is lived with, the interval before it known', () => {
    // "accept some configured missing heartbeats": intervals of 1 s, then 4 s.
    const { log, hearAfter } = listening('phi-accrual');
    hearAfter(0, 1000, 1000, 1000, 4000, 1000, 1000);
    expect(log).toEqual([]);
  });

  it('one of 5 s is not', () => {
    // "fail after configured acceptable missing heartbeats".
    const { log, clock, hearAfter } = listening('phi-accrual');
    hearAfter(0, 1000, 1000, 1000, 1000, 1000, 1000);
    clock.advance(5000);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/suspected$/);
  });

  it('a long pause does not count among intervals', () => {
    // "mark node as available if it starts heartbeat again": 1000 regular intervals, 5 minutes, 7 s.
    const { log, clock, hearAfter, trusted } = listening('phi-accrual');
    hearAfter(0, ...Array<number>(999).fill(1000));
    clock.advance(300_000);
    expect(trusted()).toBe(false);
    hearAfter(100);
    expect(trusted()).toBe(true);
    hearAfter(1000);
    clock.advance(7000);
    expect(trusted()).toBe(false);
    hearAfter(0, 1000);
    expect(trusted()).toBe(true);
    // Mean 1 s, pause 3 s, and 5.22 times the least deviation: of what went before nothing is left.
    const [from] = log;
    expect(Number(from?.split(' ')[0]) - 999_000).toBeCloseTo(1000 + 3000 + 100 * akkaLogistic(8), 0);
  });
});

it("Cassandra's phi 8 is 18.4 mean intervals", () => {
  const { log, clock, hearAfter } = listening('phi-exponential', { window: 10 });
  hearAfter(...Array<number>(20).fill(500));
  clock.advance(100_000);
  expect(Number(log[0]?.split(' ')[0]) - 10_000).toBeCloseTo(8 * Math.LN10 * 500, 6);
});

describe('every detector', () => {
  const optionsOf = (name: string) => (name.startsWith('nfd') ? { slack: 500 } : {});

  it.each(detectors.map(({ name }) => name))('%s forgets hosts that leave, and knows each by its own', (name) => {
    const { clock, detector, log, add, hear, trusted } = listening(name, optionsOf(name), 2);
    expect(trusted()).toBe(detectorNamed(name).trustsUnheard);
    hear(0, 0);
    hear(0, 1);
    detector.remove(0);
    hear(1, 0);
    add(0);
    log.length = 0;
    clock.advance(60_000);
    // The one that is new was not heard; the other fell silent.
    expect(log.map((line) => line.split(' ').slice(1).join(' '))).toEqual(['1 suspected']);
    detector.remove(0);
    detector.remove(1);
    expect(clock.pending).toBe(0);
    add(2);
    hear(61, 2);
    detector.close();
    hear(62, 2);
    expect(clock.pending).toBe(0);
  });

  it.each(detectors.map(({ name }) => name))('%s goes by the send of the first heartbeat missed', (name) => {
    const { clock, evidence, hear } = listening(name, optionsOf(name));
    for (let sequence = 0; sequence < 40; sequence++) {
      clock.advanceTo(sequence * 1000 + 20);
      hear(sequence);
    }
    clock.advance(60_000);
    expect(evidence.at(-1)).toBeGreaterThanOrEqual(40_000 - 1e-9);
    expect(evidence.at(-1)).toBeLessThan(40_100);
  });

  it('has options that are checked', () => {
    expect(() => listening('nfd-s')).toThrow("nfd-s: option 'slack' is required");
    expect(() => listening('phi-accrual', { threshold: 0 })).toThrow('at least 0.001');
    expect(() => detectorNamed('gossip')).toThrow('there are nfd-s, nfd-e, phi-accrual, phi-exponential');
  });
});
