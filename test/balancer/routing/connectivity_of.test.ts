import { describe, expect, it } from 'vitest';
import { connectivityOf, mayConnect, nextToConnect } from '../../../src/balancer/routing/connectivity_of.ts';
import { Connectivity } from '../../../src/core/connectivity.ts';
import { hostsOf } from '../../helpers/hosts.ts';

const states = {
  i: Connectivity.idle,
  c: Connectivity.connecting,
  r: Connectivity.ready,
  f: Connectivity.transientFailure,
};

/** Hosts with connections as the letters say: idle, connecting, ready, failing. */
const hosts = (letters: string) =>
  hostsOf([...letters].map(() => ({}))).map((host, i) =>
    Object.assign(host, { connection: states[letters[i] as keyof typeof states] }),
  );

describe('connectivityOf', () => {
  // A42, as tested in grpc-go: balancer/ringhash/ringhash_test.go, TestAggregatedConnectivityState, five of them; and in
  // grpc-java: xds/RingHashLoadBalancerTest.java, aggregateSubchannelStates_*.
  it.each([
    ['r', 'r'],
    ['c', 'c'],
    ['rf', 'r'],
    ['cf', 'c'],
    ['cff', 'f'],
    ['iii', 'i'],
    ['icc', 'c'],
    ['fii', 'c'],
    ['fic', 'c'],
    ['ffi', 'f'],
    ['fffr', 'r'],
    ['f', 'f'],
    ['', 'f'],
  ] as const)('of hosts that connect as they are picked: %s is %s', (letters, state) => {
    expect(connectivityOf(hosts(letters), true)).toBe(states[state]);
  });

  // round_robin.cc, MaybeUpdateRoundRobinConnectivityStateLocked; grpc-go, endpointsharding.go, updateStateLocked.
  it.each([
    ['ffr', 'r'],
    ['ffc', 'c'],
    ['ffi', 'c'],
    ['iii', 'c'],
    ['fff', 'f'],
    ['', 'f'],
  ] as const)('of hosts that connect at once: %s is %s', (letters, state) => {
    expect(connectivityOf(hosts(letters), false)).toBe(states[state]);
  });
});

describe('mayConnect', () => {
  it.each([
    ['', false],
    ['ff', false],
    ['fr', false],
    ['fc', true],
    ['fi', true],
  ])('of %j is %s', (letters, may) => expect(mayConnect(hosts(letters))).toBe(may));
});

describe('nextToConnect', () => {
  it.each([
    ['iii', null],
    ['fii', 1],
    ['fci', null],
    ['fir', null],
    ['ffi', 2],
    ['ff', null],
  ])('of %s connects host %s', (letters, at) => {
    const list = hosts(letters);
    for (const system of ['grpc-go', 'grpc-java', 'grpc-core'] as const) {
      expect(nextToConnect(list, system)).toBe(at === null ? null : list[at]);
    }
  });

  it('takes the first by hash key, by address or of the list', () => {
    const list = hosts('fiii');
    for (const [i, address] of ['10.0.0.9:1', '10.0.0.3:2', '10.0.0.1:300', '10.0.0.2:1'].entries()) {
      list[i].instance = { ...list[i].instance, address, metadata: i === 3 ? { hash_key: 'z' } : {} };
    }
    // Of addresses the port counts first, high byte first.
    expect(nextToConnect(list, 'grpc-go')).toBe(list[2]);
    expect(nextToConnect(list, 'grpc-java')).toBe(list[1]);
    expect(nextToConnect(list, 'grpc-core')).toBe(list[3]);
  });
});
