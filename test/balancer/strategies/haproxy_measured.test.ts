import { describe, expect, test } from 'vitest';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { ringHash } from '../../../src/balancer/strategies/ring_hash.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { aroundAbsence, inTurn, keyed, type Rig, replayed, rigOf } from '../../helpers/measured.ts';
import { ports } from '../../helpers/ports.ts';

// What HAProxy 3.5-dev5 (commit 50872daa6) and 2.6.12 did: one thread, one request after the other, keys as in
// `balance hash req.hdr(k)`, servers taken out with `set server .. state maint`. 2.6.12 ran as Debian 12 has it;
// 3.5-dev5 as it is published, but that random wrote down what it drew. Where no version is named both did the same.

describe('hash-type map-based', () => {
  const rig = (weights: readonly number[], without = ''): Rig => rigOf('modulo-hash', {}, weights, { without });

  test.each([
    [[1, 1, 1], '', 'abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc'],
    [[1, 1, 1], 'b', 'acacacacaccacacacacaacacacacaccacacacacaacacacacaccacacacaca'],
    [[5, 1, 1], '', 'caaabaacaacaaabaacaaaabaacaaabbaacaaabaaacaaabaacaaaabaacaaa'],
    [[5, 1, 1], 'b', 'aaaaacaaaaaaaacaaaaaaaacaaaaacaacaaaaacaacaaaaacaacaaaaacaaa'],
    [[1, 2, 3], '', 'acbcbcacbccbcbcacbcbbcbcacbcbccbcacbcbcabcacbcbcaccacbcbcacb'],
    [[1, 2, 3], 'b', 'acccacccaccacccacccaccacccaccccccacccaccacccacccaccacccaccca'],
    [[10, 20, 5, 1, 100], '', 'ebeeceeeaeeeaeeebeeebeeebeeeceeeeaeebeeeebeeebeeceeeeceeeaee'],
    [[10, 20, 5, 1, 100], 'b', 'eeaeeeeeeeeeeeceeeeeeeeceeeeeeeeceeeeeeaeceeeeeeaeceeeeeeaee'],
    [[1, 1, 1, 1, 1], '', 'deabcdeabceabcdeabcddeabcdeabccdeabcdeabbcdeabcdeaabcdeabcde'],
  ])('weights %j, down: "%s"; keys 0 to 59: %s', (weights, without, picks) => {
    expect(keyed(rig(weights, without), 60)).toBe(picks);
  });

  test('without a key: the slots in turn', () => {
    const picks = 'aacabcaacabcaacabc';
    expect(inTurn(rig([3, 1, 2]), picks.length)).toBe(picks);
  });
});

// reg-tests/balance/balance-hash-maxconn.vtc: /test-url goes to the first of two servers. (balance-hash-maxqueue.vtc, which
// HAProxy itself marks as broken, expects the other one; both versions give the first.)
test("hash-type consistent: the URI of HAProxy's own test", () => {
  const strategy = ringHash.create({ options: { system: 'haproxy' }, ...ports({ keyText: () => '/test-url' }) });
  expect(pickOf(rebuilt(strategy, hostsOf([{ id: 's0' }, { id: 's1' }])), 0).instance.id).toBe('s0');
});

