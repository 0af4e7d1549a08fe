import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type ConnectionSettings, type ConnectionSystem, GRPC_CONNECTIONS } from '../../../src/core/connectivity.ts';
import { randomStream } from '../../../src/core/random.ts';
import { ConnectionBackoff } from '../../../src/health/connections/connection_backoff.ts';

const systems: readonly ConnectionSystem[] = ['grpc-go', 'grpc-java', 'grpc-core'];

function waits(count: number, written: Partial<ConnectionSettings>, seed = 'waits'): number[] {
  const backoff = new ConnectionBackoff({ ...GRPC_CONNECTIONS, ...written }, randomStream(seed));
  return Array.from({ length: count }, () => backoff.next());
}

describe('ConnectionBackoff', () => {
  // gRPC core, test/core/util/backoff_test.cc: ConstantBackOff, InitialBackoffCappedByMaxBackoff, NoJitterBackOff.
  it.each([
    { initial: 200, multiplier: 1, max: 1000, expected: [200, 200, 200, 200, 200] },
    { initial: 2000, multiplier: 1, max: 1000, expected: [1000, 1000, 1000, 1000, 1000] },
    { initial: 2, multiplier: 2, max: 32, expected: [2, 4, 8, 16, 32, 32, 32] },
  ])('waits as in the tests of core: $expected', ({ initial, multiplier, max, expected }) => {
    const written = {
      initialBackoffMs: initial,
      multiplier,
      maxBackoffMs: max,
      jitter: 0,
      system: 'grpc-core',
    } as const;
    expect(waits(expected.length, written)).toEqual(expected);
  });

  it('begins again with what it began with', () => {
    const backoff = new ConnectionBackoff({ ...GRPC_CONNECTIONS, jitter: 0 }, randomStream('again'));
    expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([1000, 1600, 1600 * 1.6]);
    backoff.reset();
    expect(backoff.next()).toBe(1000);
  });

  test.prop([
    fc.record({
      initialBackoffMs: fc.double({ min: 1, max: 5000, noNaN: true }),
      multiplier: fc.double({ min: 1, max: 4, noNaN: true }),
      maxBackoffMs: fc.double({ min: 5000, max: 200_000, noNaN: true }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
      system: fc.constantFrom(...systems),
    }),
    fc.string(),
  ])('keeps within the jitter of each wait', (written, seed) => {
    waits(12, written, seed).forEach((wait, i) => {
      const middle = Math.min(written.initialBackoffMs * written.multiplier ** i, written.maxBackoffMs);
      expect(Math.abs(wait - middle)).toBeLessThanOrEqual(written.jitter * middle + 1e-9 * middle);
    });
  });

  it.each([
    ['grpc-go', 1],
    ['grpc-java', 50],
    ['grpc-core', 50],
  ] as const)('of %s: first waits of fifty that differ: %i', (system, different) => {
    const firsts = Array.from({ length: 50 }, (_, i) => waits(2, { system }, `caller ${i}`));
    expect(new Set(firsts.map(([first]) => first)).size).toBe(different);
    expect(new Set(firsts.map(([, second]) => second)).size).toBe(50);
  });
});
