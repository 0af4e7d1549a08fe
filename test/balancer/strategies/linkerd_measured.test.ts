import { describe, test } from 'vitest';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { expectSame, rigOf } from '../../helpers/measured.ts';

// What Linkerd's own balancer did (linkerd2-proxy, commit 29637b64: its P2cPool behind the worker of its PoolQueue, with
// Tower's ready cache), with Tower's PeakEwma, which is the default, and with its LoadBiaser; both of a default of 30 ms
// and a decay of 10 s, over services whose readiness was set by hand, on a paused clock. What it drew was written down:
// numbers below 60, of which it takes the remainder. `-a!` is answered with 500, 503, 429, or 502 and a Retry-After, which
// counts beside 429 and 503 only: a penalty of 5 s each. Long waits are left out: the exp of glibc rounds one argument in
// 1,500 otherwise where the machine has fused multiply-add, which now and then tells loads apart that are equal here. A service of
// another weight, `a:7`, was told as an update is: Add of its address and its other metadata.

const equal = (count: number): number[] => Array<number>(count).fill(1);

describe('with peak EWMA', () => {
  test.each<[number, string, number[]]>([
    [
      5,
      'd -d a:down c +1 c:down -c b c:up -b +18 b -b =abcd b c +23 d d =bcd +6 b -b c +22 c:down b -d d -b -d -c b d d -b b b -b b +23 b d -d +22 d b +15 +29 d',
      [
        18, 28, 52, 9, 35, 6, 20, 54, 28, 41, 46, 14, 32, 58, 47, 57, 32, 45, 40, 20, 54, 6, 53, 55, 45, 29, 36, 53, 20,
        10, 40, 55, 20, 22, 11, 21, 12, 36, 36, 53, 58, 25, 59, 3, 23, 26, 5, 16, 19, 55,
      ],
    ],
    [
      2,
      '=abc a c -a b a c b =ac a a c c a c:down a a -c a a a a c:up c =acd -a c c -a -a d d d -c -a -d -c =acde d -c +11 -a e d c d =acdef -d -d f:down',
      [
        42, 12, 50, 46, 31, 23, 21, 0, 37, 41, 17, 24, 45, 7, 43, 59, 9, 14, 29, 21, 32, 22, 29, 17, 45, 50, 14, 51, 10,
        22, 23, 4, 20, 57, 12, 23, 20, 28, 38, 31, 6, 53, 46, 3, 40, 27, 13, 57,
      ],
    ],
    [
      6,
      'f -f c f:down -c f:up f -f c =abcde a -c =abce +10 e -e -a +1 c b -c c e b c -e -b a =abceg e a b -b +20 a e:down =abcegh g h -h g -g b h -c c h -b -a a',
      [
        59, 25, 44, 38, 50, 31, 8, 14, 20, 8, 0, 14, 6, 45, 37, 25, 31, 52, 54, 52, 37, 29, 51, 44, 28, 1, 41, 38, 45,
        6, 54, 34, 22, 24, 37, 49, 4, 26, 36, 5, 4, 28, 7, 35, 2, 49, 19, 12, 52, 8, 14, 42,
      ],
    ],
    [
      7,
      '+4 b:down b:up a f -a +5 -f a g d -g b c -c e -b g b:down e -e c:down f d -d -g d a -f f g d e g g -g b:up g a f +10 -e =abcdeg g d -g e -g b -f',
      [
        35, 13, 12, 2, 12, 29, 7, 20, 3, 41, 7, 24, 9, 37, 4, 0, 24, 47, 3, 41, 12, 12, 44, 18, 43, 57, 1, 33, 24, 6,
        20, 47, 42, 7, 32, 18, 0, 25, 41, 46, 55, 45, 44, 26, 4, 27, 1, 16, 45, 24, 47, 26, 58, 5, 1, 0, 58, 18,
      ],
    ],
    [
      5,
      'd:down b:down e a c d:up d c =abcdef e =abcdefg -a g -d d b:up b:down =abdefg +34 g -c -d -g a =abdefgh d f -g -f h -a =abdefghi =abdefghij -d f:down i a a j h e i:down -e -a -c d h:down -e j +4',
      [
        44, 17, 58, 45, 31, 37, 54, 33, 46, 8, 50, 14, 30, 7, 51, 26, 47, 24, 28, 12, 10, 12, 6, 53, 26, 8, 37, 20, 7,
        58, 51, 17, 45, 33, 57, 45, 52, 23, 39, 20, 52, 20, 5, 58, 25, 50, 59, 23, 12, 39,
      ],
    ],
    [
      7,
      'd +33 +8 -d g c e:down -g d -d a -a -c f g a c b -g -b -a =abcdef +4 -c -f d:down b f:down -b a c b f:up f =abcdefh -f -a -b f b h a +19 a h f c -a =abcdefhi i',
      [
        10, 41, 45, 19, 10, 44, 20, 9, 4, 54, 16, 55, 12, 8, 32, 18, 32, 40, 27, 7, 21, 11, 50, 47, 0, 21, 32, 47, 17,
        26, 51, 24, 58, 35, 56, 38, 20, 18, 42, 30, 48, 39, 47, 53, 9, 43, 54, 45, 12, 16, 5, 16, 27, 54,
      ],
    ],
  ])('%i services: %s', (services, record, draws) => {
    const options = { defaultRtt: 30, sampling: 'linkerd' };
    expectSame(rigOf('peak-ewma', options, equal(services), { draws, spare: 6 }), record);
  });
});

