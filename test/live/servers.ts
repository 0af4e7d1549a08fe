import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Instance } from '../../src/core/instance.ts';

export interface LiveServer {
  readonly instance: Instance;
  /** Closes the listener and every connection, as a crash does. */
  stop(): Promise<void>;
  /** Listens again on the same port. */
  restart(): Promise<void>;
}

/** A real HTTP server on loopback, on a port the machine chooses. */
export async function serve(id: string, listener: RequestListener): Promise<LiveServer> {
  const server = createServer(listener);
  const port = await listen(server, 0);
  return {
    instance: { id, address: `127.0.0.1:${port}`, zone: null, weight: 1 },
    async restart() {
      await listen(server, port);
    },
    stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  return (server.address() as AddressInfo).port;
}

/** Waits until it holds, for so long that only something broken takes longer. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`waited 20 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Handles of the machine that are open now, by kind. */
export function openHandles(kind: string): number {
  return process.getActiveResourcesInfo().filter((other) => other === kind).length;
}
