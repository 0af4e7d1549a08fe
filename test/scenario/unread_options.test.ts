import { describe, expect, test } from 'vitest';
import { strategies } from '../../src/run/lists.ts';
import { unreadOptionsText } from '../../src/run/unread_options_check.ts';
import { minimal, valid } from './vocabulary.ts';

const real = { strategies };
const balancing = (policy: string) => ({ loadBalancer: `{ policy: ${policy} }` });

/** The trial of each column. */
function trialsOf(changes: Record<string, string>) {
  return valid(minimal(changes), real).columns.map(({ trial }) => trial);
}

function saidOf(changes: Record<string, string>): (string | null)[] {
  return trialsOf(changes).map(unreadOptionsText);
}

describe('an option that the others leave nothing to do', () => {
  test.each([
    ['{ least-request: { algorithm: full-scan, choiceCount: 3 } }', 'choiceCount is for algorithm: choices or haproxy'],
    [
      '{ least-request: { maxEffort: 4 } }',
      'sampling: finagle, weights: ignore or classes; or algorithm: finagle-aperture',
    ],
    ['{ least-request: { hashBalanceFactor: 150 } }', 'hashBalanceFactor is for algorithm: haproxy-random'],
    ['{ least-request: { sampling: tower } }', 'sampling is for algorithm: choices, replacement: false'],
    ['{ peak-ewma: { weighted: true, sampling: tower } }', 'sampling is for weighted: false'],
    [
      '{ weighted-round-robin: { maxFails: 0, failOnErrors: true } }',
      'failOnErrors is for algorithm: smooth, maxFails',
    ],
    ['{ weighted-round-robin: { floor: core } }', 'floor is for algorithm: static-stride, clamp: true'],
    ['{ client-side-weighted: { clamp: false, floor: core } }', 'floor is for flavor: grpc, clamp: true'],
    ['{ rendezvous: { system: envoy, weighted: false } }', 'weighted is for system: textbook'],
    ['{ ring-hash: { withoutKey: fail } }', 'withoutKey is for system: grpc'],
    ['{ ring-hash: { system: nginx, hashBalanceFactor: 125 } }', 'hashBalanceFactor is for system: envoy or haproxy'],
    ['{ ring-hash: { system: haproxy, minimumRingSize: 64 } }', 'minimumRingSize is for system: envoy or grpc'],
    // What it would be anyway is no more read.
    ['{ ring-hash: { system: grpc, hashFunction: xxhash } }', 'hashFunction is for system: envoy'],
  ])('is accepted and told of: %s', (policy, words) => {
    expect(saidOf(balancing(policy))).toStrictEqual([expect.stringContaining(words)]);
  });

  test('is told of the breaker too', () => {
    expect(saidOf({ failureAccrual: '{ breaker: { window: 5s, minRequests: 2 } }' })).toStrictEqual([
      'breaker has options that it does not read beside its others: window is for failureRate above 0; minRequests is for failureRate above 0',
    ]);
  });

  test('is told of the columns in which it is so', () => {
    const algorithm = 'loadBalancer.policy.least-request.algorithm';
    const changes = {
      ...balancing('{ least-request: { choiceCount: 3 } }'),
      matrix: `{ ${algorithm}: [choices, full-scan] }`,
    };
    expect(trialsOf(changes).map(({ strategy }) => strategy.options)).toStrictEqual([
      { choiceCount: 3, algorithm: 'choices' },
      { choiceCount: 3, algorithm: 'full-scan' },
    ]);
    expect(saidOf(changes)).toStrictEqual([null, expect.stringContaining('choiceCount is for')]);
  });

  test('is not told of where it is read', () => {
    expect(saidOf(balancing('{ least-request: { choiceCount: 3 } }'))).toStrictEqual([null]);
    expect(saidOf(balancing('random'))).toStrictEqual([null]);
  });
});
