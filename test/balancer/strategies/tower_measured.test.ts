import { describe, expect, test } from 'vitest';
import { pickOf, rebuilt } from '../../helpers/hosts.ts';
import { eventsOf } from '../../helpers/linkerd_worlds.ts';
import { expectSame, rigOf } from '../../helpers/measured.ts';

// What Tower's own p2c::Balance did (tower-rs/tower, commit 8358ee71, its ready_cache, discover and load as they are
// published), with PendingRequests and with PeakEwma of a default of 1 s and a decay of 10 s, over services whose
// readiness was set by hand, on a paused clock. What it drew was written down: numbers below 60, of which it takes the
// remainder. In what order it draws from the services is that of its ready cache, which every pick changes. The last three
// hold loads that only rounding tells apart, or that rounding makes equal.

const equal = (count: number): number[] => Array<number>(count).fill(1);

describe('p2c with pending requests', () => {
  test.each<[number, string, number[]]>([
    [
      3,
      'b a c b -c c c c -b b +39 -c b a -c c c a a c c a b b b a b a a c b c -c c c c a -c c a b -b -a +25',
      [
        41, 39, 2, 57, 12, 58, 42, 26, 10, 14, 49, 46, 16, 6, 46, 57, 12, 0, 47, 37, 50, 33, 23, 56, 30, 4, 44, 33, 48,
        42, 10, 39, 20, 24, 19, 22, 59, 1, 9, 7, 29, 37, 3, 11, 55, 31, 5, 13, 44, 35, 31, 39, 30, 55, 22, 5, 53, 8, 23,
        19, 52, 23, 44, 23, 14, 29, 39, 48,
      ],
    ],
    [
      5,
      'b d:down c -b d:up b -c -b b e a d c b a -a d c e -e c a d -a a:down b -d -b -c b:down c d e d -c c e +24 e c -e b:up b -a',
      [
        9, 27, 30, 21, 34, 56, 41, 31, 53, 47, 4, 4, 19, 59, 21, 32, 5, 55, 55, 34, 18, 15, 15, 31, 45, 0, 4, 28, 26,
        34, 37, 52, 39, 58, 14, 59, 55, 0, 7, 47, 12, 45, 40, 10, 57, 9, 48, 9, 37, 59, 4, 23, 37, 17,
      ],
    ],
    [
      4,
      'd -d c b a d -c -d =bcd c +5 d =cd d c c -a -c -c +3 c d c d c -d -b d d c d =cde e e e -d e e -c +27 -d d c -d',
      [
        21, 12, 35, 31, 40, 44, 39, 50, 59, 44, 6, 40, 2, 34, 47, 0, 43, 35, 55, 32, 57, 56, 18, 45, 1, 49, 26, 55, 16,
        23, 11, 30, 10, 2, 59, 44, 34, 53, 53, 29, 11, 37, 45, 7, 2, 2, 36, 5, 13, 26, 14, 0,
      ],
    ],
    [
      4,
      '=abcde b d c a c e d c:down a a:down -e -d e -a d c:up -d e c b e b c -c a:up a -c -e a d e -c +19 d =bcde =bce e:down b c +39 c -c -b',
      [
        9, 50, 3, 55, 58, 31, 22, 35, 20, 27, 40, 31, 30, 30, 0, 39, 47, 40, 12, 9, 36, 25, 52, 59, 17, 39, 1, 34, 34,
        39, 23, 27, 55, 44, 23, 13, 40, 44, 42, 46, 34, 56, 39, 34, 17, 41, 27, 1, 58, 35,
      ],
    ],
    [
      3,
      '+15 =abcd =abcde b c -b a -c =bcde e c -c -e -a d c b -d e b e -c -b d:down c c +31 +9 =bcdef -e f d:up +6 =bcde -c -c c d =bcdeg g -b d:down -f -c',
      [
        33, 55, 18, 10, 28, 46, 7, 2, 24, 30, 7, 7, 55, 18, 14, 53, 3, 53, 21, 59, 30, 3, 41, 6, 16, 49, 13, 32, 26, 14,
        7, 30, 2, 47, 23, 29,
      ],
    ],
    [
      5,
      'b c -b -c b -b e a +12 -a d:down a -e e b -b c b:down e a -c =acde e -e d:up a c d c:down d d e e -d c:up c d d -d d a:down c c d e c c e d -d =acdef f f f -e -e -a -e +27 +23',
      [
        17, 12, 14, 8, 18, 8, 17, 4, 40, 23, 45, 51, 48, 48, 53, 28, 13, 2, 13, 12, 46, 45, 57, 20, 58, 15, 36, 29, 57,
        10, 40, 0, 57, 43, 2, 52, 59, 30, 23, 10, 34, 40, 41, 28, 20, 27, 54, 46, 1, 37, 25, 25, 42, 39, 4, 24, 21, 59,
        38, 4, 59, 6, 43, 51, 14, 24, 18, 54, 49, 20, 33, 24, 54, 44, 31, 25,
      ],
    ],
    [
      4,
      'a d d:down a:down +38 b d:up c b:down d c c d d -d -a a:up d -d a a =abcde d e a c:down d:down -d e -c +21 a:down e -b e d:up -e d e -d -c d d:down e e d:up -a c:up c c',
      [
        39, 7, 12, 53, 7, 15, 18, 49, 5, 35, 19, 9, 26, 24, 36, 56, 3, 30, 46, 31, 57, 42, 57, 18, 54, 25, 54, 35, 4,
        28, 3, 13, 14, 12, 11, 58, 44, 55, 16, 7, 7, 12, 17, 9, 43, 9, 55, 43, 2, 1, 0, 47, 32, 24,
      ],
    ],
  ])('%i services: %s', (services, record, draws) => {
    const options = { weights: 'ignore', replacement: false, sampling: 'tower' };
    expectSame(rigOf('least-request', options, equal(services), { draws, spare: 4 }), record);
  });
});

