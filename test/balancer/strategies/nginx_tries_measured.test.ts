import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import type { Instance } from '../../../src/core/instance.ts';
import { type Key, NO_KEY } from '../../../src/core/key.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { balancerWith } from '../../helpers/balancing.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

// What nginx 1.31.5 did (nginx/nginx, commit 3f6f7824) with requests that some of the servers reset, max_fails=0: one
// worker process, one request after the other, and a note of which server each try of each request went to.

/** Servers a, b, c, ... of these weights; `names`: those of the same letter have the same address. */
function servers(weights: readonly number[], names = 'abcdefgh', backups = ''): Instance[] {
  return weights.map((weight, i) => {
    const id = String.fromCharCode(97 + i);
    const address = `127.0.0.1:${9101 + names.charCodeAt(i) - 97}`;
    return { id, address, zone: null, weight, backup: backups.includes(id) };
  });
}

interface Case {
  readonly policy: readonly [string, WrittenOptions];
  readonly instances: readonly Instance[];
  readonly draws?: readonly number[];
}

/** Where the tries of requests go, each until a server answers or all were tried. `failing`: the servers that reset it. */
function tries({ policy: [name, options], instances, draws = [] }: Case, requests: readonly [Key, string][]): string {
  const random = scriptedRandom(draws);
  const balancer = balancerWith({ strategy: strategyNamed(name).withOptions(options), random });
  balancer.update(instances);
  const went = requests.map(([key, failing]) => triesOf(balancer, key, failing));
  expect(() => random.uint32()).toThrow('asked for one more');
  return went.join(' ');
}

function triesOf(balancer: Balancer, key: Key, failing: string): string {
  const { members } = balancer;
  let went = '';
  while (went.length < members.length) {
    const host = balancer.pick(key, 0, 0, null, went !== '');
    if (host === null) break;
    balancer.acquire(host);
    // An answer, so that it lowers no weights, as with max_fails=0.
    balancer.release(host, 0, Outcome.error);
    host.tried = true;
    went += host.instance.id;
    if (!failing.includes(host.instance.id)) break;
  }
  for (const host of members) host.tried = false;
  return went;
}

const keyless = (failing: string): [Key, string][] => failing.split(' ').map((each) => [NO_KEY, each]);

/** Keys from 0 on, each as often as there are `failing`. */
const keyed = (keys: number, failing: string): [Key, string][] =>
  Array.from({ length: keys }, (_, key) => failing.split(' ').map((each): [Key, string] => [key, each])).flat();

