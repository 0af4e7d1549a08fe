import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Instance } from '../../src/core/instance.ts';
import type { Disconnect } from '../../src/health/connections/connector.ts';
import { createTcpConnector } from '../../src/live/tcp_connector.ts';
import { openHandles, until } from './servers.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];
const disconnects: Disconnect[] = [];
afterEach(async () => {
  for (const disconnect of disconnects.splice(0)) disconnect();
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  await until(() => openHandles('TCPSocketWrap') === 0, 'all sockets to close');
});

async function listening(): Promise<Instance> {
  const server = createServer((socket) => void sockets.push(socket.on('error', () => {})));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  return at(`127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
}

const at = (address: string): Instance => ({ id: 'a', address, zone: null, weight: 1 });

/** What is said of an attempt, in order. */
function connecting(target: Instance) {
  const said: string[] = [];
  let returned = false;
  const note = (what: string): void => void said.push(returned ? what : `${what} from inside`);
  const disconnect = createTcpConnector()(target, 5000, {
    onDone: (connected) => note(connected ? 'connected' : 'failed'),
    onLost: () => note('lost'),
  });
  returned = true;
  disconnects.push(disconnect);
  return { said, disconnect };
}

describe('createTcpConnector', () => {
  it('connects, and says when the peer closes', async () => {
    const { said } = connecting(await listening());
    await until(() => said.length === 1 && sockets.length === 1, 'the connection to stand');
    expect(said).toEqual(['connected']);
    sockets[0].end();
    await until(() => said.length === 2, 'its loss to be noticed');
    expect(said).toEqual(['connected', 'lost']);
  });

  it('says when the connection is reset', async () => {
    const { said } = connecting(await listening());
    await until(() => said.length === 1 && sockets.length === 1, 'the connection to stand');
    sockets[0].resetAndDestroy();
    await until(() => said.length === 2, 'its loss to be noticed');
    expect(said).toEqual(['connected', 'lost']);
  });

  it('fails where nobody listens', async () => {
    const target = await listening();
    await new Promise((resolve) => servers.splice(0)[0].close(resolve));
    const { said } = connecting(target);
    await until(() => said.length === 1, 'an answer');
    expect(said).toEqual(['failed']);
  });

  it.each(['nowhere', '127.0.0.1:99999', '127.0.0.1:', ''])(
    'fails at the address %j, after its call',
    async (address) => {
      const { said } = connecting(at(address));
      await until(() => said.length === 1, 'an answer');
      expect(said).toEqual(['failed']);
    },
  );

  it.each(['127.0.0.1:0x%', '[]:@', '127.0.0.1: @', '127.0.0.1:@.0'])(
    'takes no address that is none, as %j, though somebody listens there',
    async (pattern) => {
      const port = Number((await listening()).address.split(':')[1]);
      const { said } = connecting(at(pattern.replace('%', port.toString(16)).replace('@', String(port))));
      await until(() => said.length === 1, 'an answer');
      expect(said).toEqual(['failed']);
    },
  );

  it('closes its connection, and says nothing, once told to', async () => {
    const { said, disconnect } = connecting(await listening());
    await until(() => said.length === 1 && sockets.length === 1, 'the connection to stand');
    let closed = false;
    sockets[0].resume().on('close', () => {
      closed = true;
    });
    disconnect();
    disconnect();
    await until(() => closed, 'the peer to see it closed');
    expect(said).toEqual(['connected']);
  });

  it('may be told to at once', async () => {
    const { said, disconnect } = connecting(await listening());
    disconnect();
    const { said: other } = connecting(at('nowhere'));
    await until(() => other.length === 1, 'another to fail');
    expect(said).toEqual([]);
  });
});
