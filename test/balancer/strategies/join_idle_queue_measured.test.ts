import { describe, expect, test } from 'vitest';
import { joinIdleQueue } from '../../../src/balancer/strategies/join_idle_queue.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { loadReport } from '../../helpers/load_reports.ts';
import { replayed, rigOf } from '../../helpers/measured.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

// No program of the algorithm's authors is known to us. This is what programs of others did that have it, as published.

const idle = loadReport({ serviceTimeMs: 1 });

/** Picks and sends that many; who it was. */
function sent(strategy: Strategy, count: number): string {
  let ids = '';
  for (let i = 0; i < count; i++) {
    const host = pickOf(strategy);
    strategy.onStart(host);
    ids += host.instance.id;
  }
  return ids;
}

/**
 * The JIQRouter of a simulator of speculative decoding (yfzzzyyls/dsdSim, commit 02c2a916, src/sim.py: mark_idle, mark_busy,
 * jiq_select_filtered), its random.choice taking these draws modulo the number of targets. All targets are idle at first, in
 * order from the one of the first draw on, which is our rule; one says that it is idle when it holds nothing.
 */
describe("one dispatcher, as a simulator's router", () => {
  test.each<[number, string, number[]]>([
    [
      2,
      'b -b a -a b a -b b -a a -a a -a -b a b -a a -b b b b -b b -b -a a b b -a -b -b a b -b -a -b a -a -b a -a b -b a -a b a -b -a b -b a b a -b b -a a a',
      [17, 7, 97, 97, 25, 11, 71, 48, 20, 52],
    ],
    [
      3,
      'b -b c a b a -c -a c -b b b c -b -b -a b -c a -c -a -b c -c a -a b c a -b b b a b c -b -b b -c -b b -b c -b -c -a b c b c a b -b c a -c -c a -a -b b c -b c a -c -c a -a c c b -b -a a -c c -b -a -a',
      [7, 66, 76, 53, 28, 18, 16, 35, 61, 16, 80, 74, 79, 11, 90, 55, 65, 6, 30, 28, 5, 53, 3, 72, 71, 86, 16, 96, 74],
    ],
    [
      5,
      'a b -b c -a d -c -d e b a -a -b c d a b -e -a e -e a e -e -b e -c b -e c e -d d d -b b b b d c e -c c e d b -e -a -e -b -c -e a e -e e -e -c e c -a -b a d -c -a c -d a d -d c -e e -e -b e -c d a -d e -d c e -c -c c -d -a b -c -e -d -b -d c -e -a d',
      [30, 63, 71, 46, 28, 92, 59, 57, 69, 58, 51, 3, 88, 42, 8, 60, 64, 57, 64, 11],
    ],
    [
      8,
      'g -g h a -a -h b c d -d -b e -c f g a -f -g h d -e b c -d -c -b f g e d -g -f -e -a -h c -d b -b -c g f e -f a -g -e -a h d -d -h b -b c -c f g e a d -e -d h -a -f b -g -b -h c -c e -e d a f g -d -a -f b h c e d -b -h -g a -c -d f -e -f b h -b -a g -h -g c d -c e -d f -e b',
      [30],
    ],
  ])('%i hosts, requests held: %s', (hosts, record, draws) => {
    const rig = rigOf('join-idle-queue', {}, Array<number>(hosts).fill(1), { draws });
    expect(replayed(rig, record)).toBe(record);
    expect(() =>
      replayed(
        rig,
        Array(hosts + 1)
          .fill('a')
          .join(' '),
      ),
    ).toThrow('asked for one more');
  });
});

/**
 * The function classical_jiq of the simulator behind Goren, Vargaftik and Moses, Stochastic Coordination in Heterogeneous
 * Load Balancing Systems, PODC 2021 (guy-goren/stochastically-coordinated-dispatching, commit fe40ec55, code/source), whole,
 * with arrivals and departures by script instead of by chance: a dispatcher that knows of idle servers gets as many jobs as
 * it knows servers, or none. With fewer it draws among them and forgets the others, which is a rule of that program.
 *
 * `1:ab`: dispatcher 1 sends a job to a, then one to b; `-a`: a is done with a job; `a2`: a has run idle, and tells
 * dispatcher 2, which it drew. None knows of anybody at first.
 */
