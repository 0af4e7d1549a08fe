import { describe, expect, test } from 'vitest';
import type { SubsettingChoice } from '../../../src/balancer/load_balancer.ts';
import { type Measured, replayedRecord } from '../../helpers/finagle_records.ts';

// What Finagle's own classes did (twitter/finagle, commit 4feb34cb): TrafficDistributor around P2CLeastLoaded, P2CPeakEwma
// and HeapLeastLoaded, and ApertureLeastLoaded and AperturePeakEwma over the endpoints of its weightEndpoints, as they are
// published. Endpoints turn busy and open again, come, go and change weights with requests in flight, to 0 as well. All
// that is drawn is of one stream. What they drew was written down: of a whole number below n what it came to, of others
// their 32 bits.

type Case = readonly [Measured['strategy'], readonly number[], string, readonly number[]];

describe('classes of equal weight', () => {
  test.each<Case>([
    [
      ['least-request', { weights: 'classes', algorithm: 'finagle-heap' }],
      [1, 2, 3, 1, 2, 3],
      'a b c -b e ^b1 ^c2 -a d a f !b f d f !d !c f a -a ^b0 ^f2 -d a ^b1 a f f e e -d !e !f a -a a ^b3 -f -f a a a a *d -a -f ^c0 ^d3 -a d !a d d -e d d -d d d *a',
      [
        0, 463369246, 1, 2, 1, 1, 2, 0, 3046218044, 0, 44345741, 2, 1557666923, 2, 342450958, 0, 2157764150, 2,
        2847005128, 2, 1238707302, 0, 2345424176, 1, 1729785674, 0, 1616327140, 1, 1, 0, 3348808923, 1, 0, 294882748, 1,
        1, 0, 3453048836, 1, 1, 3, 2978337590, 2, 2, 0, 1054408774, 1, 2465379801, 1, 2360033080, 1, 3198769270,
      ],
    ],
    [
      ['least-request', { weights: 'classes', replacement: false, maxEffort: 4 }],
      [1, 2],
      '=b b -b b = =e = ? -b ? ? =e e = -e =c c -c c c -c c c -c c = ? -c -c ? ? -c =d = =d d -d d d -d',
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    [
      ['least-request', { weights: 'classes', replacement: false, maxEffort: 1 }],
      [1, 2, 3, 1, 2, 3],
      'a -a a ^b3 d d ^b1 ^c1 =abdef -a ^e0 f f f ^a2 ^a0 ^a3 -f -f =abdf a f -d a ^f1 =abf ^b2 =bf ^b1 f b =bef -a -a f b =bf -f -f ^b2 ^f3 b =bef -f -b -d =befh -f h h -b -h -b -h h f b -f ^f2 f',
      [
        0, 1264930889, 0, 0, 0, 1383226888, 0, 0, 0, 1098290114, 0, 0, 0, 1701045965, 1, 0, 0, 4134432669, 0,
        3134191511, 2, 1400396065, 1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 2323728269, 1, 0, 1, 1, 0, 0,
        1930231219, 1, 1, 0, 2, 3626542669, 1, 0, 1, 1, 0, 2, 181662222, 1, 0, 0, 0, 558577497, 2, 1,
      ],
    ],
    [
      ['peak-ewma', { weights: 'classes', decayTime: 60, maxEffort: 2 }],
      [1, 2, 3, 1, 2, 3],
      'b +47 -b e -e e +9 -e ^e3 ^d0 !b e -e +5 e ^f1 c -c =gabcdef +1 c =igabcdef c =igbcdef +3 +30 ^g3 +38 =igbcdefh +26 g ^i2 ^f3 +34 =igbacdefh g i -e +2 -i ^c2 f +1 -c c +3 +40 +5 !c i -c +7 +69 -f i f +61 =ibacdefh -c -g e h +3 !e f -h i ^a3 a -e',
      [
        1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 3987892253, 1, 1, 3, 1, 0, 2, 1713734389, 1, 0, 3, 701408821, 1, 0, 2, 2244088466,
        0, 0, 0, 99003801, 0, 0, 1, 1217586933, 0, 1, 2, 1, 0, 3, 33280143, 0, 1, 3, 1519647961, 0, 1, 2, 0, 1, 3,
        2402991486, 0, 0, 0, 1234288536, 0, 1, 3, 287299639, 1, 0, 2, 1, 1, 3, 1, 1, 1173232492, 0, 0, 2, 1, 0, 0,
        3064196055, 0, 1,
      ],
    ],
  ])('%j, weights %j: %s', (strategy, weights, record, draws) => {
    expect(replayedRecord({ strategy, weights, draws }, record)).toBe(record);
  });

  // The distributor closes its balancer, and the heap draws even so, as it would for one of those it has.
  describe('of whom nobody is left, with requests in flight', () => {
    test.each<[number[], string, number[]]>([
      [
        [2, 2, 1],
        'a b c b =c -a c -b c -b =abc a b c -a a a b',
        [0, 3189877421, 0, 3612300947, 0, 851823467, 1, 1, 0, 0, 0, 1, 1, 0, 870932318, 0, 1, 1, 1],
      ],
      [
        [3, 3, 3, 1],
        'a c b b d =d ^d3 =ad -a -b d -c =abd a -a b a a -b d b',
        [1, 1, 0, 3328969143, 1, 0, 410376391, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0],
      ],
    ])('heaps, weights %j: %s', (weights, record, draws) => {
      const strategy = ['least-request', { weights: 'classes', algorithm: 'finagle-heap' }] as const;
      expect(replayedRecord({ strategy, weights, draws }, record)).toBe(record);
    });
  });
});

describe('apertures', () => {
  test.each<readonly [...Case, SubsettingChoice, readonly [number, number]]>([
    [
      ['peak-ewma', { weighted: true, decayTime: 100, maxEffort: 4 }],
      [1, 2, 3, 1, 2],
      'c +27 -c +51 e c +2 -c =acde +1 +2 +78 e c ^c1 c ^d3 -c !e !c +46 +9 d +7 -d +22 ^e0 -e -c +62 ^c0 ^d1 =acdeh ^c2 h =acdh ^c0 !h +1 d ^d2 d +8 a !d -d -h -a +31 +9 a a a -a a ^c1 *d +5 a *h +4 -e +53 +3 -a a +76 h -a !a',
      [
        1431783211, 1360164619, 813549958, 1882768263, 3676415583, 3376653070, 877923991, 1768509669, 2826260118,
        36336836, 3557341745, 987383757, 852717695, 2352165143, 880614288, 1989448612, 213349912, 225693891, 2781417868,
        3250195746, 2310119759, 2193155112, 3386409942, 2201302086, 87716076, 240935009, 143699073, 357963145,
        1549594541, 4128483732, 457307588, 3678129750, 2341753266, 3320016523, 3392368638, 2230150328, 4045112347,
        2856135043, 1751196665, 2348541525, 649302767, 255023684, 1800848754, 1639121562, 2530216255, 3689860465,
        3013904856, 914134071, 510046090, 962626849, 3187943252, 3010383310, 412240995, 2396067501, 1377845257,
        1782840806, 3792587601, 665293259, 709934492, 1349918245, 579562998, 147801307, 331538678, 4012351934,
        1195109234, 2865033857, 3232500296, 1579562791, 2264375817, 1019825267, 3532815695, 3958075663, 1530871554,
        2134886291, 3785860569, 4199189135, 2356117714, 874388799, 2615386247, 112835231, 551810938, 1036127720,
        2873756627, 2971192011, 2967136044, 1002977505, 1388078420, 1941824805, 3118608692, 1406672249,
      ],
      { name: 'random-aperture', options: { minAperture: 2, smoothWindow: 100 } },
      [0, 1],
    ],
    [
      ['least-request', { algorithm: 'finagle-aperture', maxEffort: 4 }],
      [1, 1],
      '=a a = =b +7 =bd d +71 =b -d b -b b = +5 +1 -a ? ? +3 +5 +8 +2 ? -b ? =d =da d a d =d +72 d -d = ? -d -a ?',
      [
        994968382, 3789709074, 1259848249, 2745751083, 2339537133, 3371529953, 4176019531, 56727007, 3881958539,
        1404566175, 2288157934, 3470081900, 1184728367, 1475017063, 2315109437, 3598162320, 4183710449, 2851595754,
        2674038481, 4010353194, 441036842, 972984725, 657293322, 3852630012, 822266333, 405091827, 1537443247,
      ],
      { name: 'random-aperture', options: { minAperture: 1, smoothWindow: 50 } },
      [0, 1],
    ],
    [
      ['least-request', { algorithm: 'finagle-aperture', maxEffort: 4 }],
      [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2],
      'i +2 +43 =aqbcdefghijklmn -i c +36 =aqbdefghijklmn +7 q -q -c +22 ^q0 =qbdefghijklmn k l f +6 +8 j ^i0 !l b k ^k1 -j -b -l +1 ^k2 k -f !q +5 e !b -k ^h0 k d -d ^n1 e +9 -k f -e d +23 !e +6 f +3 -k -d j -k +8 k',
      [
        1466548529, 4138584505, 2350569028, 3904777888, 2578088862, 1788244904, 549044656, 3248499342, 1244563096,
        3516099320, 1673734515, 2223098742, 3699583652, 3538724930, 8, 451380445, 11, 2761833970, 1601533587, 0,
        2797443299, 7, 1277925785, 1, 641289787, 8, 3291330162, 405957005, 8, 1137938048, 2, 4145477065, 7, 3883029041,
        9, 3758441318, 1, 3526887702, 10, 1401810499, 11, 3074478413, 9, 2077755200, 7, 784915810, 3588757310, 0, 6,
        2216486609, 7, 866381247, 10, 2814428361, 2358094034, 540197458, 1, 2611096370, 7, 1989874223, 2, 671733233, 2,
        2842843292, 7, 1784521834, 3286247284, 6, 3524962520, 7, 35652043, 0, 1, 487879286, 2949391136, 7, 2970568437,
        7, 966575326, 8, 3049897130, 7, 745501921, 2, 33155447, 6, 790571231, 6, 3921889932, 1, 218469670, 3,
        2901362686, 5, 4205755015, 3, 1939731931, 0, 5, 1319779435, 6, 1328737920, 3, 3558901727,
      ],
      { name: 'deterministic-aperture', options: {} },
      [1, 3],
    ],
  ])('%j, weights %j: %s', (strategy, weights, record, draws, subsetting, caller) => {
    expect(replayedRecord({ strategy, weights, draws, subsetting, caller }, record)).toBe(record);
  });
});

describe('the heap takes up who comes and goes at once', () => {
  const strategy = ['least-request', { algorithm: 'finagle-heap' }] as const;

  test('between requests', () => {
    const record =
      'a =dab =dacb -a b a c =dcb =db d !b d -b d d d d d -d d d -c d d d =cdb c -c =db d -a d d d d =dcb =dacb -d c a =dac a c c -d a a c c =dacb';
    expect(replayedRecord({ strategy, weights: [1, 1], draws: [2, 0, 2] }, record)).toBe(record);
  });

  // Of up to four hosts, in which its sets are in order.
  test.each<[number, string, number[]]>([
    [1, '=abg =abgh =bgh h -h h g -h -g !b =bghi h -h i !h g g -i -g -g i *h g -i', [0, 0, 1, 1, 2, 1, 3]],
    [4, '=bcd =bcdg =cdg d c -c -d d -d c -c c d =cdgh g h !c -g =cgh !h -h g -d g', [0, 0, 2, 0, 3, 0]],
    [1, '=abc =abcg =acg !g a -a a =acgh -a c -c h !h =acg -h a *g !g -a a c -a a a', [0, 3, 1, 2, 1]],
    [3, '=bc =bcg =bcgh c =bgh g -c h =bh !b -h -g h -h h -h *b h b -b -h b -b =bhi', [1, 0, 0, 1, 1, 1]],
  ])('before the first request, from %i hosts: %s', (hosts, record, draws) => {
    expect(replayedRecord({ strategy, weights: Array(hosts).fill(1), draws }, record)).toBe(record);
  });
});
