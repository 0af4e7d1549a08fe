import { createRequire } from 'node:module';
import { BalancedPool } from 'undici';
import { instancesOf, KEYS, type Spin } from './picking.ts';

/** Most peers have no types of their own: what is used of them is said here. */
const require = createRequire(import.meta.url);

/** A package that picks: how it is set up over that many hosts, of weights 1 to 4 where it looks at weights. */
export type PeerSetup = (hosts: number) => Spin;

/** A loop of its own for each peer, so that what the engine learns of one does not slow another. */
export const peers: Readonly<Record<string, PeerSetup>> = {
  'loadbalance random': (hosts) => {
    const engine = require('loadbalance').random(indexes(hosts), 42) as { pick(): number };
    return (picks) => {
      let sum = 0;
      for (let i = 0; i < picks; i++) sum += engine.pick();
      return sum;
    };
  },
  'load-balancers random': (hosts) => {
    const balancer = new (require('load-balancers').RandomBalancer)(hosts) as { pick(): number };
    const list = indexes(hosts);
    return (picks) => {
      let sum = 0;
      for (let i = 0; i < picks; i++) sum += list[balancer.pick()];
      return sum;
    };
  },
  'load-balancers p2c': (hosts) => {
    const balancer = new (require('load-balancers').P2cBalancer)(hosts) as { pick(): number };
    const list = indexes(hosts);
    return (picks) => {
      let sum = 0;
      for (let i = 0; i < picks; i++) sum += list[balancer.pick()];
      return sum;
    };
  },
  'loadbalance round robin': (hosts) => {
    const engine = require('loadbalance').roundRobin(indexes(hosts)) as { pick(): number };
    return (picks) => {
      let sum = 0;
      for (let i = 0; i < picks; i++) sum += engine.pick();
      return sum;
    };
  },
  'grpc-js round robin': (hosts) => {
    const picker = grpcPicker(hosts);
    const args = { metadata: null, extraPickInfo: {} };
    return (picks) => {
      let sum = 0;
      for (let i = 0; i < picks; i++) sum += picker.pick(args).subchannel.index;
      return sum;
    };
  },
  'undici BalancedPool': (hosts) => {
    const pool = new BalancedPool(instancesOf(hosts, false).map(({ address }) => `http://${address}`));
    // Its choice of a pool is the only part that picks; no public method gives that alone.
    const getDispatcher = symbolOf(pool, 'get dispatcher');
    const choose = (pool as unknown as Record<symbol, () => object>)[getDispatcher].bind(pool);
    return (picks) => {
      let sum = 0;
      for (let i = 0; i < picks; i++) sum += choose() === null ? 1 : 0;
      return sum;
    };
  },
  'loadbalance weighted round robin': (hosts) => {
    const pool = instancesOf(hosts, true).map(({ weight }, index) => ({ object: index, weight }));
    const engine = require('loadbalance').roundRobin(pool) as { pick(): number };
    return (picks) => {
      let sum = 0;
      for (let i = 0; i < picks; i++) sum += engine.pick();
      return sum;
    };
  },
  'loadbalance weighted random': (hosts) => {
    const pool = instancesOf(hosts, true).map(({ weight }, index) => ({ object: index, weight }));
    const engine = require('loadbalance').random(pool, 42) as { pick(): number };
    return (picks) => {
      let sum = 0;
      for (let i = 0; i < picks; i++) sum += engine.pick();
      return sum;
    };
  },
  'wrr-pool': (hosts) => {
    const pool = new (require('wrr-pool'))() as { add(value: number, weight: number): void; next(): number };
    instancesOf(hosts, true).forEach(({ weight }, index) => {
      pool.add(index, weight);
    });
    return (picks) => {
      let sum = 0;
      for (let i = 0; i < picks; i++) sum += pool.next();
      return sum;
    };
  },
  'weighted-round-robin': (hosts) => {
    const smooth = new (require('weighted-round-robin'))() as { add(peer: object): void; get(): { index: number } };
    instancesOf(hosts, true).forEach(({ id, weight }, index) => {
      smooth.add({ id, index, weight });
    });
    return (picks) => {
      let sum = 0;
      for (let i = 0; i < picks; i++) sum += smooth.get().index;
      return sum;
    };
  },
  hashring: (hosts) => {
    const ring = new (require('hashring'))(instancesOf(hosts, false).map(({ address }) => address)) as {
      get(key: string): string;
    };
    const keys = keyTexts();
    return (picks) => {
      let sum = 0;
      for (let i = 0; i < picks; i++) sum += ring.get(keys[i & (KEYS - 1)]).length;
      return sum;
    };
  },
  'consistent-hash': (hosts) => {
    // Its usual circle of 100,003 places is full at 2,500 hosts.
    const ring = new (require('consistent-hash'))({ range: Math.max(100_003, 4000 * hosts) }) as {
      add(node: string): void;
      get(key: string): string;
    };
    for (const { address } of instancesOf(hosts, false)) ring.add(address);
    const keys = keyTexts();
    return (picks) => {
      let sum = 0;
      for (let i = 0; i < picks; i++) sum += ring.get(keys[i & (KEYS - 1)]).length;
      return sum;
    };
  },
};

function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function keyTexts(): string[] {
  return Array.from({ length: KEYS }, (_, key) => String(key));
}

function symbolOf(target: object, description: string): symbol {
  for (let of: object | null = target; of !== null; of = Object.getPrototypeOf(of)) {
    const found = Object.getOwnPropertySymbols(of).find((symbol) => symbol.description === description);
    if (found !== undefined) return found;
  }
  throw new Error(`bench: no symbol '${description}'`);
}

interface GrpcPicker {
  pick(args: object): { subchannel: { index: number } };
}

/** The picker of grpc-js' round robin over subchannels that are ready and need no network. */
function grpcPicker(hosts: number): GrpcPicker {
  const { RoundRobinLoadBalancer, setup } = require('@grpc/grpc-js/build/src/load-balancer-round-robin.js');
  const { parseLoadBalancingConfig } = require('@grpc/grpc-js/build/src/load-balancer.js');
  setup();
  let latest: GrpcPicker | null = null;
  const ready = 2;
  const nothing = (): void => {};
  const balancer = new RoundRobinLoadBalancer({
    createSubchannel: ({ port }: { port: number }) => ({
      index: port,
      getConnectivityState: () => ready,
      isHealthy: () => true,
      getAddress: () => String(port),
      getRealSubchannel() {
        return this;
      },
      realSubchannelEquals: () => false,
      addConnectivityStateListener: nothing,
      removeConnectivityStateListener: nothing,
      addHealthStateWatcher: nothing,
      removeHealthStateWatcher: nothing,
      startConnecting: nothing,
      ref: nothing,
      unref: nothing,
      getChannelzRef: nothing,
    }),
    updateState: (_state: number, picker: GrpcPicker) => {
      latest = picker;
    },
    requestReresolution: nothing,
    addChannelzChild: nothing,
    removeChannelzChild: nothing,
  });
  const endpoints = indexes(hosts).map((port) => ({ addresses: [{ host: '10.0.0.1', port }] }));
  balancer.updateAddressList({ ok: true, value: endpoints }, parseLoadBalancingConfig({ round_robin: {} }), {}, '');
  if (latest === null) throw new Error('bench: grpc-js gave no picker');
  return latest;
}
