import { expect, test } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { leastRequest } from '../../../src/balancer/strategies/least_request.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { randomStream } from '../../../src/core/random.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';

// P2CSuite.scala and P2CLeastLoadedTest.scala of finagle-core: 100 nodes, 100,000 requests none of which ends, and loads
// even within 0.0001 of these. The names are its tests'.
const N = 100;
const R = 100_000;
const EPSILON = 0.0001 * R;

const create = (): Strategy => {
  const options = { weights: 'ignore', replacement: false };
  return leastRequest.create({ options, ...ports({ random: randomStream('finagle') }) });
};
const nodes = (count: number): Host[] => hostsOf(Array.from({ length: count }, (_, i) => ({ id: `node${i}` })));

function send(strategy: Strategy): void {
  for (let i = 0; i < R; i++) pickOf(strategy).inFlight++;
}

function expectEven(hosts: readonly Host[]): void {
  for (const host of hosts) expect(Math.abs(host.inFlight - hosts[0].inFlight)).toBeLessThan(EPSILON);
}

test('Balances evenly', () => {
  const hosts = nodes(N);
  send(rebuilt(create(), hosts));
  expectEven(hosts);
});

test('Dynamically incorporates updates', () => {
  const hosts = nodes(N + 1);
  const strategy = rebuilt(create(), hosts.slice(0, N));
  send(strategy);
  rebuilt(strategy, hosts);
  send(strategy);
  expectEven(hosts);
  const { inFlight } = hosts[0];
  rebuilt(strategy, hosts.slice(1));
  send(strategy);
  expect(hosts[0].inFlight).toBe(inFlight);
});

test('Skip downed nodes; revive them', () => {
  const hosts = nodes(N);
  const strategy = rebuilt(create(), hosts);
  send(strategy);
  const { inFlight } = hosts[0];
  rebuilt(strategy, hosts, hosts.slice(1));
  send(strategy);
  expect(hosts[0].inFlight).toBe(inFlight);
  expectEven(hosts.slice(1));
  hosts[0].inFlight = 0;
  send(strategy);
  expect(hosts[0].inFlight).toBe(0);
  rebuilt(strategy, hosts);
  send(strategy);
  // One of two drawn, whenever it is drawn.
  expect(Math.abs(hosts[0].inFlight - (2 * R) / N)).toBeLessThan(6 * EPSILON);
});