describe('draws in vain are counted over all tries of a request', () => {
  test.each([
    [
      'random',
      ['random', { weighted: true }] as const,
      [40, 1, 1, 1],
      '- a ab abc a abd abcd -',
      'a ac abd abcd ab adbc abcd a',
      [
        1693642025, 2094543787, 1122429138, 979624005, 792669534, 699403312, 26515805, 1127705872, 1196900039,
        410069881, 2066952116, 178767116, 2104976327, 1797256083, 1755122369, 673263894, 1020257915, 2098491372,
        375608968, 1784815304, 2036526873, 1430116348, 452278299, 709128296, 65261582, 1067684306, 2013123914,
        1987185425, 586247537, 1958190079, 1832970934, 132405914, 1905250219, 807916424, 1112029920, 550436105,
        1507319737, 1138545725, 1678141977, 556736128, 1548615606, 1597610445, 735503245, 1506108286, 1247382881,
        343141966, 31888532, 120157148, 294149690, 407497501, 1904972452, 183192915, 1837613849, 209767104, 892321212,
        1902875432, 1277451410, 757961478, 1742577209, 1863698948, 568667909, 1428064496, 1996104862, 326434480,
        88497272, 960651134, 876870585, 1595817009, 2099196859, 407528915, 5069490, 1500328818, 2005139360, 740572735,
        858953456, 1105038593, 1083714701, 890841988, 1225195742, 1377864392, 1298339489, 982684546, 1561057307,
      ],
    ],
    [
      'random two',
      ['least-request', { algorithm: 'nginx-random-two' }] as const,
      [40, 1, 1, 1],
      '- a ab abc a abd -',
      'a c abc bad b c d',
      [
        910463552, 1533006897, 1675307535, 1100005017, 707861964, 1002277217, 1100478889, 164046412, 183671878,
        466866948, 924654483, 878055229, 352803669, 1476604203, 1974725656, 27770166, 1459679792, 962885926, 1008544915,
        1220180736, 1454044038, 511947365, 1211980909, 1997322251, 150134138, 879785800, 1375900129, 2034699076,
        2117061853, 1102041910, 698158450, 880041758, 487565159, 225982337, 1980046775, 1195427123, 1228259554,
        933042016, 1359473535, 1411931432, 1399908964, 136644371, 142503014, 1752712634, 1613248574, 2117228670,
        1780482800, 925444718, 932630948, 641544067, 2145625455, 239191339, 1153491432, 1210122716, 89029942,
        1303625570, 2089908516, 1464930072, 1190840998, 2059486722, 419488334, 1888999449, 792044832, 907053493,
        2114981786, 624607959, 2102480617, 1195757693, 1557649975, 1314470504, 460205477, 810075292, 1451114875,
        602708491, 415304278, 916879802, 572453514, 48303430, 1842324520, 1505084462, 689847497, 1840466327, 1744275801,
        1843338929, 903105395, 1833305744, 999480852, 845530264, 1150752168, 42838202, 757533338, 1570240502,
      ],
    ],
    [
      'random two',
      ['least-request', { algorithm: 'nginx-random-two' }] as const,
      [1, 3, 2, 1],
      '- b bc bcd cd ab abc -',
      'a a a bdca db d d c',
      [
        1126379173, 1342202463, 1663879251, 1497850431, 507822109, 2063148381, 1621375770, 390333155, 1621681575,
        695434254, 1217788251, 490085216, 1900842103, 1759277890, 1448208629, 1818628834, 1073333084, 292033873,
        2081443030, 1471896743, 1604118228, 995675452, 1389602944, 958355590, 46625259, 697652954, 181890951, 370593620,
        2083767629, 723411618, 769645359, 1062663154, 2065614081, 286040962, 413029937, 425952542, 201705696,
        2034405708, 816285697, 1823387271, 582356314, 2034073948,
      ],
    ],
  ])('%s, %j, weights %j, reset by %s: %s', (_, policy, weights, failing, went, draws) => {
    expect(tries({ policy, instances: servers(weights), draws }, keyless(failing))).toBe(went);
  });

  test('random beside a backup, one server: nothing is drawn', () => {
    const instances = servers([3, 2], 'ab', 'b');
    const policy = ['random', { weighted: true }] as const;
    expect(tries({ policy, instances }, keyless('- a - a -'))).toBe('a ab a ab a');
  });
});

describe('hash goes on where the last try left off, as far as 20 slots in vain', () => {
  test.each([
    [
      [30, 1, 1, 1],
      10,
      'a ab abcd',
      'ac ac acbd c c cadb ab abc abdc c c cbda ac ac acdb ac ac acdb ad ad adbc ad ad adcb ac ac acdb ad ad adcb',
    ],
    [
      [1, 1, 1, 1, 1],
      8,
      'abcd abcde',
      'abde abdec de debac e ebcda e ecbda cdabe cdabe bcade bcade dcabe dcabe cae caebd',
    ],
  ])('weights %j, keys 0 to %i, reset by %s: %s', (weights, keys, failing, went) => {
    const policy = ['modulo-hash', { system: 'nginx' }] as const;
    expect(tries({ policy, instances: servers(weights) }, keyed(keys, failing))).toBe(went);
  });
});