describe('p2c with peak EWMA', () => {
  test.each<[number, string, number[]]>([
    [
      5,
      '+31 e a -e a:down c +2 b:down =acde c:down d -c -d -a d e -e =acd +12 d d d -d -d -d d -d d d -d =acdf a:up a f -d -d -f -a a d -d -a a d f',
      [30, 17, 8, 5, 47, 29, 20, 38, 13, 14, 17, 24, 30, 43, 38, 46, 27, 21, 58, 14, 54, 22, 26, 13, 33, 35],
    ],
    [
      3,
      'b a c b -c c c c -b b +39 -c b a -c c c a a c a c b b b c b c b a c a -a a a a b -a a b c -b -c +25',
      [
        41, 39, 2, 57, 12, 58, 42, 26, 10, 14, 49, 46, 16, 6, 46, 57, 12, 0, 47, 37, 50, 33, 23, 56, 30, 4, 44, 33, 48,
        42, 10, 39, 20, 24, 19, 22, 59, 1, 9, 7, 29, 37, 3, 11, 55, 31, 5, 13, 44, 35, 31, 39, 30, 55, 22, 5, 53, 8, 23,
        19, 52, 23, 44, 23, 14, 29, 39, 48,
      ],
    ],
    [
      5,
      'b d:down c -b d:up b -c -b b e a d c b a -a d c e -e c a d -a a:down b -d -b -c b:down c d e d -c c e +24 e c -e b:up b -a',
      [
        9, 27, 30, 21, 34, 56, 41, 31, 53, 47, 4, 4, 19, 59, 21, 32, 5, 55, 55, 34, 18, 15, 15, 31, 45, 0, 4, 28, 26,
        34, 37, 52, 39, 58, 14, 59, 55, 0, 7, 47, 12, 45, 40, 10, 57, 9, 48, 9, 37, 59, 4, 23, 37, 17,
      ],
    ],
    [
      4,
      '=abcde b d c a c e d c:down a a:down -e -d e -a d c:up -d e c b e b c -c a:up a -c -e a d e -c +19 d =bcde =bce e:down b c +39 c -c -b',
      [
        9, 50, 3, 55, 58, 31, 22, 35, 20, 27, 40, 31, 30, 30, 0, 39, 47, 40, 12, 9, 36, 25, 52, 59, 17, 39, 1, 34, 34,
        39, 23, 27, 55, 44, 23, 13, 40, 44, 42, 46, 34, 56, 39, 34, 17, 41, 27, 1, 58, 35,
      ],
    ],
    [
      5,
      'b c -b -c b -b e a +12 -a d:down b -e c a -a e b:down c a -e =acde a -c d:up e c d c:down d e e a -e c:up c d e -e c a:down d e e c d e d c -c =acdef c e d -a -c -d -d +27 +23',
      [
        17, 12, 14, 8, 18, 8, 17, 4, 40, 23, 45, 51, 48, 48, 53, 28, 13, 2, 13, 12, 46, 45, 57, 20, 58, 15, 36, 29, 57,
        10, 40, 0, 57, 43, 2, 52, 59, 30, 23, 10, 34, 40, 41, 28, 20, 27, 54, 46, 1, 37, 25, 25, 42, 39, 4, 24, 21, 59,
        38, 4, 59, 6, 43, 51, 14, 24, 18, 54, 49, 20, 33, 24,
      ],
    ],
    [
      4,
      '+8 c -c d +17 b c -d d -b -d -c b -b a -a a =acd c +31 -a d -c c d +34 -d +14 -d a d a =acde -c c e =acdef -d f d c e a f e',
      [
        59, 5, 56, 13, 16, 45, 44, 47, 7, 20, 41, 20, 18, 55, 57, 20, 45, 11, 31, 45, 28, 42, 48, 23, 59, 33, 9, 17, 25,
        18, 38, 16, 27, 58, 4, 39, 49, 50, 23, 15, 15, 27, 14, 22, 22, 1, 45, 42,
      ],
    ],
    [
      4,
      'b d a -b -a -d b a -b -a d b a -d -b -a a -a a -a a +36 c b +20 d c -b b b -a +2 -b a -c +26 +13 -d -c d b a -a d b',
      [
        16, 6, 7, 9, 1, 44, 58, 58, 31, 50, 15, 53, 37, 35, 39, 46, 47, 58, 52, 49, 57, 56, 56, 12, 48, 0, 34, 34, 39,
        6, 19, 51, 40, 3, 8, 48, 18, 37, 11, 38, 39, 30, 33, 46, 6, 44,
      ],
    ],
    [
      6,
      'a =abcef -a e -e c +14 -c e b -e a =abcefg +10 -b f e -e f b e +12 e =acefg -f -b -e c -e =acefgh e =acegh g h a c +25 h -a c e e -c h =aegh',
      [
        40, 40, 47, 25, 54, 18, 14, 8, 49, 49, 58, 33, 35, 51, 1, 20, 6, 28, 54, 57, 31, 22, 31, 35, 22, 9, 37, 14, 18,
        55, 38, 12, 25, 58, 43, 41, 15, 31, 13, 59, 12, 11, 44, 40, 57, 51,
      ],
    ],
  ])('%i services: %s', (services, record, draws) => {
    const options = { defaultRtt: 1000, sampling: 'tower' };
    expectSame(rigOf('peak-ewma', options, equal(services), { draws, spare: 4 }), record);
  });
});