// Of 3.5-dev5, with weights 1, 2, 3; avalanche follows the function where it is true.
describe('hash-type <method> <function>', () => {
  const texts = [
    ...Array.from({ length: 24 }, (_, key) => String(key)),
    ...['1234567890', '4294967301', '99999999999999', '-5', '+7', 'x', '99999999999999999999999'],
    ...['-99999999999999999999999', '12ab', 'session-0042-long-key'],
  ];

  test.each([
    ['map-based', 'sdbm', false, 'acbcbcacbccbcbcacbcbbcbcccabbacbaa'],
    ['map-based', 'sdbm', true, 'cbbbbcbbccccbbcaccbbcabbaccbbbccac'],
    ['map-based', 'djb2', false, 'cbcacbcbcaacbcbcacbccbcaabccccbccc'],
    ['map-based', 'djb2', true, 'abcaacbbcbccbbcbbccbccccacbcbcbbcc'],
    ['map-based', 'wt6', false, 'cccccccccccccccccccccccccbcbbcbcab'],
    ['map-based', 'wt6', true, 'cbabbabbbccccaacaacccbcabccccbbccb'],
    ['map-based', 'crc32', false, 'ccccbbbaccccccababccabbbcbbcccbabb'],
    ['map-based', 'crc32', true, 'bbcbcbcbcbcccbbaaccccbcabcbbbccbac'],
    ['map-based', 'none', false, 'acbcbcacbcbcacbcbcacbcbcaccccacaaa'],
    ['map-based', 'none', true, 'cbbbcaabbcaccbabaacbcbccbaaabcaccc'],
    ['consistent', 'sdbm', false, 'ccccccccccccccccccccccccabbcccaccc'],
    ['consistent', 'sdbm', true, 'ccbccaacaccbcbcccbbcaabbcbacacbccb'],
    ['consistent', 'djb2', false, 'cccccccccccccccccccccccccbcccccccc'],
    ['consistent', 'djb2', true, 'aabbbbbcbccbaacaccccbaccbcbcccccbc'],
    ['consistent', 'wt6', false, 'ccccccccccccccaaacccbbbaccbbaacaca'],
    ['consistent', 'wt6', true, 'bccccabbcbcacabcbaacbabababaababab'],
    ['consistent', 'crc32', false, 'babcbaacbccbbacbaabaccacaccabcacba'],
    ['consistent', 'crc32', true, 'cccaaacacacccaccaacccbacccacbcbacc'],
    ['consistent', 'none', false, 'ccccccccccccccccccccccccaccccccccc'],
    ['consistent', 'none', true, 'cccbbbbbbcbaacbcbbccccaccbbabcbcac'],
  ] as const)('%s %s, avalanche %s', (method, keyHash, avalanche, picks) => {
    const [name, options] = method === 'consistent' ? ['ring-hash', { system: 'haproxy' }] : ['modulo-hash', {}];
    const strategy = strategyNamed(name).create({
      options: { ...options, keyHash, avalanche },
      ...ports({ keyText: (key) => texts[key] }),
    });
    rebuilt(strategy, hostsOf([1, 2, 3].map((weight, i) => ({ id: 'abc'[i], weight }))));
    expect(texts.map((_, key) => pickOf(strategy, key).instance.id).join('')).toBe(picks);
  });
});

