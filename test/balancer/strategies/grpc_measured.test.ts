import { describe, expect, test } from 'vitest';
import { StaticStride } from '../../../src/balancer/strategies/static_stride.ts';
import { expectSame, expectSameInTurn, keyed, replayed, rigOf } from '../../helpers/measured.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

// What grpc-go's own endpointsharding, round_robin, weighted_round_robin, leastrequest and ringhash did (grpc/grpc-go,
// commit 4793ad04, as they are published but for what an older Go lacks), with a pick_first that is connected at once, reports of
// load by hand and tickers on a paused clock. What they drew was written down, 64 bits at once or not. Their map of
// endpoints was read in the order of the list, one of those it may come in: of up to eight endpoints it begins anywhere.

/** Where the round robin beneath ring_hash begins, which nobody sees. */
const BENEATH = [0, 0];

const equal = (count: number): number[] => Array<number>(count).fill(1);

describe('grpc-go', () => {
  test.each<[number, string, number[]]>([
    [
      3,
      'a b c a b c a a:down b =abc b:out c c c c c c c c c c c c c c =abc c c c c c c c c c c c c c c c c =abc c c',
      [0, 11, 53, 16, 14, 25, 49, 59, 4, 18],
    ],
    [
      4,
      'a b d:out c a b c a:down c a:up a b:down c a c a c b:up d:in a a:out c d b c d d:down c b c b c:down b b b b b b b b b b b b b',
      [9, 43, 58, 30, 14, 6, 3, 23, 15, 8, 12],
    ],
    [
      5,
      'c e:down a:down a:up a:out d b c c:down b d d:out b b b =acdef f f a:in f c:up a d:in f d:out c a:out f c a:in f a c f a f:down c a c:down a a a a a a',
      [52, 21, 51, 15, 14, 19, 53, 11, 52, 48, 4, 59, 18, 15, 12, 4, 28, 51],
    ],
    [
      4,
      'b c b:out a:out d d:out c c c c c c c c c c c c c c c c c c c c c c c c c c c c c a:in c:out a a a a a b:in b:out a',
      [41, 8, 35, 8, 24, 36, 32, 12, 11],
    ],
  ])('round_robin, %i endpoints: %s', (hosts, record, draws) => {
    expectSameInTurn(rigOf('round-robin', { system: 'grpc-go' }, equal(hosts), { draws, spare: 4 }), record);
  });

  test.each<[number, string, number[]]>([
    [
      4,
      'd a +1000 b c d a b c d d*139/0.38/4 a b d:down a b c a b c a b c a d:up d +1700 a b c d +1000 +11000 a c:out a c:in c d a b c*85/0.45/0 c a*65/0.90/0 d a b a:out d b b:out d:down d*308/0.66/9 =abcde c e c +11000 a:in b:in c b d*380/0.57/12 c d*270/0.76/4 e a b c e c b d:up c*92/0.63/0 a b c d e c =abcdeg +5000 b d g d =ag a g',
      [
        2596996162, 4039455774, 2854263694, 1879968118, 1823804162, 2949882636, 281908850, 672245080, 416480912,
        1292406600, 2212821389, 3494557023, 920256325, 1634910179, 1366049456, 2013866549, 1215622422, 1258862891,
        2916646474, 938678213, 872680990, 1549930933, 2451023057, 3704372516, 1258916094, 1275959894, 3232276575,
        887265776, 3716585580, 2992386031, 2249791083, 121560817,
      ],
    ],
    [
      4,
      'b c d a b c d a b b*105/0.42/14 c +70 d c:out a d*418/0.83/19 =acdf f a =acdef c:in c d*347/0.51/0 d =aef f a:down f*306/0.33/14 +1700 e f e a:up a e f a e e*61/0.79/0 f a =adef d:out f*55/0.94/0 d:in a f*300/0.05/0 d e f*201/0.58/0 f a d e f a d a*185/0.42/0 e a*377/0.25/0 f a d a*429/0.44/16 e f f*292/0.27/0 a e*317/0.65/0 d e a*273/0.33/0 f d:down f +5000 a f a e f*213/0.20/0 f d*84/0.47/6 e*278/0.16/5 a f a f a',
      [
        718533573, 1138399573, 221139384, 511004081, 2638272209, 3984247709, 1825363461, 885425929, 910327022,
        545018352, 2661926620, 3703235718, 1583308290, 1633268865, 2670285352, 3910201654, 1847704070, 53987329,
        2301865298, 3844074314, 2194721933, 680679156, 2379165466, 2013701013, 2270536909, 4039485919, 3197050047,
        1497560551, 2458345609,
      ],
    ],
    [
      5,
      'e a b c:out a a*195/0.84/7 =cdeg e d:out g*218/0.70/12 =cdeg g:down e e =acdeg a e a e d*376/0.41/5 a e a e a:out e e e e e e e e e e e +300 e g*321/0.34/0 +5000 e a:in e a e a =acdeg g*286/0.28/13 e a e a e a e:down a a a a a a a a a a a a a a c:in c d:in d a c d a a:down a*264/0.29/0 c d e*236/0.10/11 c d d:out c c a:up d:in',
      [
        3092302016, 2803027954, 4045689793, 3299123700, 3837695555, 940905559, 1836671832, 2180495034, 1396242288,
        2011921495, 1504561732, 3417349021, 3509141962, 1500440655, 4124715613, 2047838147, 2145111349, 3110700557,
        1722258148, 1740808365, 3054766866, 4120287086, 2981869618, 3814301685, 2983416482, 303689098, 3079160094,
        799254509, 3547732224, 2530783520, 904212868, 2553111614, 602032381, 2350161305, 2474855705, 3972111824,
        3168839234, 3768730330, 995796652,
      ],
    ],
    [
      4,
      '+11000 +11000 a b d:down b +5000 =acdg d:up c d g a d:out d*201/0.73/0 g +1000 a c a:down g a:up a c d:in +1000 c d +1700 g a*273/0.73/0 a c +11000 d g a c =acdg g a c d g d:down c:out c:in a c*258/0.07/18 c g a c =abcdefg +300 e g*238/0.23/1 f g a +1000 +1700 c f g b d:up =abcdef b b*421/0.52/14 f*185/0.13/0 b*115/0.16/6 e:down c f +11000 c b c d f c e:up b a:out c d e f',
      [
        1045273659, 438566313, 1480482027, 4070540351, 1430873874, 2006062394, 3562287849, 2396373626, 4018641423,
        2874830592, 1432402835, 3093333193, 406414470, 424855786, 1131607380, 3675292100, 2130284579, 1902787172,
        1141757681, 14230576, 211437770, 3453209278, 2910730875, 2107331649, 3459132913, 3068184724, 764050301,
        1409698796, 2288429395, 253971902, 2792226321, 1816981297, 1623095080, 4270470049, 708018078, 2557850966,
        4163156331, 2057597059, 16239876, 1005272188, 877254570,
      ],
    ],
    [
      3,
      'b c a b c*147/0.67/19 a*59/0.36/0 =bcfg c f g f*285/0.19/5 f*232/0.46/2 b +300 c f g c*56/0.30/8 b f:out +70 b:out b*218/0.53/12 g c g b:in f:in b*344/0.29/0 c +1000 b*347/0.52/17 f f g b c f f:out f:in g +1000 +300 =bcdfg b c*209/0.37/12 b*68/0.82/9 d d*50/0.56/8 g f*123/0.68/0 b c +5000 d*115/0.60/0 d c:out +1000 f g d g*371/0.46/0 f g b:down d f g d f g d*417/0.45/0 d g*151/0.57/0 f +70 +300 g d f g +1700 +5000 f*311/0.57/0 +70 d d f g',
      [
        3452487253, 2231747673, 4206428979, 2563016961, 2058888774, 3007624532, 2014090172, 3684800299, 1284320912,
        4270710628, 6983777, 2798289888, 2338026479, 559762808, 2132797828, 1275955777, 2696249297, 1769820534,
        553051897, 3179851701, 803603774, 2834243067, 2905673684, 4175615105, 4200634310,
      ],
    ],
    [
      3,
      'b:down a c a:down c c c c +1700 a*158/0.71/2 a:up a c b*281/0.29/19 a c a c b:up c*378/0.94/11 b b:out c a +11000 c c a c c a c =abdeg a d e g a d b*410/0.35/0 g*171/0.55/13 e g a d e =abcdeg g a +300 a:out e g a*220/0.26/0 =abcdeg c d e g c d g:out d e c +1700 d e c +300 d =abcdefg c g*142/0.27/18 a:in c d b:in b*333/0.28/2 b d b:down c d e f a*154/0.52/0 a c',
      [
        1539303096, 3627536807, 2656491856, 1193418044, 3410223765, 3854961415, 4077205456, 146024220, 2842606831,
        3590010895, 993567690, 2059736967, 2996755180, 557867351, 3319039223, 3708714803, 3060105137, 531054414,
        4256146578, 2226240314, 2124464573, 1980714490, 3517405661, 2216008435, 885109652, 1929652176, 650143296,
        3133703117, 1838760423, 4096252645, 1652279125, 4241416832, 2614091406, 4012568028, 739155034,
      ],
    ],
  ])('weighted_round_robin, %i endpoints, blackout of 1 s: %s', (hosts, record, draws) => {
    const options = { clamp: false, blackoutPeriod: 1000, errorUtilizationPenalty: 0.1 };
    expectSameInTurn(rigOf('client-side-weighted', options, equal(hosts), { draws, spare: 4 }), record);
  });

  test.each<[number, string, number[]]>([
    [
      4,
      'd a +5000 b c*120/0.56/0 c c*354/0.90/12 d a b:down d:down c d*164/0.43/14 a:down c c c +70 c c c c =abcdfg +70 +11000 c f g f*118/0.07/0 =abcdfg c f g +300 c c:out g +1000 f g f b*180/0.62/19 g f g f +5000 g f g g:out c*72/0.41/0 f f +5000 a:up f a +300 f g*283/0.77/17 a f +1000 =abcdfg a f a =abcdfg a f a =abcdg a b:up a a*70/0.87/0 =acdg a a a a a a a c:in a c a',
      [
        3946611772, 994315741, 1036751706, 3915129727, 2998898825, 627735017, 1521340544, 1471808204, 95617904,
        2841411192, 1970636537, 1670566562, 622577141, 3645413861, 627411182, 773176240, 2987961824, 3751992924,
        3660240539, 558782620, 4055498808, 1328122213, 3445416486, 7923023, 1629675370, 3074236602, 1808907423,
        3777099203, 2921067146, 1818771903, 4047429097, 1493783147, 3972172209, 3728613878, 3505474343, 1973372170,
        440716905,
      ],
    ],
    [
      5,
      'a b c d e a b b:down b:up e b*237/0.80/0 a b c d e a b a*439/0.21/10 c d e a b c b:down a +1700 c d +5000 e*118/0.54/14 b:up d =bcdef f b c d e =cd d c c:out c:in d:out c =abcd b c a b c b*104/0.55/0 b*69/0.84/0 a b c a b c d:in d c*278/0.05/0 =abcd d a +70 c c:out a d*408/0.25/19 d a +1000 d =abcg +11000 b b*126/0.41/0 +11000 +70 g b*132/0.09/0 a*335/0.24/0 a c*170/0.23/11 b g',
      [
        1933395776, 2927151097, 3772612739, 391518152, 3276440792, 1594373252, 1168275123, 1685766283, 2737902095,
        1616486688, 820661827, 2383202185, 477653369, 4197359233, 1796642274, 2937103279, 3342353360, 2513583792,
        3095361575, 3362182176, 4201989098, 458942628, 3505148734, 2345209823, 3179920055, 436252293, 3853790466,
        3044751810, 1671047873, 4180723036, 1632001148, 758905437, 2853552603, 3635844443, 931084880, 694236609,
      ],
    ],
  ])('weighted_round_robin, %i endpoints, no blackout, expiration after 4 s: %s', (hosts, record, draws) => {
    const options = { clamp: false, blackoutPeriod: 0, weightExpirationPeriod: 4000 };
    expectSameInTurn(rigOf('client-side-weighted', options, equal(hosts), { draws, spare: 4 }), record);
  });

  test.each<[number, string, number[]]>([
    [
      4,
      'a c c d d b a d b -a c b c d +1 c:out a b +1 a:out d -a d -a b b b +1 =acdf f f +1 =acdef +1 a:in a +1 c:in -a c +1 =acdef -c -c -c c +1 f:down +1 d:down +1 a:down +1 a:up e +1 a:down c e +1 a:up +1 d:up d d a a e -a',
      [
        46, 6, 12, 20, 44, 14, 10, 24, 31, 36, 50, 39, 45, 52, 56, 47, 55, 24, 49, 37, 26, 18, 53, 46, 54, 39, 43, 15,
        24, 34, 15, 10, 4, 43, 31, 4, 29, 13, 21, 16, 37, 8, 20, 34, 29, 33, 8, 31, 56, 47, 49, 52, 57, 4, 7, 33, 11,
        21, 15, 15, 46, 29, 36, 25, 17, 52, 14, 47, 14, 38, 34, 46, 17, 7, 5, 1, 54, 54, 25, 35, 56, 6, 36, 35, 59,
      ],
    ],
    [
      5,
      'b c b +1 c:out e -b d e b d d +1 =cdeg e +1 d:out -c +1 e:out g g +1 =cdeg g g g +1 =acdeg a a a g -a -a a g a -a a a a g +1 a:out g g g g g g g g g g g g g -a g -a g g g g g +1 a:in a',
      [
        28, 17, 36, 30, 17, 39, 36, 57, 24, 27, 26, 30, 41, 7, 6, 53, 54, 38, 14, 22, 33, 43, 29, 22, 1, 29, 27, 14, 12,
        40, 14, 7, 30, 32, 32, 52, 37, 5, 26, 49, 53, 36, 53, 44, 45, 42, 54, 59, 13, 6, 26, 19, 21, 16, 45, 5, 42, 38,
        58, 8, 52, 33, 5, 34, 48, 43, 59, 15, 29, 31, 7, 13, 24, 14, 27, 0, 41, 14, 20, 22, 50, 7, 50, 14, 10, 30, 40,
        42, 28, 4, 17, 29, 36, 15, 43, 30, 53, 9, 24, 39, 6, 33, 56, 8, 21,
      ],
    ],
    [
      4,
      '+1 b:down +1 c:out d +1 b:up +1 d:down b +1 a:out +1 a:in b a -a a a +1 c:in c b c +1 d:up d +1 c:out -a a a +1 b:out d +1 a:out d d d +1 a:in a a +1 b:in +1 d:down a +1 b:out -a a a a -a a a -a a a a a +1 =abcd a a a a',
      [
        49, 16, 13, 35, 57, 37, 4, 13, 31, 36, 17, 36, 15, 53, 30, 10, 29, 46, 20, 8, 25, 59, 37, 4, 36, 2, 50, 58, 57,
        31, 40, 48, 20, 24, 39, 43, 25, 9, 18, 14, 45, 21, 37, 32, 25, 13, 12, 16, 10, 5, 18, 54, 32, 28, 57, 54, 59,
        33, 21, 44, 36, 36, 6, 3, 46, 6, 1, 13, 3, 56, 2, 13, 0, 10, 21, 3, 3, 9, 2, 45, 3, 0, 35,
      ],
    ],
    [
      3,
      'b a b c -a a +1 =abc c a +1 =bcfg g f g -b +1 g:down +1 b:out f +1 f:out c +1 =bcfg c -b c +1 =bcfg c -c c c c c c c +1 b:in +1 f:in -c b +1 g:up f f c +1 f:out g +1 =bcfg c g +1 b:out +1 b:in b +1 g:out c +1 =bcdfg b -b',
      [
        6, 16, 49, 40, 27, 46, 46, 9, 16, 14, 8, 24, 59, 4, 14, 48, 8, 27, 48, 10, 7, 13, 22, 32, 55, 34, 19, 41, 35, 7,
        45, 54, 13, 22, 32, 2, 41, 57, 19, 33, 32, 34, 40, 12, 58, 33, 51, 43, 11, 12, 59, 57, 52, 32, 15, 13, 58, 48,
        49, 42, 34, 35, 54, 32, 29, 9, 37, 17, 36, 37, 35, 7, 19, 5, 25, 16, 37, 24, 33, 16, 9, 57, 30, 21, 24, 58,
      ],
    ],
    [
      2,
      'b b a a b +1 b:out +1 a:out +1 a:in +1 b:in b a b b a a b a +1 a:out +1 a:in b b a',
      [
        49, 16, 13, 35, 57, 37, 4, 13, 31, 36, 17, 36, 15, 53, 30, 10, 29, 46, 20, 8, 25, 59, 37, 4, 36, 2, 50, 58, 57,
        31, 40, 48, 20, 24, 39, 43, 25, 9, 18, 14,
      ],
    ],
  ])('least_request, %i endpoints: %s', (hosts, record, draws) => {
    const options = { weights: 'ignore', counted: 'since-ready' };
    expectSame(rigOf('least-request', options, equal(hosts), { draws, spare: 4 }), record);
  });

  test.each<[number, number, number[], string, string]>([
    [1024, 4096, [3, 1, 4, 1, 5], '', 'ccaebeeeadbeaeeebeeeeedeeceeacebbdcceeeceecececcacecaeceebde'],
    [10, 20, [3, 3, 4], '', 'bcbbabbbcbbbbbaccbcccbbbbabccbcacbbbbcbbbbbbbcacbcacbbbacccb'],
    [3, 7, [3, 3, 4], '', 'bcbbcbbbcbbbbbcccbcccbbbbcbccbcccbbbbcbb'],
    [1, 1, [1, 1], '', 'aaaaaaaaaaaaaaaaaaaa'],
    [100000, 8388608, [1, 2, 3], '', 'bbbbcbccbbccabbabcbccaabcbcbacbbbbcccccabccaccbcbccaaacccbbb'],
    [10, 20, [1, 1, 1, 1, 1], 'bd', 'acaaaaeeceaaaacccacccaeaecaccecccaaaecaaaaaaacacacccaaaaccca'],
    [20, 20, [10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], '', 'kckgakaeceidkdajcihhaaeaeabhcaaacikkehiakfkkbhahkaacakkajchd'],
    [4096, 4096, [5, 7, 11, 13, 2, 1, 1, 1], 'ab', 'ddcccdecgdcedcddddcddcdecddcdddcgdcdcccccedecccdfdedfecgdcde'],
  ])(
    'ring_hash, sizes %i and %i, weights %j, without "%s": %s',
    (minimumRingSize, maximumRingSize, weights, without, record) => {
      const options = { system: 'grpc', minimumRingSize, maximumRingSize };
      expect(keyed(rigOf('ring-hash', options, weights, { without, draws: BENEATH }), record.length)).toBe(record);
    },
  );

  test('ring_hash: the order of the list does not matter, though fractions of points carry over', () => {
    const rig = rigOf('ring-hash', { system: 'grpc', minimumRingSize: 20, maximumRingSize: 20 }, [10, ...equal(11)], {
      draws: [...BENEATH, ...BENEATH],
    });
    replayed(rig, '=lkjihgfedcba');
    expect(keyed(rig, 60)).toBe('kckgakaeceidkdajcihhaaeaeabhcaaacikkehiakfkkbhahkaacakkajchd');
  });
});

