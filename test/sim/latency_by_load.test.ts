import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LatencyByLoad } from '../../src/sim/latency_by_load.ts';

test('nothing is expected where nothing is known, and again once all is older than 5 s', () => {
  const latencies = new LatencyByLoad();
  expect(latencies.expectedMs(3, 0)).toBe(0);
  latencies.add(3, 7, 1000);
  expect(latencies.expectedMs(0, 6000)).toBe(7);
  expect(latencies.expectedMs(0, 6001)).toBe(0);
});

test('a server that has drained expects what it took when it was empty, not what it took when it was full', () => {
  const latencies = new LatencyByLoad();
  latencies.add(0, 1, 0);
  for (let i = 0; i < 1000; i++) latencies.add(20 + (i % 10), 100, 1000 + i);
  expect(latencies.expectedMs(0, 2000)).toBe(1);
  expect(latencies.expectedMs(25, 2000)).toBe(100);
});

test('loads are told apart one by one up to 15, and then by quarters of an octave', () => {
  const levelStart = [...Array(17).keys(), 20, 23, 27, 32, 39, 46, 54, 64, 77, 91, 108, 128, 153, 182, 216];
  for (let i = 0; i + 1 < levelStart.length; i++) {
    const latencies = new LatencyByLoad();
    latencies.add(levelStart[i], 1, 0);
    latencies.add(levelStart[i + 1], 2, 0);
    expect(latencies.expectedMs(levelStart[i + 1] - 1, 0)).toBe(1);
    expect(latencies.expectedMs(levelStart[i + 1], 0)).toBe(2);
  }
});

test('it is the median of the last eight at that load, or at the nearest that has any', () => {
  const sample = fc.record({ inFlight: fc.nat(15), latency: fc.integer({ min: 1, max: 99 }) });
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 150 }), fc.nat(15), (samples, inFlight) => {
      const latencies = new LatencyByLoad();
      for (const { inFlight, latency } of samples) latencies.add(inFlight, latency, 0);
      const distance = Math.min(...samples.map((other) => Math.abs(other.inFlight - inFlight)));
      const at = (load: number): number[] =>
        samples
          .filter((other) => other.inFlight === load)
          .slice(-8)
          .map(({ latency }) => latency);
      const near = distance === 0 ? at(inFlight) : [...at(inFlight - distance), ...at(inFlight + distance)];
      const sorted = near.toSorted((a, b) => a - b);
      const half = sorted.length / 2;
      expect(latencies.expectedMs(inFlight, 0)).toBe((sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2);
    }),
  );
});