describe('several dispatchers, each told by the servers that drew it', () => {
  test.each<[number, string, number[][]]>([
    [
      3,
      'a1 b2 c2 2:bc -c c1 2:a -a a1 -b b1 2:c -c c2 1:acb 1:b -b 1:b -c c2 -a a2 2:ca -c c1 2:b -a a1 -b -b 1:ca 2:bc -a a2 1:c 1:aa -a -b -c 2:a -a -c -b b2 -c c1 -a a1 1:ca 2:b -c c1 2:a -b b1 2:b -b b1 2:aa -a 2:a 2:bb -a 2:ca -a -c c1 -a 1:cb 2:cb -c 2:c 2:b -b -c 2:ac -a -b -a -b -c',
      [
        [33613, 53644867, 75205238, 26925921, 38473086],
        [
          35214, 80547272, 25221088, 18468952, 45174716, 64854435, 7154506, 88972041, 90914421, 12934746, 89385571,
          87363763, 57519350, 53295723, 36027815, 31374583, 54256982, 34637908, 88996695, 96233696,
        ],
      ],
    ],
    [
      5,
      'a1 b2 c3 d1 e2 3:c 2:be -b b1 -c c3 1:adb -d d2 -e e2 3:c -a a1 -b b1 -c c3 2:de -e e3 2:e 1:ab -a a2 1:dc 2:a -c c1 -e e1 -a a1 -d 3:ce -e e1 2:e -e e1 2:d -b b3 -c c2 -d 3:b -d d3 2:c -c c3 2:b 3:dc -c c1 3:a -b 3:a -a -d d2 1:cea -b b1 -c c3 -e e2 2:de 2:dd -a -d -e e2 -d 1:b -d d2 -b b1 1:b -b b1 3:c -c c1 1:bc 3:e -b b3 -c c3 -a a3 -e e2 1:d 3:bca -a a3 -b b2 -d d2 3:a -a a2 3:b',
      [
        [33613, 53644867, 75205238],
        [36014, 93998474, 229013, 65371031, 99656093, 87245448],
        [38415, 32090955, 27513914, 1555016],
      ],
    ],
    [
      8,
      'a1 b3 c3 d2 e2 f1 g4 h3 1:af 2:de -a a3 -d d2 1:f -f 4:g -e e1 -f f4 -g g4 4:fg 4:b -f f2 -b b1 -g g1 3:bcha 4:df -c c1 -h h2 4:g 3:a -g g1 2:dfh -a -f -h h4 4:h -a a3 -f f4 -d -h h3 2:h 4:f -d d1 -h h3 4:ga 1:ebgcd 2:ha 3:ah -c c1 -d d4 -e e2 3:ac -a -c c2 -f f2 4:d -d d1 2:ecf -a -b -b b1 -c c1 -h -a -e e4 2:a -g 3:g -g 1:cdb 2:b -f f4 -h h4 3:dd -a -b -c c3 -d -g g4 1:dg 2:h -a a3 -g g2 -h h2 1:b -b 2:gh -h h2 4:efhg -b b2 -d -e e3 -f f2 -g 2:hbf -g g1 2:b -d -f f3 -d d1 -h -b 1:gd 2:c 3:caef 4:fg -d d2 -e e2 -g',
      [
        [33613, 53644867, 75205238, 26925921],
        [36815, 5188551, 77498064, 10011984, 51876345, 7375335, 16776177, 23292730],
        [40016, 58993360, 79790890, 95359174, 65279603, 96939387],
        [43217, 10537043, 82083717, 78445238, 78682862, 84242312, 55262861, 67358862],
      ],
    ],
  ])('%i servers: %s', (servers, record, draws) => {
    const dispatchers = draws.map((drawn) => {
      // Hosts with something in flight do not wait in the queue from the start.
      const hosts = hostsOf(Array.from({ length: servers }, (_, i) => ({ id: String.fromCharCode(97 + i) })));
      for (const host of hosts) host.inFlight = 1;
      const strategy = joinIdleQueue.create({ options: {}, ...ports({ random: scriptedRandom(drawn) }) });
      return { hosts, strategy: rebuilt(strategy, hosts) };
    });
    const played = record.split(' ').map((word) => {
      const [number, jobs] = word.split(':');
      if (jobs !== undefined) {
        return `${number}:${sent(dispatchers[Number(number) - 1].strategy, jobs.length)}`;
      }
      const told = /^(.)(\d)$/.exec(word);
      if (told !== null) {
        const { hosts, strategy } = dispatchers[Number(told[2]) - 1];
        strategy.onEnd(hosts[told[1].charCodeAt(0) - 97], 1, Outcome.ok, idle, 0);
      }
      return word;
    });
    expect(played.join(' ')).toBe(record);
    for (const { strategy } of dispatchers) expect(() => sent(strategy, servers + 1)).toThrow('asked for one more');
  });
});

/**
 * Single dispatchers of the same program (DispatcherSplittableJIQ: updateIdleQueue, getDestinations), each told of these
 * servers in this order and then given fewer jobs than it knows servers. That is PULL's rule.
 */
describe('a dispatcher that draws among the servers it knows', () => {
  test.each<[string, number[], string]>([
    ['bcda', [2400], 'b'],
    ['bd', [40353606], 'b'],
    ['ca', [27284901], 'a'],
    ['ba', [38445110], 'b'],
    ['acdbg', [6402, 5348492, 4585652], 'dag'],
    ['bfiacgedh', [68433253, 26806516, 76866977, 38486683], 'dcef'],
    ['ag', [44066132], 'a'],
    ['hiedbcg', [44419292, 48834102, 6955456, 15884320, 66236859, 28283063], 'ihdebg'],
    ['bg', [43736375], 'g'],
    ['alygbvdohzprcxf', [3201], 'd'],
    ['vgzuthbmxswkflqe', [53804809, 2292826, 85347189, 13403258, 89564051, 19243341, 73163629], 'sglqexf'],
    [
      'aikvygbzrsefmjl',
      [
        73340209, 75547614, 54608291, 7942160, 33118429, 14141531, 21868187, 12148700, 70007714, 3148900, 54572938,
        27341449,
      ],
      'ykmegisrajfb',
    ],
  ])('%s, by draws %j: %s', (known, draws, picks) => {
    const hosts = hostsOf(Array.from({ length: 26 }, (_, i) => ({ id: String.fromCharCode(97 + i) })));
    for (const host of hosts) host.inFlight = 1;
    const strategy = joinIdleQueue.create({
      options: { order: 'random' },
      ...ports({ random: scriptedRandom(draws) }),
    });
    rebuilt(strategy, hosts);
    for (const id of known) strategy.onEnd(hosts[id.charCodeAt(0) - 97], 1, Outcome.ok, idle, 0);
    expect(sent(strategy, picks.length)).toBe(picks);
  });
});
