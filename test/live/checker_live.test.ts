import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { randomStream } from '../../src/core/random.ts';
import { HealthChecker } from '../../src/health/checks/checker.ts';
import type { EnvoyCheckSettings } from '../../src/health/checks/settings.ts';
import { createHttpProbe } from '../../src/live/http_probe.ts';
import { createRealClock } from '../../src/live/real_clock.ts';
import { type LiveServer, openHandles, serve, until } from './servers.ts';

const settings: EnvoyCheckSettings = {
  system: 'envoy',
  intervalMs: 100,
  timeoutMs: 2000,
  unhealthyThreshold: 3,
  healthyThreshold: 2,
  intervalJitterMs: 0,
};
/** For a busy machine: a check that is this late is still right, one later is broken. */
const SLACK_MS = 5000;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  await until(() => openHandles('TCPSocketWrap') === 0, 'all sockets to close');
  await until(() => openHandles('TCPServerWrap') === 0, 'all servers to close');
});

interface Change {
  readonly healthy: boolean;
  readonly evidenceAtMs: number;
  readonly atMs: number;
}

/** The module under test as a service would run it: real time, real sockets. */
async function check(behaviours: Record<string, RequestListener>, settings: EnvoyCheckSettings) {
  const clock: Clock = createRealClock();
  const events: string[] = [];
  const servers = new Map<string, LiveServer>();
  const changes = new Map<string, Change[]>();
  const checker = new HealthChecker({
    clock,
    random: randomStream('live'),
    probe: createHttpProbe(),
    settings,
    onProbe: ({ id }, verdict) => void events.push(`${id} ${verdict}`),
  });
  for (const [id, listener] of Object.entries(behaviours)) {
    const server = await serve(id, listener);
    const seen: Change[] = [];
    servers.set(id, server);
    changes.set(id, seen);
    const { stop } = checker.start(server.instance, (healthy, evidenceAtMs) => {
      events.push(`${id} ${healthy ? 'healthy' : 'unhealthy'}`);
      seen.push({ healthy, evidenceAtMs, atMs: clock.now() });
    });
    cleanUps.push(stop, () => server.stop());
  }
  const ofServer = (id: string) =>
    events.filter((event) => event.startsWith(`${id} `)).map((e) => e.slice(id.length + 1));
  const last = (id: string) => changes.get(id)?.at(-1);
  return { clock, servers, events, ofServer, last };
}

const ok: RequestListener = (_, response) => void response.end();

describe('HealthChecker on the real clock against real servers', () => {
  it('finds the one that stops, when theory says so, and no other; and finds it back', async () => {
    const { clock, servers, ofServer, last } = await check({ a: ok, b: ok }, settings);
    await until(() => last('a')?.healthy === true && last('b')?.healthy === true, 'both to be healthy');

    const stoppedAtMs = clock.now();
    await servers.get('b')?.stop();
    await until(() => last('b')?.healthy === false, 'b to be unhealthy');
    const found = last('b') as Change;
    const { intervalMs: i, unhealthyThreshold: k } = settings;
    // The law of test/health/detection_law.test.ts for refusals, [(k-1)I, kI]; the machine adds, and never takes away.
    expect(found.atMs - stoppedAtMs).toBeGreaterThanOrEqual((k - 1) * i);
    expect(found.atMs - stoppedAtMs).toBeLessThan(k * i + SLACK_MS);
    expect(found.evidenceAtMs).toBeGreaterThanOrEqual(stoppedAtMs + (k - 1) * i);
    expect(found.evidenceAtMs).toBeLessThan(found.atMs);
    expect(ofServer('b').slice(-4)).toEqual(['refused', 'refused', 'refused', 'unhealthy']);

    await servers.get('b')?.restart();
    await until(() => last('b')?.healthy === true, 'b to be healthy again');
    expect(ofServer('b').slice(-3)).toEqual(['pass', 'pass', 'healthy']);
    expect(new Set(ofServer('a'))).toEqual(new Set(['pass', 'healthy']));
    expect(ofServer('a').filter((event) => event === 'healthy')).toHaveLength(1);
  });

  it('finds the one that hangs by its deadline', async () => {
    let hangs = false;
    const quick = { ...settings, timeoutMs: 150 };
    const a: RequestListener = (request, response) => hangs || ok(request, response);
    const { clock, ofServer, last } = await check({ a, b: ok }, quick);
    await until(() => last('a')?.healthy === true, 'a to be healthy');

    const hungAtMs = clock.now();
    hangs = true;
    await until(() => last('a')?.healthy === false, 'a to be unhealthy');
    const { intervalMs: i, timeoutMs: t, unhealthyThreshold: k } = quick;
    const took = (last('a') as Change).atMs - hungAtMs;
    // A probe may have been on its way: it counts from its send, up to one round trip before.
    expect(took).toBeGreaterThan((k - 1) * (i + t));
    expect(took).toBeLessThan((k - 1) * (i + t) + t + i + SLACK_MS);
    expect(ofServer('a').slice(-4)).toEqual(['timeout', 'timeout', 'timeout', 'unhealthy']);
    // Each timeout closed its connection: between two probes none is open.
    await until(() => openHandles('TCPSocketWrap') === 0, 'a moment without sockets');
    expect(ofServer('b')).not.toContain('unhealthy');
  });

  it('finds the one that answers 503 by its first such answer', async () => {
    let sick = false;
    const { ofServer, last } = await check(
      { a: (_, response) => void response.writeHead(sick ? 503 : 200).end() },
      settings,
    );
    await until(() => last('a')?.healthy === true, 'a to be healthy');
    sick = true;
    await until(() => last('a')?.healthy === false, 'a to be unhealthy');
    const events = ofServer('a');
    expect(events.filter((event) => event === 'badAnswer')).toHaveLength(1);
    expect(events.slice(-2)).toEqual(['badAnswer', 'unhealthy']);
  });
});