// Where nobody is ready its poll_ready draws all the same: the callers of these turn away at once, as behind its load_shed.
describe('where nobody is ready', () => {
  test.each<[number, string, string, number[]]>([
    [
      5,
      'r -0 a:down b:down c:down d:down e:down r =ef +20 e:up r r r r',
      '0:0>d 0:1! 20:2>e 20:3>f 20:4>e 20:5>f',
      [51, 32, 15, 53, 43, 35, 30, 48, 5, 17, 22, 53, 36, 39, 6, 18],
    ],
    [
      6,
      'r -0 r a:down b:down c:down d:down e:down f:down r b:up r d:up r -4 r r',
      '0:0>f 0:1>e 0:2! 0:3>b 0:4>d 0:5>d 0:6>b',
      [11, 55, 14, 13, 1, 19, 19, 34, 5, 49, 38, 34, 19, 5, 44, 49, 50, 37],
    ],
    [
      5,
      'r a:down b:down c:down d:down e:down r r r a:up r r d:up r r r -5',
      '0:0>e 0:1! 0:2! 0:3! 0:4>a 0:5>a 0:6>d 0:7>d 0:8>a',
      [2, 27, 20, 15, 28, 1, 58, 43, 43, 53, 55, 27, 19, 7],
    ],
    [
      6,
      'r r a:down b:down c:down d:down e:down f:down r b:up r r -4 r c:up =abefhi r a:up',
      '0:0>b 0:1>c 0:2! 0:3>b 0:4>b 0:5>b 0:6>h',
      [46, 24, 27, 51, 15, 52, 59, 53, 42, 58, 19, 19, 22, 40],
    ],
  ])('%i services: %s', (services, happens, events, draws) => {
    expect(eventsOf({ services, draws }, { defaultRtt: 1000, sampling: 'tower' }, happens)).toBe(events);
  });

  test('with pending requests: of three, the one picked last is known not to be, two are drawn from, then there is one left', () => {
    const rig = rigOf('least-request', { weights: 'ignore', replacement: false, sampling: 'tower' }, equal(3), {
      draws: [0, 0, 1, 2],
    });
    pickOf(rig.strategy);
    rebuilt(rig.strategy, rig.members, []);
    rig.strategy.nobody?.(false);
    expect(() => rig.random.uint32()).toThrow('asked for one more');
  });
});

// Through its PeakEwmaDiscover. Nothing is looked at before the first request: those who are there then come in the order in
// which they were told of, and whoever has joined since the last request has an estimate from the next one on.
describe('what has happened between requests', () => {
  test.each<[number, string, string, number[]]>([
    [2, '+6 b:down +3 =abd =abcd r a:down c:down d:down r r -0', '9:0>c 9:1! 9:2!', [50, 27, 57, 47]],
    [
      5,
      '=acdfh =bcdefh +3 r -0 r +5 r +3 =bef -2 r r',
      '3:0>c 3:1>c 8:2>f 11:3>e 11:4>b',
      [0, 53, 19, 16, 22, 39, 10, 59, 11, 18],
    ],
    [1, 'a:down a:up r -0 =abc b:down +10 r -1 r -2', '0:0>a 10:1>a 10:2>a', [43, 47, 1, 1]],
    [3, 'a:down b:down c:down r =be +13 r =ade r r -3 -1', '0:0! 13:1>e 13:2>d 13:3>d', [42, 9, 52, 42]],
  ])('%i services: %s', (services, happens, events, draws) => {
    expect(eventsOf({ services, draws }, { defaultRtt: 1000, sampling: 'tower' }, happens)).toBe(events);
  });

  test('whoever was not ready as it came, and is at the first look, keeps the place it came in at', () => {
    const draws = [54, 15, 34, 36, 8, 55];
    const options = { defaultRtt: 1000, sampling: 'tower' };
    expectSame(rigOf('peak-ewma', options, equal(4), { draws, without: 'c' }), 'c:up a +17 -a +5 b c');
  });
});
