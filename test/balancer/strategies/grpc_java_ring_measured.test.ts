import { describe, expect, it, test } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { connectivityOf, nextToConnect } from '../../../src/balancer/routing/connectivity_of.ts';
import { ringHash } from '../../../src/balancer/strategies/ring_hash.ts';
import { Connectivity } from '../../../src/core/connectivity.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { keyed, rigOf } from '../../helpers/measured.ts';
import { ports } from '../../helpers/ports.ts';
import { widenedRandom } from '../../helpers/scripted_random.ts';

// What grpc-java's own RingHashLoadBalancer did (grpc/grpc-java, commit 5fda0c7c, RingHashLoadBalancer.java with the classes it
// stands on, as they are published), over children whose states were set by hand. Keys are decimal numbers.

const java = { system: 'grpc-java' } as const;

test.each<[number, number, number[], string, string]>([
  [1024, 4096, [3, 1, 4, 1, 5], '', 'acaaaceaeceaaeeeeeaaaeccaccceaecacaadeaeaadbeacbeebedbbeaeec'],
  [10, 20, [3, 3, 4], '', 'aaaccaccacacacabaabbbacacaabaccaaaaacbaaaaaaabcbababaaabbabc'],
  [3, 7, [3, 3, 4], '', 'cbccccccbcccccbcbccccccccbccbccbbcccccccccccccccccbbcccbcbcc'],
  [1, 1, [1, 1], '', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
  [4096, 4096, [1, 2, 3], '', 'babacccabcccacccbccaaccbbccacbcccaccacbacbcccccbbcbbcbbcbccc'],
  [10, 20, [1, 1, 1, 1, 1], 'bd', 'cacccceeacccccaeaceeeccccaceaeeaaccceecccccccececeaacccaeaec'],
  [20, 20, [10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], '', 'jalaajaadaaafaaadaaaagagahjadaaaaaljaaaajjjljaaajaabaljbaaaa'],
  [4096, 4096, [5, 7, 11, 13, 2, 1, 1, 1], 'ab', 'ccddddddhcdddcdcdedddccddcgddddchcdddchedddceccdddhedcddeedd'],
])(
  'ring_hash, sizes %i and %i, weights %j, without "%s": %s',
  (minimumRingSize, maximumRingSize, weights, without, record) => {
    const rig = rigOf('ring-hash', { ...java, minimumRingSize, maximumRingSize }, weights, { without });
    expect(keyed(rig, record.length)).toBe(record);
  },
);

// A point each: many keys lie beyond the last one, among them 0, 2 and 5.
test.each<[number, string, string]>([
  [1, '', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
  [2, '', 'abaabaaabaaaaababaaaaaaaabaabaabbaaaaaaaaaaaaabaaabbaaababaa'],
  [3, '', 'cbccbcccbcccccbcbccccccccbccbccbbcccccccccccccbcccbbcccbcbcc'],
  [4, '', 'cbccdcccdcccccdcdccccccccdccdccdbcccccccccccccdcccdbcccbcbcc'],
  [5, '', 'cbccdcccdcccccdcdccccccccdccdccdbcccccccccccccdcccdbcccbcbcc'],
  [6, '', 'fbfcdfccdcfcfcdcdfcccfcfcdfcdccdbfffccfffffffcdcfcdbfffbcbcc'],
  [7, '', 'fbfcdfccdcgcfcdcdgcccgcgcdfcdccdbgffccggfffffcdcfcdbgffbcbcc'],
  [8, '', 'fbfchfccdcgcfchcdgcccgcgchfcdcchbgffccggfffffchcfchbgffbcbcc'],
  [5, 'e', 'cbccdcccdcccccdcdccccccccdccdccdbcccccccccccccdcccdbcccbcbcc'],
  [5, 'd', 'cbccbcccbcccccbcbccccccccbccbccbbcccccccccccccbcccbbcccbcbcc'],
  [3, 'b', 'caccacccacccccacaccccccccaccaccaacccccccccccccacccaacccacacc'],
])('ring_hash of %i points, without "%s": %s', (hosts, without, record) => {
  const rig = rigOf('ring-hash', { ...java, minimumRingSize: 1 }, Array<number>(hosts).fill(1), { without });
  expect(keyed(rig, record.length)).toBe(record);
});

// The first one weighs seven times as much, and the largest ring is of 20 points.
test.each<[string, string]>([
  [
    '10.0.0.1:8080 10.0.1.1:8080 10.0.2.1:8080 10.0.3.1:8080 10.1.0.1:8080 10.2.0.1:8080',
    'adabdabbdbababdadabbbababdaadbfddaaabbaaaaaaabdbabddaaadadab',
  ],
  [
    '10.0.0.1:80 10.0.1.1:80 10.0.2.1:80 10.0.3.1:80 10.0.4.1:80 10.0.5.1:80 10.0.6.1:80 10.0.7.1:80 10.0.8.1:80 10.0.9.1:80 10.0.10.1:80',
    'aajiaaiiaiiijiefaiiiijiiikaiaiakhijaiiiiaaajaiaiaiehijadfhfi',
  ],
  [
    '192.168.7.9:443 172.16.0.3:50051 8.8.8.8:53 255.255.255.255:1 127.0.0.1:65535',
    'aaaadaaacaaaaabacaaaaaaaabaabaebaaaaaaaaaaaaaadaaabaaaaaaaaa',
  ],
  [
    '[2001:db8::1]:80 [::1]:443 [fe80::1:2:3:4]:8080 10.0.0.1:80 [2001:db8:0:1:1:1:1:1]:80',
    'aaabdaaaabababaeaaaaaaaaaaaaaacaaaaaaaabaaaaaadaaaaaaaaaeaeb',
  ],
])('ring_hash over %s: %s', (addresses, record) => {
  const hosts = hostsOf(
    addresses.split(' ').map((address, i) => ({ id: 'abcdefghijk'[i], address, weight: i === 0 ? 7 : 1 })),
  );
  const options = { ...java, minimumRingSize: 1, maximumRingSize: 20 };
  const strategy = rebuilt(ringHash.create({ options, ...ports({ keyText: String }) }), hosts);
  expect(Array.from(record, (_, key) => pickOf(strategy, key).instance.id).join('')).toBe(record);
});

describe('over connections', () => {
  // `b:f@c`: the connection to b fails, upon which all of them report CONNECTING; `7=waits+c@i`: a request of key 7 waits, and c
  // is asked for a connection; `?9=a@r`: one without a hash goes to a, and 9 was drawn, of which the rest was made as here.
  it.each<[number, string]>([
    [
      2,
      '32=waits+b@i b:f+a@c b:f+a@c b:r@r a:r@r b:f@r b:f@r b:f@r b:r@r a:r@r b:r@r b:f@r a:c@c 18=waits@c b:i@c b:f@c a:r@r 51=a@r 54=a@r 55=a@r a:i+a@c a:f@f 28=fails@f a:f@f 40=fails@f 57=fails@f a:c@c a:f@f a:f@f 0=fails@f 48=fails@f b:c@c 24=waits@c 5=waits@c b:r@r 16=b@r a:f@r 15=b@r 47=b@r a:f@r a:f@r 11=b@r a:i@r 48=waits+a@r a:r@r b:f@r',
    ],
    [
      3,
      '24=waits+c@i 45=waits+c@i c:c@c 11=waits@c 13=waits@c c:f+a@c a:f+b@f a:f+b@f a:c@c c:f@c a:f+b@f c:f+b@f b:f@f a:c@f b:f@f 0=waits@f c:f@f c:i@c 53=waits+c@c b:c@c 9=waits+c@c c:r@r c:c@c 24=waits@c c:f@c c:f@c a:f@f 34=waits@f 10=waits@f b:f@f 11=fails@f b:r@r c:i@r 57=b@r a:c@r 48=waits+c@r 30=waits+c@r a:f@r 56=waits+c@r c:r@r a:c@r a:f@r c:i@r 24=waits+c@r 4=b@r a:f@r',
    ],
    [
      4,
      '49=waits+c@i c:f+a@c a:c@c a:i+a@c a:r@r 37=waits+d@r d:f@r c:c@r 43=waits@r d:f@r 35=waits@r a:f@f d:f@f d:i@c d:f@f a:f@f a:f@f a:f@f c:i+b@f 2=waits+c@f b:i+b@f 0=waits+c@f 42=waits+c@f 46=waits+b@f 48=waits+c@f a:f+b@f 13=waits+c@f 57=waits+b@f 53=waits+c@f 13=waits+c@f d:r@r b:f@r 6=waits+c@r a:c@r 50=d@r 40=waits+c@r 55=waits@r 6=waits+c@r 24=waits+c@r 52=waits+c@r d:f@f 47=waits+c@f a:f+c@f b:f+c@f a:r@r b:i@r',
    ],
    [
      5,
      '4=waits+d@i d:i@i d:f+a@c a:r@r d:r@r a:f@r 47=waits+c@r 37=waits+c@r d:r@r 20=waits+c@r a:r@r 33=waits+c@r 24=waits+c@r 23=waits+c@r 33=waits+c@r 4=d@r c:f@r c:c@r 54=waits@r 32=waits+b@r 33=waits@r 33=waits@r c:r@r d:c@r d:c@r 12=c@r a:r@r c:f@r a:f@f a:r@r d:c@r b:f@r a:c@f d:f@f 42=waits@f a:f+e@f 18=waits+e@f a:i+a@f 33=waits+a@f e:r@r e:c@f c:c@f d:f@f a:r@r 37=waits@r b:c@r',
    ],
    [
      2,
      '?3410769615=waits+b@i b:f+a@c b:i@i a:f+b@c b:i+b@c a:r@r b:f@r a:r@r ?1978077054=a@r b:f@r a:f@f ?2019421136=fails@f ?270322531=fails@f ?3010146255=fails@f ?1459255964=fails@f a:i+a@c ?3492481530=waits+a@c b:f+a@c a:r@r b:c@r a:f@c ?1497331468=waits@c a:r@r ?297567234=a@r b:f@r a:f@f b:f@f a:r@r b:r@r ?226535009=a@r a:i@r b:f+a@c a:f@f b:f@f a:f@f b:f@f ?3911451775=fails@f ?3161642408=fails@f ?1153172648=fails@f b:c@c b:f@f ?3660109542=fails@f ?2217690772=fails@f a:r@r b:f@r b:f@r',
    ],
    [
      3,
      '?2404595784=waits+c@i c:c@c c:f+a@c c:f+a@c a:r@r ?3622383112=a+b@r a:r@r ?4251949576=a+b@r c:f@r a:c@c b:f@f ?4198109469=waits@f ?1335648725=waits@f c:i@c b:f@c ?2355502909=waits@c ?2000906506=waits@c c:r@r b:c@r b:r@r b:f@r b:c@r a:i@r c:i@c c:c@c ?3188863125=waits@c c:r@r ?3639682963=c@r b:f@r c:c@c c:f+a@f ?2639271100=waits+a@f a:i+a@f c:f+a@f c:f+a@f ?2281552684=waits+a@f ?4232904815=waits+a@f ?685480189=waits+a@f ?3851800794=waits+a@f b:f+a@f c:i+a@c c:r@r a:i@r c:f+a@f b:f+a@f a:c@f',
    ],
    [
      4,
      '?3504081482=waits+c@i c:i@i c:f+a@c a:i+a@c c:f+a@c ?1679898958=waits+b@c ?1199161158=waits+d@c ?632834933=waits+d@c b:c@c ?2881066330=waits@c ?872148469=waits@c ?802860948=waits@c a:f@f d:r@r d:f@f c:f@f ?3354157798=waits@f c:f@f a:f@f a:f@f ?889593905=waits@f ?3461275553=waits@f a:r@r ?1654350478=a@r a:i@f a:i@f ?2144649813=waits@f ?821407175=waits@f ?3264079333=waits@f a:f@f ?877911335=waits@f a:c@f b:f@f ?1518620862=waits@f c:c@f a:f@f d:r@r c:f@r ?3751742706=d@r a:r@r ?3489917130=d@r ?344966178=d@r a:f@r ?2408199113=d@r ?2522495982=d@r b:i@r',
    ],
    [
      5,
      '?1545988013=waits+e@i e:c@c ?1397930768=waits@c e:f+a@c ?3388391278=waits+c@c a:r@r c:f@r a:f+b@f c:f+b@f ?2913539946=waits+d@f e:f+b@f b:r@r a:f@r b:f+d@f d:i+d@f b:r@r e:i@r c:f@r ?2627659434=b+d@r ?691683023=b+d@r a:f@r ?499097565=b+d@r d:r@r ?822120851=d@r c:c@r ?261292359=b@r b:i@r e:f@r b:r@r ?1276544649=d@r ?463559980=b@r ?4010704309=d@r a:f@r ?26763436=d@r ?973017266=b@r ?4052805364=d@r a:c@r ?247439680=d@r ?2899010588=d@r d:i@r e:f@r c:r@r ?3379544176=c@r e:f@r e:c@r ?3685215399=c@r',
    ],
  ])('%i endpoints: %s', (count, record) => {
    expect(overConnections(count, record)).toBe(record);
  });
});

const states = {
  i: Connectivity.idle,
  c: Connectivity.connecting,
  r: Connectivity.ready,
  f: Connectivity.transientFailure,
};
type Letter = keyof typeof states;

/** The record again: its events are read from it, and what came of each is written anew. */
function overConnections(count: number, record: string): string {
  const hosts = hostsOf(
    Array.from({ length: count }, (_, i) => ({ id: 'abcde'[i], address: `127.0.0.1:${9101 + i}` })),
  );
  for (const host of hosts) host.connection = Connectivity.idle;
  const asked: string[] = [];
  const connect = (host: Host): void => void asked.push(host.instance.id);
  // A request that fails draws nothing here.
  const draws = Array.from(record.matchAll(/\?(\d+)=(?!fails)/g), ([, drawn]) => Number(drawn));
  const strategy = ringHash.create({
    options: { ...java, minimumRingSize: count },
    ...ports({ keyText: String, random: widenedRandom(draws), connect }),
  });

  function change([id, letter]: string[]): void {
    const host = hosts.find(({ instance }) => instance.id === id) as Host;
    host.connection = states[letter as Letter];
    const next = nextToConnect(hosts, 'grpc-java');
    if (next !== null) connect(next);
  }

  function pick(key: string): string {
    const eligible = hosts.filter(({ connection }) => connection !== Connectivity.transientFailure);
    if (eligible.length === 0) return 'fails';
    rebuilt(strategy, hosts, eligible);
    const host = pickOf(strategy, key.startsWith('?') ? NO_KEY : Number(key));
    if (host.connection === Connectivity.idle) connect(host);
    return host.connection === Connectivity.ready ? host.instance.id : 'waits';
  }

  const written = record.split(' ').map((word) => {
    const [event] = word.split(/[=+@]/);
    const picked = event.includes(':') ? change(event.split(':')) : pick(event);
    const overall = Object.keys(states).find((letter) => states[letter as Letter] === connectivityOf(hosts, true));
    const wanted = asked.splice(0).join('');
    return `${event}${picked === undefined ? '' : `=${picked}`}${wanted === '' ? '' : `+${wanted}`}@${overall}`;
  });
  return written.join(' ');
}