// Behind Linkerd's own Gate: `a:up` lets one request through, which shuts it, `a a:down`, until its answer opens it.
describe('with gates that let one request through', () => {
  test.each<[number, string, number[]]>([
    [
      4,
      'b -b b c d d -d d -c a -d c -a b +10 d:down b:down -b -c -b a -d b:up -a a b b:down -a a c a c -c +2 d:up d d:down -a a c a +38 c a -c',
      [
        1, 40, 31, 46, 54, 38, 57, 15, 55, 31, 3, 52, 10, 30, 53, 46, 54, 51, 33, 22, 56, 52, 14, 36, 43, 59, 2, 51, 38,
        40, 56, 37, 51, 56, 53, 42, 4, 3, 14, 17, 12, 30, 28, 28, 32, 31,
      ],
    ],
    [
      6,
      '+39 e f b:down a:down d -d a:up c f d -f a a:down -e -c -d d d e -a a:up +35 e d:down -d c -e -d -c e:down -e c b:up b b:down f a +33 a -b b:up -c f c',
      [
        52, 45, 17, 4, 37, 17, 5, 31, 23, 35, 32, 33, 51, 47, 38, 7, 2, 47, 27, 17, 23, 56, 4, 28, 58, 50, 6, 36, 35, 3,
        7, 6, 29, 9, 38, 58, 20, 45, 20, 53, 3, 35, 16, 19, 18, 40,
      ],
    ],
    [
      5,
      'e:down c -c b c d +14 e:up e e:down b:down a +1 d c -a d -e e:up -c +40 a:down -c c:down e -d e e e =abcdef f +22 f f f e -f -e -d c:up f c c:down -c c:up',
      [
        12, 54, 56, 14, 36, 51, 14, 30, 34, 41, 29, 1, 43, 42, 40, 6, 58, 46, 16, 45, 16, 15, 32, 22, 34, 8, 20, 12, 19,
        25, 36, 48, 6, 5, 37, 13, 58, 11, 24, 59, 57, 11, 43, 1, 17, 52, 25, 23,
      ],
    ],
    [
      5,
      'c:down c:up =abcdef d =abcefgh =abcefghi a e f c c:down h a i f g b h b i -c c:up f:down g -i -b -g b -d g e c i -a -b =bcefhij -a e b:down =befhijk -e -h -c k =befhij',
      [
        57, 1, 48, 15, 15, 39, 11, 14, 58, 53, 16, 29, 32, 2, 49, 54, 7, 1, 33, 54, 50, 52, 11, 54, 19, 16, 46, 56, 36,
        50, 10, 3, 2, 14, 11, 17, 17, 55, 22, 25, 29, 0, 55, 27,
      ],
    ],
    [
      6,
      'c:down f -f +1 d f b:down e:down -f a -a c:up -d =bcdef c c:down +29 -c c:up d:down f c f -c -f -f b:up =bcdefg d:up d d:down -d f -f c -c f g -g -f f g b b:down -b b:up',
      [
        29, 58, 32, 44, 38, 5, 7, 34, 50, 19, 29, 29, 6, 40, 32, 22, 15, 8, 47, 26, 34, 15, 17, 35, 54, 47, 52, 33, 1,
        54, 24, 42, 3, 16, 45, 37, 17, 44, 22, 37,
      ],
    ],
  ])('%i services: %s', (services, record, draws) => {
    const options = { defaultRtt: 30, sampling: 'linkerd' };
    expectSame(rigOf('peak-ewma', options, equal(services), { draws, spare: 6 }), record);
  });
});

