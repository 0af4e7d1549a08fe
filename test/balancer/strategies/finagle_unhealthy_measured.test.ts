import { describe, test } from 'vitest';
import { expectSame, rigOf } from '../../helpers/measured.ts';

// What Finagle's own classes did (twitter/finagle, commit 4feb34cb): HeapLeastLoaded, P2CLeastLoaded, P2CPeakEwma, and
// Aperture with WeightedAperture and PeakEwma, as they are published, over endpoints that close and open again, with a
// clock moved by hand. What they drew was written down: of a whole number what it came to, of a fraction its 32 bits.

const equal = (count: number): number[] => Array<number>(count).fill(1);

test.each<[number, string, number[]]>([
  [
    2,
    'a -a b a -b -a a b -a -b b -b b a a -b b b b a -a a -b -b b b b -b -b -b -a b -a -a a -b a b b -b a b b a -b -b -b -a b -b b -a b a a -a b a -b b',
    [1, 1, 0, 0, 0, 0, 1, 0],
  ],
  [
    3,
    'a -a c -c c -c c -c a c -c c -a -c b -b c b -c a -b c b -b b b -a -c c a a c c a -c -a b c a -c c c -b -a -a a a b b -b a -b -c b b -c -a -c -c -a',
    [2, 0, 0, 2, 0, 1, 2, 2, 1, 2, 2, 2, 0, 0],
  ],
  [
    5,
    'a c -c b -b c b e -a -e d -d a d e e -e -a a -b -a b -c -d a -e d -a -d -b b -b a b e d -d -a -b -e c d -d -c c -c a d -d b -b -a a e c b -a a d d',
    [1, 1, 2, 3, 2, 1, 3, 1, 1, 1, 4, 2, 0, 0, 2, 2, 4, 3, 3, 0, 0, 3, 3, 0, 0, 0],
  ],
  [
    7,
    'a c -a g -c f a c -a -f b -g -c e -b -e g -g f -f b -b d -d d c -d g e -e b e d -d a f d -c -a c a a -e e e -f f f -c c c b g -e -g d -a g e a',
    [6, 6, 4, 1, 2, 1, 6, 5, 3, 3, 1, 0, 1, 6, 1, 5, 5, 2, 1, 6],
  ],
  [
    5,
    'a -a c e -c b -e -b b -b a -a b c a e d d -e e -a a a -e e -a e -c c -e c b -e e e:down a a d c -b b b b -b -a a -c c c -a -d -c a -d -c d -e d c -a',
    [4, 1, 1, 0, 2, 1, 1, 3, 4, 3, 0],
  ],
  [
    7,
    'a -a a:down a:up a -a g c f -f -c -g a f c d -c b a:down -f g -a c:down f e g b -b b:down -e -b e -f -d -g -e -g d f b:up g e -f -e b f -d e d d -d d:down -g -b -f g -e b e -e',
    [0, 5, 2, 3, 3, 3, 2, 0, 0, 4, 6, 0, 1, 6, 5, 1, 3, 1, 5, 4, 6, 3],
  ],
  [
    3,
    'a c a:down b:down c a:up b:up b -a a a a:down -a b -c -b b:down c -c -b -c -a c -c c -c c:down c a a:up b:up -c a:down c:up b:down c b:up a:up b b:down -a a a -c -b a:down c c -a c:down a:up -a a a:down b:up b b b -b c:up',
    [2, 2, 1, 2, 1, 2, 1, 2],
  ],
  [
    5,
    'a c =abce -a =abe -c b a =abef e -b b =abefd f -f d f f a d b e e -b -b b -d -d -e -a d -f d b =abefdh -e -e h =abefdhc e c =abefdh =abefdh a e =abefdh f =abefd a e =aefd -b f -b -h d d a f -a',
    [2, 0, 1, 4, 2, 1],
  ],
  [
    7,
    'a -a c -c g e d f b a -g c g g =abcefg c e a f b -b -a b -a =abcefgi -f =abcefgij =abcfgij a b:down c:down i j j a i -c f -c j g f -d i -j j a -f f f -g g =abfgij -a -i a i i a i:down',
    [4, 3, 6, 4, 5],
  ],
  [1, 'a a:down a:up a:down -a a a a:up -a -a a a -a -a', []],
])('heap, %i hosts: %s', (hosts, record, draws) => {
  const options = { algorithm: 'finagle-heap' };
  expectSame(rigOf('least-request', options, equal(hosts), { draws, named: true, spare: 10 - hosts }), record);
});