// With `hash` after the servers, since before them nginx refuses backups.
describe('hash beside a server that is alone looks at slots once a backup has failed', () => {
  test.each([
    [
      [1, 1, 1, 1],
      'abd acdb ad abcd ac adbc abc acbd ad abdc ac adcb abd acbd ad abcd ac adbc abd acdb',
      keyed(10, 'ab abcd'),
    ],
    [
      [2, 3, 1, 2, 1],
      'abd adcbe ac abdce ae adbce abc abcde ad acdbe abd ae ad abe abe ade ac abdce ae adcbe',
      keyed(10, 'ab abcd'),
    ],
    [[1, 2, 1, 1], 'abc adbc ac abdc ac abdc', keyless('ab abcd ab abcd ab abcd')],
  ])('weights %j, all but the first backups: %s', (weights, went, requests) => {
    const instances = servers(weights, 'abcde', 'bcde');
    expect(tries({ policy: ['modulo-hash', { system: 'nginx' }], instances }, requests)).toBe(went);
  });
});

describe('hash consistent', () => {
  const policy = ['ring-hash', { system: 'nginx' }] as const;

  test('points in vain are counted over all tries of a request', () => {
    const went =
      'ab abc abcd ab abc abcd ac ac acbd ad ad adcb ac ac acdb ac ac acdb ad ad adbc ac ad abcd ad ad adcb b bac bacd';
    expect(tries({ policy, instances: servers([30, 1, 1, 1]) }, keyed(10, 'a ab abcd'))).toBe(went);
  });

  // a and c are one name. Of heavy ones the ring has each point once, and 20 of them are passed over before round robin.
  test.each([
    [
      [2, 1, 1, 1],
      [...keyed(12, 'ac abc'), ...keyless('- - - - - - - -')],
      'b bd b bacd cab acbd d d d d b bd acd cad acb acbd d d b bd b bd d d c a b d a c a b',
    ],
    [[1, 1, 1, 1], [...keyed(16, '-'), ...keyless('- - - - - -')], 'b b a d d b d c d b b d b b a b c b d a c b'],
    [
      [12, 1, 12, 1],
      keyed(24, 'ac'),
      'acb b cab acd cad acb cad acb d b cab acd cab acb cad acb cab acd cab acd cab acd cab acb',
    ],
  ])('others of a name are tried first, by weight in turn: weights %j', (weights, requests, went) => {
    expect(tries({ policy, instances: servers(weights, 'abad') }, requests)).toBe(went);
  });

  test('rounds of a name and of all are of the same weights', () => {
    const instances = servers([2, 1, 1, 1], 'abad');
    const requests: [Key, string][] = [...keyed(24, '-'), ...keyless('- - - - - - - - - - - -')];
    expect(tries({ policy, instances }, requests)).toBe(
      'b b a d d b c a d b b d b b a b c a b a b d b c a b d a c a b d a c a b',
    );
  });
});

describe('without a key a retry is a round of those not tried', () => {
  test.each(['modulo-hash', 'ring-hash'])('%s', (name) => {
    const instances = servers([3, 1, 2]);
    const requests = keyless('- a ab c abc bc -');
    expect(tries({ policy: [name, { system: 'nginx' }], instances }, requests)).toBe('a c abc ca bac ca a');
  });
});

test('a retry finds backups of whatever priority', () => {
  const policy = ['weighted-round-robin', {}] as const;
  const [a, b] = servers([1, 1], 'ab', 'b');
  expect(tries({ policy, instances: [a, { ...b, priority: 1 }] }, keyless('a -'))).toBe('ab a');
});

test.each([
  ['weighted-round-robin', {}, 'a bac a abd bacd abcd ab bad a'],
  ['least-request', { algorithm: 'nginx-least-conn' }, 'a bac a abd bacd abcd ab bad a'],
])('%s %j: a retry goes to the backups once all others were tried', (name, options, went) => {
  const instances = servers([2, 1, 2, 1], 'abcd', 'cd');
  expect(tries({ policy: [name, options], instances }, keyless('- ab - ab abc abcd a ab -'))).toBe(went);
});