describe('with penalties', () => {
  test.each<[number, string, number[]]>([
    [
      7,
      'f d b a -d -b d:down -f -a e -e f g -f! =abdf b +10 b:down -b -g a a d:up =abf b:up b b a b +34 -b! a:down f -b f b:down f +27 +8 b:up b -a! b -b -a b =bfh -b h -h!',
      [
        5, 3, 10, 55, 1, 38, 42, 15, 4, 8, 3, 47, 54, 22, 1, 37, 46, 42, 10, 58, 43, 26, 12, 55, 30, 25, 50, 22, 38, 25,
        55, 18, 0, 38, 24, 45, 20, 13, 43, 59, 40, 44, 3, 8, 1, 28, 8, 30,
      ],
    ],
    [
      5,
      'a e b -e d c a +21 e e b c e d -e e b d c a a e c -d e d a b -d +23 -c d d d b c b e a b -c -b c d e -d -b -b -d a',
      [
        30, 31, 45, 28, 14, 25, 13, 49, 42, 55, 35, 35, 36, 11, 26, 23, 43, 51, 44, 56, 33, 57, 32, 26, 2, 6, 55, 31, 5,
        49, 53, 8, 31, 51, 24, 22, 30, 11, 26, 6, 21, 40, 3, 29, 15, 36, 3, 38, 3, 0, 23, 51, 3, 43, 47, 44, 11, 36, 15,
        24, 18, 1, 53, 6, 1, 2, 56, 55, 55, 6, 12, 7, 51, 38,
      ],
    ],
    [
      5,
      'c d e -d +22 b -e d +17 -b b e d a -c! -b -d! e -e! b b c d -b c c b e b a a b d b b a +19 e a b b b b +18 a c a b -a b',
      [
        12, 0, 18, 45, 12, 41, 26, 39, 51, 9, 37, 14, 32, 41, 54, 42, 50, 37, 7, 22, 41, 3, 39, 47, 26, 22, 25, 36, 50,
        16, 24, 52, 39, 27, 48, 33, 50, 4, 28, 50, 14, 42, 6, 57, 20, 52, 56, 16, 29, 0, 40, 49, 33, 33, 6, 59, 17, 26,
        6, 39, 40, 39, 55, 19, 44, 42, 33, 12, 48, 31, 30, 29, 58, 15,
      ],
    ],
    [
      4,
      'd c -c -d a c -a d a -d! -c a b a a c b a b c b -a b -a +7 a c -a c a c -c -c -c -c! a -b! a -a d a d -d a -a -c c -a! -a b',
      [
        19, 40, 22, 39, 48, 59, 48, 31, 18, 41, 32, 25, 31, 27, 4, 18, 13, 36, 31, 51, 22, 19, 53, 42, 28, 40, 28, 55,
        5, 36, 37, 24, 36, 20, 16, 16, 14, 58, 31, 53, 33, 27, 31, 34, 16, 30, 14, 41, 2, 27, 25, 54, 56, 0, 52, 49, 9,
        13, 54, 7,
      ],
    ],
    [
      7,
      'f -f! a d -d f:down f:up -a! b c d =abcdefghij d +4 j h i b -b i -b! =acdefgij d:down +1 +2 e -c! +31 g e j -g i:down g -j -e =cdefgi c:down -i e g -j -i f e i:up +1 i i g',
      [
        5, 21, 49, 5, 3, 17, 29, 53, 16, 32, 8, 18, 56, 9, 41, 32, 17, 7, 30, 16, 16, 29, 32, 14, 28, 27, 13, 2, 11, 32,
        44, 16, 40, 18, 34, 20, 11, 53, 47, 2, 36, 32, 11, 22, 0, 8, 55, 15, 31, 31, 12, 32,
      ],
    ],
    [
      4,
      'c =abcdefg -c =abcdeghi i +15 a g:down b h:down e d a d i g:up +25 g:down -d e c c d:down -d a b i c +4 e i b -i h:up h e +33 h -b c e a =acghi h c i g:up -c! a a',
      [
        46, 45, 15, 24, 0, 27, 17, 1, 24, 26, 36, 57, 13, 47, 1, 16, 55, 51, 47, 51, 54, 46, 2, 7, 4, 33, 20, 47, 15,
        24, 56, 40, 31, 18, 11, 9, 7, 51, 55, 55, 43, 7, 55, 3, 21, 53, 11, 18, 12, 37, 42, 44, 39, 3, 18, 33, 13, 56,
        23, 52, 58, 3, 18, 32, 56, 2, 34, 18,
      ],
    ],
    [
      3,
      'b -b =abcdef c f:down d e f:up -d b:down -c f c -c -e c a -c +1 -f c -a! d e -c! -e c e d f -e f =abdfg g +14 -d! -d g -f a:down -g f d:down -f! -c g -f +25 g g',
      [
        52, 26, 19, 18, 45, 37, 39, 53, 43, 59, 31, 17, 5, 25, 3, 0, 9, 50, 10, 28, 34, 2, 16, 53, 6, 52, 31, 6, 22, 52,
        8, 12, 28, 11, 39, 44, 23, 37, 51, 58, 2, 51, 21, 40, 16, 31, 29, 52,
      ],
    ],
    [
      5,
      'e:down =bcde =bce c b c:down b =bcef f f e:up e e f +2 b:down e -f f -c! e -f -b c:up -e! c f -b -f c f f -e +12 -f! =bef e e f -e! e e -e -f! -c f b:up b -e e',
      [
        3, 15, 56, 38, 40, 8, 53, 10, 46, 5, 15, 48, 25, 28, 23, 40, 54, 11, 34, 22, 11, 57, 29, 7, 8, 9, 22, 17, 16,
        47, 51, 52, 12, 56, 11, 14, 16, 45, 6, 29, 48, 13, 18, 15, 4, 16, 13, 37, 54, 0, 26, 12, 49, 26,
      ],
    ],
    // Its loads would be in another order if what remains of an estimate, or whole seconds, were rounded otherwise.
    [
      2,
      'a b -b -a b -b +2134 +18664 a -a a +16207 -a b -b +452 b -b b -b b -b +11047 b -b +10599 b -b +1335 b -b b -b b -b b -b +10228 b -b',
      [
        30, 32, 46, 28, 15, 40, 42, 39, 56, 28, 8, 43, 55, 23, 54, 22, 57, 6, 3, 17, 33, 34, 58, 30, 38, 44, 22, 42, 21,
        40, 39, 0,
      ],
    ],
  ])('%i services: %s', (services, record, draws) => {
    const options = { defaultRtt: 30, peak: 'decayed', failurePenalty: 5000 };
    expectSame(rigOf('peak-ewma', options, equal(services), { draws, spare: 6 }), record);
  });
});