describe('panic mode', () => {
  test.each<[number, number, string, number[]]>([
    [
      5,
      4,
      'd -d c -c a e -a -e d b e a -a c b e:down a c c a -d -e -a -b -b -a b d a c:down b -d a e:up -b -a d d -c e -a -e -c a b -b -c b d e',
      [
        3, 3, 2, 2, 0, 0, 4, 0, 3, 2, 1, 3, 1, 3, 0, 2, 1, 1, 1, 3, 0, 1, 2, 0, 4, 2, 0, 3, 1, 3, 4, 3, 1, 0, 1, 1, 1,
        0, 2, 2, 3, 0, 3, 3, 3, 0, 3, 1, 2, 1, 3, 1, 1, 3,
      ],
    ],
    [
      3,
      4,
      'c -c b c -b b -b a b -a -c c -b a -c c -a -c b a c c b -b b:down a c a c:down a -b b:up -a -c a -c b -c -a -a b -a a b a a b -a -b b:down',
      [
        2, 0, 1, 1, 2, 1, 2, 1, 2, 0, 0, 0, 1, 1, 0, 0, 2, 1, 1, 0, 0, 0, 2, 0, 2, 1, 1, 0, 0, 1, 2, 1, 1, 0, 1, 1, 0,
        0, 2, 0, 2, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1,
      ],
    ],
    [
      5,
      1,
      'b c b:down d c -d -c a c e a -b d d e c:down d d -a a -a a -d -a a -a -e a:down e e:down -a b -d d -e e:up -e -b e d e -d -d -d a:up -e -e a d -c',
      [
        1, 1, 1, 1, 3, 2, 2, 1, 0, 1, 2, 0, 4, 0, 0, 3, 3, 2, 3, 2, 2, 3, 3, 3, 2, 2, 3, 0, 3, 0, 0, 3, 1, 3, 1, 1, 1,
        3, 3, 3, 4, 2, 0, 2, 4, 1, 3, 0, 1, 2,
      ],
    ],
    [
      4,
      2,
      'c b d c b d d:down a a a b:down c a a:down c -a d:up d c d c:down d -c a d:down -c b c b b d:up d -d -d -d d d c:up c -a c c:down d -d d -a -b d -b -a',
      [
        2, 2, 1, 1, 3, 0, 2, 1, 1, 2, 1, 2, 3, 0, 0, 1, 0, 0, 3, 2, 1, 2, 0, 1, 3, 1, 2, 2, 3, 2, 1, 1, 0, 0, 0, 2, 3,
        2, 1, 1, 2, 1, 0, 1, 1, 1, 3, 1, 1, 0, 1, 1, 2, 0, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 0, 1, 1, 1, 1, 0, 2, 2, 1, 0,
        1, 2, 1, 2, 1, 1, 1, 0, 1, 0, 2, 0, 2, 2, 3, 1, 1, 1, 3, 2,
      ],
    ],
    [
      3,
      5,
      'b c a -c -b -a c -c c a c:down -c a b b a -b a:down b b b b b b b b b -b -b -a b b -a -b b b -a -b b -b b b b b -b b:down -b -b a -a',
      [
        1, 1, 1, 1, 2, 0, 2, 0, 2, 0, 0, 0, 0, 1, 2, 1, 1, 1, 0, 0, 2, 1, 2, 0, 1, 0, 1, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0,
        1, 2, 0, 0, 0, 2, 0, 1, 1, 2, 0, 0, 0, 1, 1, 2, 0, 1, 1, 0, 0, 0, 1, 2, 0, 1, 1, 0, 1, 1, 1, 2, 0, 0, 0, 0, 0,
        1, 0, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 2, 1, 0, 0,
      ],
    ],
    [
      2,
      3,
      'b -b a b a -b b b a b -b b b a a b -b -b -a -a b -b a b a -b -b b -b b -b a:down -b -b b b b:down b b:up b -b -b -a b b -a -b b:down -a -b',
      [
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
        0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ],
    ],
    [1, 4, 'a a -a -a a:down a a a a a a a', []],
  ])('p2c with least loaded, %i hosts, maxEffort %i: %s', (hosts, maxEffort, record, draws) => {
    const options = { weights: 'ignore', replacement: false, maxEffort };
    expectSame(rigOf('least-request', options, equal(hosts), { draws, named: true }), record);
  });

  test.each<[number, number, number, string, number[]]>([
    [
      3,
      100,
      4,
      'a +11 +5 -a c +2 a +12 +36 +16 -a +25 +32 +26 -c b +27 a +7 -b +18 b +35 a a:down +3 b +21 b b c +28 +32 b:down c a:up c +13 a -a +2 -a -b a +25 +1 +1 a +6 +7 c +11 c c -b a -b c b:up +17',
      [
        0, 1, 0, 1, 2, 0, 2, 1, 0, 1, 0, 0, 1, 0, 2, 1, 2, 1, 1, 0, 2, 1, 2, 0, 2, 1, 2, 0, 1, 0, 1, 0, 2, 0, 2, 0, 1,
        1, 0, 0, 2, 1,
      ],
    ],
    [
      5,
      1000,
      1,
      'e b b:down -b +1 +12 -e a -a +15 a d +17 +32 -a +7 d e e +38 -d e e e -d e:down +13 +8 d +34 +20 -e -e b a -d d:down +17 -e -e d c +18 -e +10 c -a a e:up +6 -d +8 +16 c:down +35 a +35 +5 -a +20',
      [
        4, 3, 1, 1, 0, 0, 4, 0, 3, 3, 1, 2, 3, 3, 1, 3, 4, 0, 4, 1, 4, 3, 3, 3, 1, 3, 4, 1, 1, 3, 4, 0, 3, 3, 1, 2, 2,
        3, 4, 1, 2, 1, 3, 1, 0, 2, 1, 1, 0, 0,
      ],
    ],
    [
      4,
      100,
      2,
      'c -c d -d +32 a d:down c -a +15 a +19 c a +7 a -a c:down b +28 +35 +14 d:up a:down d:down +9 -a d:up +25 d c:up -a c b +32 +40 -b b c:down b:down +6 -d -c -c a:up a:down -b b:up d:down +19 +36 +7 -c +26 +20 -b a b +19 +38',
      [
        2, 2, 3, 1, 0, 1, 2, 1, 2, 0, 2, 0, 0, 2, 3, 0, 2, 1, 3, 1, 2, 0, 0, 0, 0, 0, 0, 1, 3, 2, 2, 0, 0, 2, 3, 0, 2,
        1,
      ],
    ],
    [
      3,
      60,
      1,
      'a c +79 a a:down +74 -a -a -c b b a:up +32 +7 +6 -b c +1 -c c -b b a b +34 -b -b a:down +6 c b -c b -c +3 b c -b b +7 -b -a c +58 +4 +34 b +6 -b +9 c -b +39 -b -c -c -c +9 c:down b b b:down -b a +2 +1 a -a c:up c',
      [
        0, 0, 2, 1, 0, 1, 1, 0, 1, 0, 2, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1,
        1, 1, 0, 1, 0, 0, 0, 0, 1, 2, 0, 2, 0, 1, 0, 0, 1,
      ],
    ],
    [
      3,
      60,
      1,
      'c c:down +7 a:down +6 +3 c:up -c b -b +73 +5 +3 b +1 c -c c b +36 c -c +2 -b c +5 +26 a:up -b -c +79 +37 c +9 a:down -c +7 c c -c -c -c c b +7 -c a:up b -b -b a +46 b a:down +35 +8 +9 -b c -c +9 b:down c +2 -c c:down +4 +5 +6 +49',
      [2, 1, 0, 0, 2, 1, 2, 1, 2, 0, 0, 0, 1, 1, 0, 1, 2, 1, 2, 0, 0, 1, 2, 0, 1, 0, 2, 1, 0, 0, 2, 1, 2, 0, 2, 0],
    ],
    // Loads that are equal but for rounding, which Finagle takes in nanoseconds.
    [
      3,
      60,
      1,
      '+4 c b +3 -c -b a -a +37 a +3 +7 +79 -a c +2 +8 b -c c +1 b c +6 +31 -b c -b -c b -b +40 +68 -c +23 -c b a a b a b a:down b -b b b +69 c +8 +9 +2 a:up +2 +2 -a +76 +36 -c +2 b:down -b -a c c +4 +47 -c c +4',
      [
        2, 1, 2, 1, 0, 0, 1, 0, 2, 1, 1, 0, 2, 0, 0, 0, 0, 1, 2, 1, 1, 0, 1, 1, 2, 0, 2, 0, 2, 1, 0, 1, 0, 0, 0, 0, 1,
        1, 2, 1, 2, 0, 1, 1, 2, 1, 0, 1,
      ],
    ],
    [
      3,
      60,
      1,
      'a b a:down c -b b +1 b c +1 -a +8 -c b:down +3 +3 c:down +57 -b +9 c -b -c a:up -c a +4 a +64 a -a a +60 a +73 a -a +2 -a -a -a -a +4 a +63 -a a +35 -a +52 c:up a:down c:down b -b b:up b b -b -b b -b b b +1 c +7 -b -c a:up',
      [
        0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 2, 0, 2, 0, 1, 1, 2, 0, 0, 1, 1, 1, 1, 0, 1, 0, 2, 0, 2,
        1, 0, 1, 2, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 2, 0, 2, 0,
      ],
    ],
  ])(
    'p2c with peak EWMA, %i hosts, decay time %i ms, maxEffort %i: %s',
    (hosts, decayTime, maxEffort, record, draws) => {
      const options = { decayTime, maxEffort };
      expectSame(rigOf('peak-ewma', options, equal(hosts), { draws, named: true }), record);
    },
  );

  test.each<[number[], number, number, string, number[]]>([
    [
      [1, 3, 2],
      100,
      4,
      'c +30 a +38 a:down +10 +28 b -a b a:up +11 a -c +19 a c +34 -a c:down -a a a b:down a -b +28 +11 a +11 b a a +14 a a a +19 a b:up a +12 b b -a +21 +33 a -a -a',
      [
        0, 3679067157, 2, 1201225761, 2, 130709491, 1, 2, 1725103851, 2, 1792878543, 0, 625931454, 2, 4172302609, 0,
        1872661803, 1, 0, 87553853, 1, 1, 0, 1672244429, 0, 780126681, 2, 3554084257, 1, 0, 4165137868, 0, 1359040390,
        2, 1041017470, 0, 974902443, 1, 2, 1926555795, 2, 3183235774, 0, 250518287, 2, 1540210531, 0, 4066242644, 0,
        1676878105, 2, 947622506, 2, 643563883, 1, 0, 3546302037, 1, 1, 1, 2, 2104758577, 2, 3418677760, 0, 2380348011,
        2, 3755859709, 0, 2418920980, 0, 2012051086, 1, 2, 1923479212, 1, 2, 2717431864, 1, 2, 3532005517, 1, 1, 1, 1,
        1, 2, 2690819046, 0, 577008591, 1, 2, 1678322935, 2, 105658743, 0, 184563715, 2, 3496288562, 2, 687113231, 1, 1,
        1, 2, 3391540296, 0, 2686626783, 2, 3986775763, 1, 0, 1538993848, 1, 1, 0, 3128125129, 2, 2954894848, 1, 0,
        2520847812, 2, 3877871166, 0, 805200249, 2, 2942760822, 0, 3844782476, 2, 3870043167, 1, 2, 409233646, 1, 2,
        1133275036, 1, 1, 1, 2, 2538477005, 0, 1510853908, 2, 855989319, 0, 662571219, 0, 3088961707, 2, 2408251290, 0,
        1640350315, 2, 3589351542, 0, 3640658757, 0, 783863157,
      ],
    ],
    [
      [5, 1, 1, 1, 2],
      1000,
      1,
      'e a:down +14 d b +27 +24 e d +27 e:down +3 +14 -d c -e c a e:up +37 e +24 +8 -d +34 +26 d -a -b c +36 +23 c +11 -e d d +2 d c:down d d d:down +4 b b +37 a:up a:down e',
      [
        4, 866555445, 3, 1224731715, 0, 2, 3756377495, 3, 1085381857, 1, 3358368051, 1, 164558003, 1, 3206447276, 4,
        3333216887, 3, 2754029648, 3, 321350155, 1, 3734908862, 3, 3278731493, 0, 0, 0, 2, 737578501, 0, 0, 2,
        389891318, 3, 2325029035, 2, 3720301619, 1, 4129125087, 0, 4, 1644406100, 4, 1626389377, 0, 3, 917682760, 3,
        3656929172, 2, 2296504361, 1, 3856477161, 2, 217869981, 1, 4208930714, 0, 2, 1732661816, 1, 49632358, 3,
        8914862, 3, 1831681342, 0, 4, 2703847780, 2, 3294649414, 3, 1804929968, 0, 3, 1515520196, 0, 3, 312699432, 1,
        2284375810, 1, 2547608216, 0, 1, 220713546, 1, 875344230, 2, 2164281389, 2, 4044110000, 0, 3, 1439873031, 2,
        4116085724, 4, 453219748,
      ],
    ],
  ])(
    'aperture with peak EWMA, weights %j, decay time %i ms, maxEffort %i: %s',
    (weights, decayTime, maxEffort, record, draws) => {
      const options = { weighted: true, decayTime, maxEffort };
      expectSame(rigOf('peak-ewma', options, weights, { draws, named: true }), record);
    },
  );
});
