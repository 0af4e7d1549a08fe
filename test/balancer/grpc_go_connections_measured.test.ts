import { expect, test } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { Connectivity, GRPC_CONNECTIONS } from '../../src/core/connectivity.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { Connections } from '../../src/health/connections/connections.ts';
import type { ConnectionListener } from '../../src/health/connections/connector.ts';
import { balancerWith, instance } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { widenedRandom } from '../helpers/scripted_random.ts';

// What grpc-go's own round_robin, leastrequest, weighted_round_robin and ringhash did over its own endpointsharding and pick_first
// (grpc/grpc-go, commit 4793ad04, as they are published but for what an older Go lacks), connections made, refused and lost by
// hand. Their map of endpoints was read in the order of the list. `=ab` is a list, `a:up` a connection that is made; the
// other words are picks: who got the request, or that it waits, or fails; `'`: it has a key. All that was drawn from the first list on.
test.each<[string, WrittenOptions, string, number[]]>([
  [
    'round-robin',
    { system: 'grpc-go' },
    '=abcd c:fails b:fails =dca wait wait wait wait wait wait wait wait wait d:up d d d d d d d d +1000 d d a:up d a d a',
    [24, 6, 13, 29, 0, 30, 57, 41],
  ],
  [
    'round-robin',
    { system: 'grpc-go' },
    '=c wait wait wait wait wait wait +300 +1000 +300 c:up c =dcba c c c a:up a d:up a d c +300 a =acd a =abcd d +1000 a b:up d',
    [26, 17, 14, 34, 36, 38, 1, 52, 14, 53, 28, 50],
  ],
  [
    'least-request',
    { weights: 'ignore', counted: 'since-ready' },
    '=acd wait +5000 d:fails wait c:up c c =ab wait a:fails wait wait b:up b b +5000 =acd =bd wait b:fails wait =dcba +5000 wait wait',
    [31, 18, 34, 47, 35, 24, 23, 24, 52, 54, 52, 4, 16, 27, 44, 34, 51, 46, 45, 2, 50, 10, 9],
  ],
  [
    'least-request',
    { weights: 'ignore', counted: 'since-ready' },
    '=cd wait +1000 +300 wait c:up c c d:fails c +300 c c c c c c c c c c c =abd wait a:fails wait wait',
    [
      6, 37, 43, 15, 0, 38, 57, 5, 42, 56, 44, 36, 36, 11, 21, 17, 11, 17, 41, 33, 26, 32, 43, 1, 36, 5, 26, 44, 2, 22,
      59, 44, 24, 47, 14,
    ],
  ],
  [
    'client-side-weighted',
    { clamp: false },
    '=abcd a:up a d:up a d a d a:lost d a:up d d:lost a:lost a:fails wait d:up d d d c:up +300 b:up b c d b c d',
    [
      460497179, 2775396563, 1839037544, 2148774240, 835093919, 3487019397, 84321206, 4285622990, 2536552602,
      2220141035, 1012001471, 566709692, 3328547076, 3722532710, 380661984, 220457590, 2110741056, 1181036899,
      3916237223, 1130396907, 3545917493, 1439458427, 4046353306, 3573066420, 4100392451,
    ],
  ],
  [
    'client-side-weighted',
    { clamp: false },
    '=abcd b:up c:up c b c b b:lost +300 =da wait a:fails wait wait +300 wait wait =abd d:up b:up =dcba d b +5000 a:up a +5000 c:fails b b:lost',
    [
      2844084410, 315823763, 1881709811, 359622696, 4113078205, 473419282, 1531601384, 4187627571, 236962141, 817320615,
      2258117910, 3312330091, 967570634, 2707455283, 1980694608, 1454121234, 2202993397, 19135709, 2847151009,
      1405415009, 253593029, 1258961143, 2391736669, 3124123631, 1773829834, 3926299291, 854079633, 2327465964,
      2880595887, 263812492, 1328136, 2587166722,
    ],
  ],
  [
    'ring-hash',
    { system: 'grpc', minimumRingSize: 64 },
    '=ab +5000 wait b:up b b =bc +5000 b +300 b b b b b b +5000 b =ab b b =bcd =acd wait wait',
    [
      3706517332, 46963895, 3122444122, 2987115777, 2681965268, 1051643668, 248228594, 154087480, 169914924, 2428682206,
      538612738, 566707375, 3809132742, 3646551215, 507547241, 4265122895, 1536186487, 1129092920, 3839099469,
      4147089507, 2707270834, 2377595959, 739036367, 121353893, 1275782162, 27076246, 213463569, 1973152492, 269205359,
    ],
  ],
  [
    'ring-hash',
    { system: 'grpc', minimumRingSize: 64 },
    '=abc wait wait wait wait +300 =bcd =bc +1000 wait wait wait wait wait wait wait wait wait wait wait +5000 =abd b:up b +300 b:lost wait +300 =abc +300 wait wait',
    [
      488820071, 3578784544, 760486293, 1656437350, 3137923901, 1804343626, 4227894808, 1438443481, 3786656826,
      2662122528, 3274711476, 668894423, 533197269, 3730375755, 617840451, 744251678, 2944521473, 823545265, 3970051521,
      2320593100, 761069544, 3868553656, 1558767817, 2144136721, 2748931542, 2216224007, 2410766907, 3711708096,
      1355086754, 967529274, 709583196, 2323156972, 3945596910, 835494598,
    ],
  ],
  [
    'ring-hash',
    { system: 'grpc', minimumRingSize: 64 },
    '=abcd wait wait wait +1000 +1000 +1000 +1000 =acd wait +1000 =bc wait =dcb wait +300 wait +300 c:fails wait wait wait wait wait =ab wait wait wait wait wait wait =dca wait +1000 wait',
    [
      1224249914, 222303173, 3895345017, 3621788601, 1182625714, 2598376599, 2519051630, 1384638954, 1491417303, 737832,
      1635825647, 2563827313, 130943934, 294433954, 1678660334, 1680571687, 2054980832, 3070149520, 3205656086,
      2831825086, 342648144, 2147684179, 3704286023, 3052091734, 2331219702, 4253578976, 2580932106, 2273453184,
      2707088425, 1177084422, 392817010, 1655715441, 3954879886, 2137875435, 2971477507, 2926891341,
    ],
  ],
  // A ring of one point, of a.
  [
    'ring-hash',
    { system: 'grpc', maximumRingSize: 1, minimumRingSize: 1 },
    "=abc wait a:fails wait fail' b:up fail fail' +1000 fail'",
    [3, 1, 4, 1, 5, 9, 2, 6, 5],
  ],
])('grpc-go, %s %j: %s', (name, options, record, draws) => {
  const clock = new ManualClock();
  const strategy = strategyNamed(name).withOptions(options);
  const lazily = strategy.traits.connectsLazily === true;
  const lines = new Map<string, ConnectionListener>();
  const hosts: Host[] = [];
  const random = widenedRandom(draws);
  const connections = new Connections({
    ...{ clock, random: randomStream('connections') },
    settings: { ...GRPC_CONNECTIONS, jitter: 0 },
    connector: ({ id }, _timeoutMs, listener) => {
      lines.set(id, listener);
      return () => {};
    },
    listener: (slot, connection) => {
      const healthy = lazily ? connection !== Connectivity.transientFailure : connection === Connectivity.ready;
      balancer.setHealth(hosts[slot], { healthy, connection }, 'connection');
    },
  });
  const balancer = balancerWith({
    ...{ clock, random, strategy, initiallyHealthy: lazily },
    connections: GRPC_CONNECTIONS,
    connectionPorts: { clock, connect: ({ slot }) => connections.connect(slot), disconnect() {}, onTurn() {} },
    observer: {
      onAdded: (host) => {
        hosts[host.slot] = host;
        connections.add(host.slot, host.instance);
      },
      onRemoved: ({ slot }) => connections.remove(slot),
      onPickable() {},
      onPanic() {},
    },
  });
  const pick = (key: Key): string => {
    balancer.request.waitsFor = null;
    const host = balancer.pick(key, 0);
    if (host === null) return balancer.request.waitsFor === null ? 'fail' : 'wait';
    balancer.acquire(host);
    balancer.release(host, 0, Outcome.ok);
    return host.instance.id;
  };
  const done = record.split(' ').map((word) => {
    const [id, what] = word.split(':');
    if (word.startsWith('=')) balancer.update(Array.from(word.slice(1), (each) => instance(each)));
    else if (word.startsWith('+')) clock.advance(Number(word));
    else if (what === 'lost') lines.get(id)?.onLost();
    else if (what !== undefined) lines.get(id)?.onDone(what === 'up');
    const isKeyed = word.endsWith("'");
    const said = /^[=+]|:/.test(word) ? word : pick(isKeyed ? 0 : NO_KEY) + (isKeyed ? "'" : '');
    clock.advance(0);
    return said;
  });
  expect(done.join(' ')).toBe(record);
  expect(() => random.uint32()).toThrow('asked for one more');
});

test('grpc-go, ring_hash: a connection made amid an ejection is one more picker as that ends', () => {
  // For the list, as it begins to connect, and as it is let back in.
  const random = widenedRandom([0, 0, 0, 0]);
  const strategy = strategyNamed('ring-hash').withOptions({ system: 'grpc' });
  const connectionPorts = { clock: new ManualClock(), connect() {}, disconnect() {}, onTurn() {} };
  const balancer = balancerWith({ random, strategy, connections: GRPC_CONNECTIONS, connectionPorts });
  balancer.update([instance('a')]);
  const [host] = balancer.members;
  balancer.setHealth(host, { connection: Connectivity.connecting }, 'connection');
  balancer.setHealth(host, { connection: Connectivity.ready }, 'ejection');
  expect(() => random.uint32()).toThrow('asked for one more');
});