describe('hash-type consistent', () => {
  const rig = (weights: readonly number[], without = ''): Rig =>
    rigOf('ring-hash', { system: 'haproxy' }, weights, { without });

  test.each([
    [[1, 1, 1], '', 'ccbccaabaacbabcccbccaacbbccabcccccccaaacccccaaabcabaaccbacca'],
    [[1, 1, 1], 'b', 'cccccaacaacaaccccaccaaccaccaacccccccaaacccccaaaacaaaacccacca'],
    [[5, 1, 1], '', 'aabaaaabaaabaaacabccaaaabaaabacaaaacaaaaaaacaaabaaaaacabaaca'],
    [[5, 1, 1], 'b', 'aacaaaacaaaaaaacaaccaaaaaaaaaacaaaacaaaaaaacaaaaaaaaacaaaaca'],
    [[1, 2, 3], '', 'ccbccaacaccbcbcccbbcaabbbcbcbccccccccaacbccbaacccabaaccbccbc'],
    [[1, 2, 3], 'b', 'cccccaacacccccccccccaaccccccaccccccccaacccccaacccacaaccccccc'],
    [[10, 20, 5, 1, 100], '', 'aeebeaebaeeeeeeeebabeebbeeeeeebeebaeeabebeeebeeeceaebbebeeae'],
    [[10, 20, 5, 1, 100], 'b', 'aeeeeaeeaeeeeeeeeaaeeeaeeeeeeeeeeeaeeaeeeeeeeeeeceaeeeeeeeae'],
    [[1, 1, 1, 1, 1], '', 'ccdceaadaacbabecceccaacebceaecceccdcdaaeedecaadecaeadcdbacce'],
  ])('weights %j, down: "%s"; keys 0 to 59: %s', (weights, without, picks) => {
    expect(keyed(rig(weights, without), 60)).toBe(picks);
  });

  test('without a key: the points in turn', () => {
    const picks = 'cccccccccccbacacabcaacabbcccaccbcccabcbcccacbcbbacbbcbcbcbca';
    expect(inTurn(rig([1, 2, 3]), picks.length)).toBe(picks);
  });

  test.each([
    [[1, 1, 1], 'bbbabcbbacacccbbacaababacbacccbbaccaabbbabaacbccaacaabcabbac'],
    [[1, 2, 3], 'bbcaccbcabacccbbccccbcbacbacccbbaccccbcccbbccbbcabcbbccabbcc'],
  ])('hash-key addr-port, weights %j; keys 0 to 59 (3.5-dev5): %s', (weights, picks) => {
    expect(keyed(rigOf('ring-hash', { system: 'haproxy', hostKey: 'address' }, weights), 60)).toBe(picks);
  });

  test.each([
    [
      101,
      [1, 1, 1],
      'a5 -a c3 b2 -c c4 c0 -c c2 b2 a4 a5 b2 c3 c2 -c c2 -c -a a1 c2 -c c0 a4 a0 -a a0 b5 c4 a4 -a b2 c0 -b -b a3 b5 b5 -a b2 a3 c3 a4 -a a1 a1 -a a1 c3 b0',
    ],
    [
      101,
      [1, 2, 3],
      'a5 -a c3 b2 -c c4 c0 -c b2 c2 c4 a5 b2 c3 b2 -c c2 -b -c c1 b2 -b c0 c4 a0 -a a0 b5 c4 c4 -c b2 c0 -c -b c3 b5 b5 -a c2 a3 c3 a4 -a a1 c1 -c c1 b3 c0',
    ],
    [
      125,
      [1, 1, 1],
      'c0 a5 -c b2 c0 c0 c1 a0 a1 -a b2 a5 c0 c1 a3 a0 c3 -a a0 a0 c1 b3 -c -c b5 -a c0 b2 b2 -b c1 a5 -b a5 a5 -c c3 c0 -a a5 -a c4 b2 c0 -c c0 a4 -c -c b2',
    ],
    [
      125,
      [1, 2, 3],
      'c0 a5 -c b2 c0 c0 c1 c0 c1 -a b2 a5 c0 c1 a3 c0 c3 -c c0 a0 c1 b3 -c -c b5 -c c0 b2 b2 -b c1 b5 -b b5 a5 -c c3 c0 -a a5 -b c4 b2 c0 -c c0 c4 -c -c b2',
    ],
    [
      150,
      [1, 1, 1],
      'c3 a5 -a a5 c1 -c c0 a5 c1 -a a3 a0 -c -c c1 b5 c4 b2 b2 c4 c1 -a -c a5 -a -b b2 b2 b2 c3 -b -a c1 -b -c -b b2 a1 c0 -c c4 -c -c c1 -b a4 b2 -b -c c3',
    ],
    [
      150,
      [1, 2, 3],
      'c3 a5 -a a5 c1 -c c0 b5 c1 -b c3 c0 -c -c c1 b5 c4 b2 b2 c4 c1 -c -c a5 -a -b b2 b2 b2 c3 -b -a c1 -b -c -b b2 c1 c0 -c c4 -c -c c1 -b c4 b2 -b -c c3',
    ],
    [
      200,
      [1, 1, 1],
      'b2 a5 -b -a c0 c4 a0 c1 c3 -c -c c1 c1 -a a5 a3 c4 c0 -a a1 a1 a5 c1 b2 c0 -a b2 c3 c4 c3 -c c1 c1 b2 c0 c0 -c -c -c c0 -c -c a5 c3 c0 -a c3 c3 -b b2',
    ],
    [
      200,
      [1, 2, 3],
      'b2 a5 -b -a c0 c4 c0 c1 c3 -c -c c1 c1 -c a5 c3 c4 c0 -a c1 c1 a5 c1 b2 c0 -c b2 c3 c4 c3 -c c1 c1 b2 c0 c0 -c -c -c c0 -c -c a5 c3 c0 -a c3 c3 -b b2',
    ],
  ])('hash-balance-factor %i, weights %j, requests held', (hashBalanceFactor, weights, record) => {
    expect(replayed(rigOf('ring-hash', { system: 'haproxy', hashBalanceFactor }, weights), record)).toBe(record);
  });
});

