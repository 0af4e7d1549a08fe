import { describe, expect, test } from 'vitest';
import { strategies } from '../../src/run/lists.ts';
import { minimal, problems, unmark, valid } from './vocabulary.ts';

const real = { strategies };
const balancing = (policy: string) => ({ loadBalancer: `{ policy: ${policy} }` });

/** What a file says that is refused, each at its mark. */
function refusals(marked: Record<string, string>): string[] {
  const { text, places } = unmark(minimal(marked));
  const found = problems(text, real);
  expect(found.map(({ line, column }) => `${line}:${column}`)).toStrictEqual(places);
  return found.map(({ message, fix }) => `${message}; ${fix}`);
}

/** The options of each column. */
function columnsOf(changes: Record<string, string>) {
  return valid(minimal(changes), real).columns.map(({ trial }) => trial.strategy.options);
}

describe('an option that the others leave nothing to do', () => {
  test.each([
    ['{ least-request: { algorithm: full-scan, ‸choiceCount: 3 } }', 'algorithm: choices or haproxy-random'],
    ['{ least-request: { ‸maxEffort: 4 } }', 'weights: ignore or classes; or algorithm: finagle-aperture'],
    ['{ least-request: { ‸hashBalanceFactor: 150 } }', 'algorithm: haproxy-random'],
    ['{ least-request: { ‸sampling: tower } }', 'algorithm: choices, replacement: false'],
    ['{ peak-ewma: { weighted: true, ‸sampling: tower } }', 'sampling of peak-ewma only with weighted: false'],
    ['{ weighted-round-robin: { maxFails: 0, ‸failOnErrors: true } }', 'algorithm: smooth, maxFails above 0'],
    ['{ weighted-round-robin: { ‸floor: core } }', 'algorithm: static-stride, clamp: true'],
    ['{ client-side-weighted: { clamp: false, ‸floor: core } }', 'flavor: grpc, clamp: true'],
    ['{ rendezvous: { system: envoy, ‸weighted: false } }', 'system: textbook'],
    ['{ ring-hash: { ‸withoutKey: fail } }', 'system: grpc'],
    ['{ ring-hash: { system: nginx, ‸hashBalanceFactor: 125 } }', 'system: envoy or haproxy'],
    ['{ ring-hash: { system: haproxy, ‸minimumRingSize: 64 } }', 'system: envoy or grpc'],
    // What it would be anyway is no more read.
    ['{ ring-hash: { system: grpc, ‸hashFunction: xxhash } }', 'hashFunction of ring-hash only with system: envoy'],
  ])('is refused: %s', (policy, words) => {
    const [said] = refusals(balancing(policy));
    expect(said).toContain(words);
    expect(said).toContain('leave it out: it changes nothing here');
  });

  test('is refused by the breaker too, and each by itself', () => {
    const said = refusals({ failureAccrual: '{ breaker: { ‸window: 5s, ‸minRequests: 2 } }' });
    expect(said).toStrictEqual([
      expect.stringContaining('window of breaker only with failureRate above 0'),
      expect.stringContaining('minRequests of breaker only with failureRate above 0'),
    ]);
  });

  test('may stand there for some columns, where the matrix or a variant sets what it is for', () => {
    const policy = balancing('{ least-request: { choiceCount: 3 } }');
    const algorithm = 'loadBalancer.policy.least-request.algorithm';
    expect(columnsOf({ ...policy, matrix: `{ ${algorithm}: [choices, full-scan] }` })).toStrictEqual([
      { choiceCount: 3, algorithm: 'choices' },
      { choiceCount: 3, algorithm: 'full-scan' },
    ]);
    expect(columnsOf({ ...policy, variants: `{ now: {}, then: { ${algorithm}: full-scan } }` })).toStrictEqual([
      { choiceCount: 3 },
      { choiceCount: 3, algorithm: 'full-scan' },
    ]);
    expect(
      columnsOf({
        ...balancing('{ ring-hash: {} }'),
        matrix:
          '{ loadBalancer.policy.ring-hash.system: [envoy, grpc], loadBalancer.policy.ring-hash.hashFunction: [xxhash, murmur2] }',
      }),
    ).toHaveLength(4);
  });

  test('is refused where nothing but the option itself varies', () => {
    const [said] = refusals({
      ...balancing('{ least-request: { algorithm: full-scan } }'),
      matrix: '{ ‸loadBalancer.policy.least-request.choiceCount: [2, 5] }',
    });
    expect(said).toContain('choiceCount of least-request only with');
  });

  test('is refused in a policy of the matrix as in any other', () => {
    const policies = '[random, { least-request: { algorithm: full-scan, ‸choiceCount: 3 } }]';
    expect(refusals({ matrix: `{ loadBalancer.policy: ${policies} }` })).toHaveLength(1);
  });
});