// What grpc-java's own StaticStrideScheduler did (grpc/grpc-java, commit 5fda0c7c), its count from the number given.
describe('grpc-java', () => {
  test.each<[number, number[], string]>([
    [0, [2, 3, 6], 'bccabccbcacbccabccbcacbccabccbcacbccabcc'],
    [4294967290, [1, 2, 3, 4, 5], 'bcdeacdebcdeebcdeadecdebcdeebcdeadecdebc'],
    [12345, [100, 1e-10, 3, 0], 'caadaaadaaadaaadaaabdaaadaaadaaadaaadaaa'],
    [99, [0, 0, 9], 'abcabcabcabcabcabcabcabcabcabcabcabcabca'],
    [1000003, [1.43, 2.119, 0, 77.3], 'dcdddcdddcdadcdddcdddcdddcdddcdbddcdddcd'],
    [2863311530, [0.1, 0.7, 0.0001, 12.5, 3.3333], 'dddeddddeddddedddbdedddeddddedddacdedddd'],
  ])('static stride from %i: %j', (start, weights, record) => {
    const stride = new StaticStride(true, scriptedRandom([start]));
    stride.rebuild(Float64Array.from(weights), weights.length);
    expect(Array.from(record, () => 'abcde'[stride.pick()]).join('')).toBe(record);
  });
});