describe('roundrobin', () => {
  const rig = (weights: readonly number[]): Rig => rigOf('weighted-round-robin', { algorithm: 'fwrr' }, weights);

  test.each([
    [[5, 1, 1], 'aaabaacaaabaacaaabaacaaa'],
    [[3, 2, 1], 'abacababacababacababacab'],
    [[1, 3, 3, 7], 'dbdcdbdcdadbdcdbdcdbdcda'],
    [[4, 2, 6], 'cacbcacacbcacacbcacacbca'],
    [[10, 20, 30, 40], 'dcdbcdadcbdcdbcdadcbdcdb'],
  ])('weights %j: %s', (weights, picks) => {
    expect(inTurn(rig(weights), 24)).toBe(picks);
  });

  test('weights 2, 3, 1, b down after 4 requests and up again after 7 more', () => {
    expect(aroundAbsence(rig([2, 3, 1]), '? ? ? ?', 'b', [7, 14])).toBe('b a b c | aaaacaa | bcabbabcabbabc');
  });
});

describe('static-rr', () => {
  const rig = (weights: readonly number[]): Rig => rigOf('weighted-round-robin', { algorithm: 'static-rr' }, weights);

  test.each([
    [[5, 1, 1], 'aaabaacaaabaacaaabaacaaa'],
    [[3, 2, 1], 'aababcaababcaababcaababc'],
    [[1, 3, 3, 7], 'adbdcdbdcdbdcdadbdcdbdcd'],
    [[4, 2, 6], 'acacbcacacbcacacbcacacbc'],
    [[10, 20, 30, 40], 'abdcdbcdcdabdcdbcdcdabdc'],
  ])('weights %j: %s', (weights, picks) => {
    expect(inTurn(rig(weights), 24)).toBe(picks);
  });

  test('weights 2, 3, 1, b down after 4 requests and up again after 7 more', () => {
    expect(aroundAbsence(rig([2, 3, 1]), '? ? ? ?', 'b', [7, 14])).toBe('a b a b | aacaaca | babbcababbcaba');
  });
});

