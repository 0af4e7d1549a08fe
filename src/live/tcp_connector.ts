import { createConnection } from 'node:net';
import type { Connector } from '../health/connections/connector.ts';

/** `host:port`, an address of IPv6 in brackets. */
const ADDRESS = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/;

export interface TcpConnectorOptions {
  /** Silence after which the machine asks whether the peer is still there; 0: never, as gRPC by default. In milliseconds. */
  readonly keepAliveMs?: number;
}

/**
 * Connections over TCP. One stands as soon as it is made: a server that speaks gRPC says more, its settings, which are for
 * who speaks with it to await. It is lost once the peer has closed it or it breaks; a peer that is cut off is not missed
 * unless `keepAliveMs` says so. What arrives is thrown away.
 */
export function createTcpConnector(options: TcpConnectorOptions = {}): Connector {
  const { keepAliveMs = 0 } = options;
  return ({ address }, _timeoutMs, { onDone, onLost }) => {
    const [, ipv6, name, digits] = ADDRESS.exec(address) ?? [];
    const [host, port] = [ipv6 ?? name, Number(digits)];
    let told: 'nothing' | 'connected' | 'all' = 'nothing';
    const end = (): void => {
      if (told === 'all') return;
      const connected = told === 'connected';
      told = 'all';
      if (connected) onLost();
      else onDone(false);
    };
    if (!(port > 0 && port < 65_536)) {
      // Never from inside the call.
      queueMicrotask(end);
      return () => {
        told = 'all';
      };
    }
    const socket = createConnection({ host, port, keepAlive: keepAliveMs > 0, keepAliveInitialDelay: keepAliveMs });
    socket.on('error', () => {});
    socket.on('close', end);
    // The peer has said its last.
    socket.on('end', () => socket.destroy());
    socket.on('connect', () => {
      if (told !== 'nothing') return;
      told = 'connected';
      onDone(true);
    });
    socket.resume();
    return () => {
      told = 'all';
      socket.destroy();
    };
  };
}
