import { expect, test } from 'vitest';
import { ringHash } from '../../../src/balancer/strategies/ring_hash.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { hostsOf, rebuilt } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';
import { widenedRandom } from '../../helpers/scripted_random.ts';

// Of 1,500 random worlds of grpc-go's own policy (commit 4793ad04) with lists of nobody 31 drew otherwise before.
test.each(['grpc', 'grpc-java', 'grpc-core'] as const)(
  '%s over connections: a request without a key draws its hash where there is a ring, and nothing where nobody is listed',
  (system) => {
    // grpc-go draws for the round robin beneath: with whom it begins to connect, and where it begins.
    const beneath = system === 'grpc' ? [0, 0] : [];
    const random = widenedRandom([...beneath, 5]);
    const strategy = ringHash.create({ options: { system }, ...ports({ keyText: String, random, connect: () => {} }) });
    strategy.selector?.(NO_KEY);
    const hosts = hostsOf([{ id: 'a', address: '10.0.0.1:80' }]);
    rebuilt(strategy, hosts, hosts);
    strategy.selector?.(NO_KEY);
    expect(() => strategy.selector?.(NO_KEY)).toThrow('asked for one more');
  },
);