describe('with weights that change, and services replaced by that', () => {
  const peakEwma = { defaultRtt: 30, sampling: 'linkerd' };
  const penalties = { defaultRtt: 30, peak: 'decayed', failurePenalty: 5000 };

  test.each<[WrittenOptions, number, string, number[]]>([
    [
      peakEwma,
      2,
      'a:down b -b b b b b b -b -b b b a:up -b a -b -a a +24 a =abcd d:2 -b d -a a d:down =abde -a +1 -d e:down a a b:down d:up a:2 d a =abef -a f f a a:3',
      [
        56, 4, 26, 43, 23, 24, 14, 53, 51, 13, 39, 16, 35, 10, 38, 37, 13, 46, 13, 14, 42, 17, 10, 9, 2, 5, 53, 13, 50,
        14, 17, 18,
      ],
    ],
    [
      penalties,
      2,
      'a b:2 b:3 b -a +34 a:2 -b a +11 b a a:3 +3 a -a -b! b:4 b -a! +4 a b:down a a -a! a +7 a -a a a a +7 a a:4 a a a -a -a a a -a -b!',
      [30, 12, 57, 11, 41, 54, 18, 12, 42, 39, 49, 49, 7, 33, 21, 17, 11, 25],
    ],
    [
      peakEwma,
      3,
      'b:down c -c +29 a c -c a:2 -a c -c c -c c a c b:up -c c -c c +26 b b:down a:3 -c a c -a =bc c +13 c -b b:up b b b -c b -b b -a -b =bcd',
      [
        38, 17, 42, 48, 13, 52, 11, 15, 47, 2, 23, 33, 59, 30, 46, 52, 29, 39, 55, 18, 18, 45, 58, 20, 32, 43, 56, 20,
        14, 10, 51, 3, 48, 6, 14, 10, 57, 4,
      ],
    ],
  ])('%j, %i services: %s', (options, services, record, draws) => {
    expectSame(rigOf('peak-ewma', options, equal(services), { draws, spare: 6 }), record);
  });
});
