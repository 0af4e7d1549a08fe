import { Agent, request } from 'undici';
import { afterEach, expect, it } from 'vitest';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { createHttpProbe } from '../../src/live/http_probe.ts';
import { createRealClock } from '../../src/live/real_clock.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import type { Transport } from '../../src/mesh/router.ts';
import { Upstream } from '../../src/mesh/upstream.ts';
import { createMemoryRegistry } from '../../src/registry/memory_registry.ts';
import { serve, until } from './servers.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Requests over real sockets, by call id. */
function httpTransport(upstream: () => Upstream): Transport {
  const agent = new Agent({ keepAliveTimeout: 10 });
  const aborts = new Map<number, AbortController>();
  cleanUps.push(() => agent.destroy());
  return {
    send(call, host) {
      const abort = new AbortController();
      aborts.set(call, abort);
      const settle = (outcome: Outcome): void => {
        if (aborts.get(call) !== abort) return;
        aborts.delete(call);
        upstream().settle(call, outcome);
      };
      request(`http://${host.instance.address}/`, { dispatcher: agent, signal: abort.signal })
        .then(async ({ statusCode, body }) => {
          await body.text();
          settle(statusCode < 500 ? Outcome.ok : Outcome.error);
        })
        .catch((thrown: { code?: string }) => settle(thrown.code === 'ECONNREFUSED' ? Outcome.refused : Outcome.reset));
    },
    abandon(call) {
      aborts.get(call)?.abort();
      aborts.delete(call);
    },
  };
}

it('is the Upstream of production: real clock, real sockets, a server that stops and comes back', async () => {
  const served: string[] = [];
  const servers = await Promise.all(
    ['a', 'b'].map((id) =>
      serve(id, (incoming, response) => {
        if (incoming.url === '/') served.push(id);
        response.end();
      }),
    ),
  );
  for (const server of servers) cleanUps.push(() => server.stop());
  const clock = createRealClock();
  const registry = createMemoryRegistry(clock);
  for (const { instance } of servers) registry.register('web', instance, null);

  const calls = new CallTable(2);
  const beliefs: string[] = [];
  const answers = new Map<number, (outcome: Outcome) => void>();
  const random = randomStream('live');
  const strategy = strategyNamed('round-robin');
  const upstream: Upstream = new Upstream({
    service: 'web',
    discovery: registry,
    clock,
    random,
    transport: httpTransport(() => upstream),
    strategy: strategy.withOptions({}),
    healthCheck: {
      settings: {
        system: 'envoy',
        intervalMs: 100,
        timeoutMs: 2000,
        unhealthyThreshold: 2,
        healthyThreshold: 1,
        intervalJitterMs: 0,
      },
      probe: createHttpProbe(),
    },
    request: {
      timeoutMs: 5000,
      perTryTimeoutMs: 5000,
      connectTimeoutMs: 5000,
      retries: 1,
      retryOn: ['connect-failure', 'reset'],
    },
    calls,
    observer: {
      onSend: () => {},
      onAttemptEnd: () => {},
      onView: () => {},
      onBelief: (host, good) => void beliefs.push(`${host.instance.id} ${good ? 'good' : 'bad'}`),
      onPickable: () => {},
      onPanic: () => {},
      onProbe: () => {},
    },
    onDone: (call, outcome) => answers.get(call)?.(outcome),
  });
  cleanUps.push(() => upstream.close());

  const ask = (count: number): Promise<Outcome[]> =>
    Promise.all(
      Array.from({ length: count }, () => {
        const call = calls.open();
        const answer = new Promise<Outcome>((resolve) => answers.set(call, resolve));
        upstream.start(call, NO_KEY);
        return answer;
      }),
    );
  const allOk = (count: number): Outcome[] => Array.from({ length: count }, () => Outcome.ok);

  await until(() => beliefs.length === 2, 'both to be trusted');
  expect(await ask(10)).toEqual(allOk(10));
  expect(served.splice(0).toSorted().join('')).toBe('aaaaabbbbb');

  // Until the checker notices, requests that meet the dead server are retried on the other one.
  await servers[1].stop();
  expect(await ask(10)).toEqual(allOk(10));
  expect(served.splice(0).join('')).toBe('aaaaaaaaaa');
  await until(() => beliefs.at(-1) === 'b bad', 'b to be distrusted');

  await servers[1].restart();
  await until(() => beliefs.at(-1) === 'b good', 'b to be trusted again');
  expect(await ask(10)).toEqual(allOk(10));
  expect(served.splice(0).toSorted().join('')).toBe('aaaaabbbbb');
  expect(calls.size).toBe(0);
});