describe('random (3.5-dev5)', () => {
  const rig = (choiceCount: number, weights: readonly number[], draws: readonly number[]): Rig =>
    rigOf('least-request', { algorithm: 'haproxy-random', choiceCount }, weights, { draws });

  test.each([
    [
      2,
      [1, 1, 1],
      'b -b c c a b -b -c c b b a a c b -c c c -a -b b c b b a -c a c -c -c',
      [
        4242142029, 2494984373, 247415109, 879088590, 1301728448, 366894631, 490796138, 2054882316, 1168877393,
        426926545, 4232381909, 3272539882, 2259001571, 1703079519, 829119771, 63578015, 1191325667, 1563925788,
        2082275478, 1576697009, 1608967527, 3926056066, 2211073323, 2273725340, 2420666406, 1473453824, 2991826489,
        336087827, 2955841894, 575564935, 335648360, 4284228814, 58653868, 1099516409, 2122181090, 2876817410,
        3697536638, 2485365672, 3415063395, 3772598131, 1314090538, 1364313025,
      ],
    ],
    [
      2,
      [1, 3, 2],
      'a -a b c a a -a -c b b c c b b c -b a b -a -b a b c b c -b b c -a -b',
      [
        1276329461, 1578929219, 1023802025, 3359894433, 331724410, 73284383, 2760567457, 3255336846, 1925379890,
        2830140704, 3129998442, 3847308171, 1764288123, 3373280648, 1485320408, 2364599729, 3113625426, 3539428460,
        4045771121, 578391668, 1700262479, 4174751680, 3382557462, 2702690633, 1608937366, 3498587420, 324017961,
        101964051, 3674306283, 1313991845, 191618471, 1799339208, 142123515, 2495493336, 377922698, 2162636193,
        2889349000, 169673611, 3890929949, 3270149081, 3232544945, 2699878124,
      ],
    ],
    [
      3,
      [1, 3, 2],
      'b -b c a b b -b -a b a c b b c a -c c c -b -a a b b b c -c c c -c -b',
      [
        1561931252, 1817552199, 3344436761, 368240596, 1744841040, 3362383717, 1679989191, 3562416906, 937103793,
        3897455527, 3781859322, 3240380464, 1282402305, 2627569270, 2788776895, 613506584, 3843649425, 3582875492,
        4080648821, 2778201614, 278165381, 1391955543, 3298477801, 347255178, 318359979, 1381709293, 2822208606,
        2955898752, 3862391951, 2138546908, 4003499530, 324503290, 2459848958, 1219898238, 921444306, 399945337,
        2166620629, 583698970, 45582366, 2234648900, 1195868777, 1448461420, 903762688, 142325567, 2903598673,
        3132870972, 3541704498, 2407464652, 1145931135, 1755446990, 3095051058, 210574140, 1387484649, 969102382,
        999361581, 1484817863, 1328577211, 1283484552, 2144871792, 364183979, 92755467, 126776488, 3933803653,
      ],
    ],
    [
      2,
      [1, 1, 1, 1, 1],
      'a -a c e b d -d -e e a d c d b c -c a c -b -a a d c e b -c a c -a -d',
      [
        3587428049, 759079541, 3615467373, 1372635684, 2065218350, 3822382864, 3102527851, 2062917995, 365717223,
        3137963919, 4110183443, 1454908716, 296487010, 2225079922, 162434277, 3732561788, 656876406, 2860112018,
        3155285191, 1470597091, 1278033294, 2551021632, 683088898, 2916092601, 1013507002, 602522901, 1915125424,
        66333000, 1567633126, 1295291568, 738039617, 3148513963, 2483912148, 1296818671, 531968980, 2150762835,
        3793302079, 1334358544, 1620656213, 1525368732, 1896025232, 45195224,
      ],
    ],
  ])('%i draws, weights %j, requests held, all within a second: %s', (count, weights, record, draws) => {
    const drawing = rig(count, weights, draws);
    expect(replayed(drawing, record)).toBe(record);
    expect(() => inTurn(drawing, 1)).toThrow('asked for one more');
  });

  test.each([
    [
      [1, 1, 1],
      'bbccaaabbcabbaaabcbabaacabccab',
      [
        404383965, 4114459133, 1078400636, 4086308920, 92022163, 3087969268, 3279140044, 145205529, 1293552827,
        2636133725, 3941649304, 2213935481, 2810324372, 2234144140, 1022229089, 4153601425, 3996354721, 2077950322,
        1700584840, 593100094, 2201508705, 2194921003, 4207906336, 1786445573, 2261974216, 4030307789, 3012287917,
        3489476594, 711459987, 1974750254, 2047849718, 515335550, 2969784882, 3018493328, 2840030012, 3225021612,
        1210998074, 4070753086, 4067401180, 995605494, 1225433506, 3135441053, 2783472069, 2999134221, 798924396,
        1983867109, 4283640820, 3750836898, 3764772544, 738431198, 2635564434, 3642465088, 3825860953, 537860713,
        2869502664, 1700579680, 1919310936, 2219644270, 4210558430, 2989795103,
      ],
    ],
    [
      [1, 3, 2],
      'cbabbabbbbacbbccbcabbbcabccccb',
      [
        4231912180, 2869711333, 120377053, 1074992486, 1967604505, 966892779, 1302579029, 2623980497, 3347380799,
        1084620190, 501088437, 1691419761, 3485453726, 4153329048, 3364328134, 1630976649, 2057303802, 207515546,
        4093945548, 2071970530, 3881544979, 3452504463, 1944805779, 3841507743, 1705025722, 1196217409, 1700253379,
        225701892, 488275485, 166140241, 3009727191, 1845085896, 4047333208, 3877601235, 340160385, 4017244186,
        1750744930, 3648749465, 1737006973, 4169641102, 2950376101, 2607944610, 4190231297, 2526204017, 1594773983,
        864719845, 1597399262, 4136681544, 1034901380, 1017657675, 1269421547, 1401233729, 33695863, 2794558929,
        290719556, 2787458266, 913439909, 894325431, 469854811, 403197246,
      ],
    ],
  ])('2 draws, weights %j, all within a second: %s', (weights, picks, draws) => {
    const drawing = rig(2, weights, draws);
    expect(inTurn(drawing, picks.length)).toBe(picks);
    expect(() => inTurn(drawing, 1)).toThrow('asked for one more');
  });
});