// What gRPC core's static_stride_scheduler.cc did, compiled as it is published (grpc/grpc, commit 07235094), its count from
// the number given.
describe('gRPC core', () => {
  test.each<[number, [number[], string][]]>([
    [0, [[[2, 3, 6], 'bccabccbcacbccabccbcacbccabccb']]],
    [1_000_003, [[[1.43, 2.119, 0, 77.3], 'dcdddcdddbcddcdddcdddcdddcdddcdddcdddacd']]],
    [4_294_967_290, [[[1, 2, 3, 4, 5], 'bcdeacdebcdeebcdeadecdebcdeebcdeadecdebc']]],
    [12_345, [[[100, 1e-10, 3, 0], 'aadaaadaaadaaadaaacdaaadaaadaaadaaadaaadaaadaadaaadaaadaaada']]],
    [7, [[[5, 5, 5], 'bcabcabcabca']]],
    [99, [[[0, 0, 9], 'abcabcabcabc']]],
    [4_294_967_295, [[[3, 0, 1], 'aabcaababcaababcaaba']]],
    [
      2_863_311_530,
      [
        [[0.1, 0.7, 0.0001, 12.5, 3.3333], 'dddeddddeddddedddbdedddedddded'],
        [[0.1, 0.7, 0, 12.5, 3.3333], 'ddcdeddcddedcdbdeadc'],
        [[7, 1, 1, 1, 250], 'eeeeeeeeeeeeeeeeeeeeeeeeeaeeee'],
      ],
    ],
  ])('static stride from %i: %j', (start, runs) => {
    const stride = new StaticStride(true, scriptedRandom([start]), 'core');
    for (const [weights, record] of runs) {
      stride.rebuild(Float64Array.from(weights), weights.length);
      expect(Array.from(record, () => 'abcde'[stride.pick()]).join('')).toBe(record);
    }
  });

  // A client of gRPC core 1.51.1 and servers on 127.0.0.1, by `ipv4:` and the addresses in this order; what it drew was
  // written down. That release counts before it looks (the next ones look first), so that it began one after the number
  // drawn. It had a picker for each server that was connected, and several around each loss; of each it is the last here.
  test('round_robin: the order of the list, another start when a server goes and when it is back', () => {
    const draws = [1, 1, 8].map((drawn) => drawn + 1);
    const record = 'c d a b c d a b c d b:down d a c d a c d a c b:up b c d a b c d a b';
    expectSameInTurn(rigOf('round-robin', { system: 'grpc-core' }, equal(4), { draws }), record);
    const other = rigOf('round-robin', { system: 'grpc-core' }, equal(4), { draws: [0, 10 + 1] });
    expectSameInTurn(other, '=cadb b c a d b c a d b c');
  });
});
