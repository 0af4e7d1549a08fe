import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Instance } from '../../src/core/instance.ts';
import { createHttpProbe, type HttpProbeOptions } from '../../src/live/http_probe.ts';
import { type LiveServer, openHandles, serve, until } from './servers.ts';

const servers: LiveServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await until(() => openHandles('TCPSocketWrap') === 0, 'all sockets to close');
});

async function serving(...args: Parameters<typeof serve>): Promise<Instance> {
  const server = await serve(...args);
  servers.push(server);
  return server.instance;
}

function verdict(target: Instance, options?: HttpProbeOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    let returned = false;
    createHttpProbe(options)(target, 5000, (verdict) => {
      if (!returned) reject(new Error('answered from inside the call'));
      resolve(verdict);
    });
    returned = true;
  });
}

describe('createHttpProbe', () => {
  it.each([
    [200, 'pass'],
    [204, 'badAnswer'],
    [302, 'badAnswer'],
    [404, 'badAnswer'],
    [500, 'badAnswer'],
    [503, 'badAnswer'],
    [429, 'warning'],
  ])('takes a status of %d for %s', async (status, wanted) => {
    const target = await serving('a', (_, response) => void response.writeHead(status).end('body'));
    expect(await verdict(target)).toBe(wanted);
  });

  it.each([
    [200, 'x-envoy-degraded', 'degraded'],
    [503, 'x-envoy-degraded', 'badAnswer'],
    [503, 'x-envoy-immediate-health-check-fail', 'immediateFail'],
    // As Envoy has it, only beside a status that fails (healthCheckResult in http/health_checker_impl.cc).
    [200, 'x-envoy-immediate-health-check-fail', 'pass'],
  ])('takes a status of %d with %s for %s', async (status, header, wanted) => {
    const target = await serving('a', (_, response) => void response.writeHead(status, { [header]: 'true' }).end());
    expect(await verdict(target)).toBe(wanted);
  });

  it('passes other statuses where they are expected', async () => {
    const target = await serving('a', (_, response) => void response.writeHead(204).end());
    expect(await verdict(target, { expectedStatuses: [200, 204] })).toBe('pass');
  });

  it('gets the path it was told, by default /healthz, over a connection of its own each time', async () => {
    const asked: string[] = [];
    const ports = new Set<number | undefined>();
    const target = await serving('a', ({ method, url, socket }, response) => {
      asked.push(`${method} ${url}`);
      ports.add(socket.remotePort);
      response.end();
    });
    await verdict(target);
    await verdict(target, { path: '/live?x=1' });
    expect(asked).toEqual(['GET /healthz', 'GET /live?x=1']);
    expect(ports.size).toBe(2);
  });

  it('calls a closed port refused', async () => {
    const server = await serve('a', () => {});
    await server.stop();
    expect(await verdict(server.instance)).toBe('refused');
  });

  it('calls a connection that breaks refused', async () => {
    expect(await verdict(await serving('a', ({ socket }) => void socket.destroy()))).toBe('refused');
    const half = await serving('b', (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.socket?.destroy());
    });
    expect(await verdict(half)).toBe('refused');
  });

  it('calls what speaks no HTTP refused', async () => {
    const server = createServer(
      (socket) =>
        void socket
          .resume()
          .on('error', () => {})
          .end('220 smtp ready\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    expect(await verdict({ id: 'a', address: `127.0.0.1:${port}`, zone: null, weight: 1 })).toBe('refused');
    await new Promise((resolve) => server.close(resolve));
  });

  it.each(['no such host:80', '127.0.0.1:99999', ''])(
    'calls the address %j refused, after its call',
    async (address) => {
      expect(await verdict({ id: 'a', address, zone: null, weight: 1 })).toBe('refused');
    },
  );

  it('says nothing once cancelled, and closes its connection', async () => {
    let asked = 0;
    let closed = 0;
    const target = await serving('a', ({ socket }) => {
      asked++;
      socket.on('close', () => closed++);
    });
    const said: string[] = [];
    const cancel = createHttpProbe()(target, 5000, (verdict) => void said.push(verdict));
    await until(() => asked === 1, 'the request to arrive');
    cancel();
    cancel();
    await until(() => closed === 1, 'the connection to close');
    expect(said).toEqual([]);
  });

  it('may be cancelled at once, before it has connected', async () => {
    const target = await serving('a', (_, response) => void response.end());
    const said: string[] = [];
    createHttpProbe()(target, 5000, (verdict) => void said.push(verdict))();
    expect(await verdict(target)).toBe('pass');
    expect(said).toEqual([]);
  });
});
