import { describe, expect, test } from 'vitest';
import type { WrittenOptions } from '../../src/core/options.ts';
import { eventsOf, type LinkerdWorld } from '../helpers/linkerd_worlds.ts';

// What Linkerd's own queue and pool did (linkerd2-proxy, commit 29637b64: PoolQueue with its worker and its failfast behind
// the LoadShed of its stack, P2cPool, a Gate before each service), with Tower's ready cache and PeakEwma, of a default of
// 30 ms and a decay of 10 s, on the paused clock of tokio. What it drew was written down: numbers below 60, of which it takes
// the remainder. With penalties, its LoadBiaser of 5 s instead of PeakEwma. What left and what came was told as its control plane tells it: Remove, then Add. Words: see `eventsOf`.

type Row = readonly [Omit<LinkerdWorld, 'draws'>, happens: string, events: string, draws: readonly number[]];

const linkerd = { defaultRtt: 30, sampling: 'linkerd' };

function expectSame(rows: readonly Row[], options: WrittenOptions = linkerd): void {
  test.each(rows)('%j: %s', (world, happens, events, draws) => {
    expect(eventsOf({ ...world, draws }, options, happens)).toBe(events);
  });
}

describe('what is chosen ahead once requests no longer fail fast', () => {
  expectSame([
    [
      { services: 6, afterMs: 13, capacity: 4, timeoutMs: 31.5 },
      '+9 a:down b:down c:down d:down e:down f:down r r r r r +31 +17 r +6 r =abcefgh',
      '22:0! 22:1! 22:2! 22:3! 22:4! 57:5! 63:6!',
      [2, 45, 13, 58, 23, 31, 21, 54, 34, 59, 17, 39],
    ],
    [
      { services: 4, afterMs: 28, capacity: 2, timeoutMs: 36.5 },
      'a:down b:down c:down d:down r +36 r r +17 r r r r +2 +1 r r =acdeg d:one r r r',
      '28:0! 36:1! 36:2! 53:3! 53:4! 53:5! 53:6! 56:7! 56:8! 56:9>e 56:10>d 56:11>g',
      [26, 14, 43, 40, 25, 17, 16, 29, 11, 10, 31, 50],
    ],
    [
      { services: 3, afterMs: 9, capacity: 3, timeoutMs: Infinity },
      '+1 a:down b:down c:down r +4 r a:one +9 =ace -0 c:up r r -2 a:down r +25 +6 -3 c:down e:down r r r r r',
      '5:0>a 14:1! 14:2>e 14:3>c 14:4>e 45:9!',
      [44, 12, 23, 55, 23, 5, 0, 26, 33, 4],
    ],
    [
      { services: 6, afterMs: 15, capacity: 2, timeoutMs: 36.5 },
      'b:down a:down c:down d:down e:down f:down r r r r +4 r c:one +26 r c:down =acefg +6 -0 f:one r r =abcefg =abdef r -6',
      '0:3! 4:4! 4:0>c 19:1! 19:2! 30:5! 36:6>g 36:7>f 36:8>d',
      [17, 52, 28, 36, 32, 15, 29, 31, 19, 14, 52, 26, 41, 36],
    ],
    [
      { services: 5, afterMs: 3, capacity: 1, timeoutMs: Infinity },
      'r r +6 r r r +28 a:down b:down c:down d:down e:down r +4 a:one r r r +15 r r +3 e:one e:up b:one r r r =bcdefg f:down g:down +8',
      '0:0>d 0:1>e 6:2>c 6:3>a 6:4>c 37:5! 38:6>a 41:7! 41:8! 53:9! 53:10! 56:11>e 56:12>b 56:13>e',
      [3, 4, 43, 36, 47, 45, 14, 20, 25, 17, 36, 43, 33, 45, 40, 52, 55, 12, 24, 11],
    ],
  ]);
});

describe('what is chosen ahead, and forgotten as somebody leaves', () => {
  expectSame([
    [
      { services: 6, afterMs: 5, capacity: 2, timeoutMs: 13.5 },
      '=fg f:down g:down +3 r r +6 r r r +6 r +2 g:one =bfi b:down i:down r',
      '8:0! 8:1! 9:2! 9:3! 9:4! 15:5!',
      [53, 6, 35, 40],
    ],
    [
      { services: 1, afterMs: 9, capacity: 2, timeoutMs: Infinity },
      '+2 a:down r +15 +16 r +33 r r r a:one a:down a:up a:2 +6 +2 a:down =bd d:down r r',
      '11:0! 33:1! 66:2! 66:3! 66:4! 74:5>b 74:6>b',
      [18, 8, 10, 34],
    ],
    [
      { services: 3, afterMs: 3, capacity: 1, timeoutMs: 41.5 },
      'r r -0 -1 =c r +5 c:down r c:one -2 +40 r r r +3 r c:up =ab +3 +11 r r',
      '0:0>a 0:1>c 0:2>c 5:3>c 45:6! 46.5:3x 48:4! 48:5! 48:7! 62:8>a 62:9>b',
      [3, 26, 51, 36, 32, 54, 39, 15],
    ],
    [
      { services: 6, afterMs: 14, capacity: 3, timeoutMs: 15.5 },
      'a:down b:down c:down d:down e:down f:down r r r +16 a:up d:up d:2 +6 =abdeh r r r -3 =bcfh r -4 =abdefg r',
      '14:0! 14:1! 14:2! 22:3>a 22:4>d 22:5>h 22:6>f 22:7>d',
      [38, 27, 35, 41, 49, 45, 56, 21, 26, 42, 18, 14, 59, 41, 34, 44, 12, 27, 7, 28],
    ],
  ]);
});

describe('whoever gives up keeps its place', () => {
  expectSame([
    [
      { services: 1, afterMs: 70, capacity: 3, timeoutMs: 3.5 },
      'a:down r r r r r r +34 r r r r r r +1 +1',
      '0:4! 0:5! 3.5:0x 3.5:1x 3.5:2x 3.5:3x 34:6! 34:7! 34:8! 34:9! 34:10! 34:11!',
      [],
    ],
    [
      { services: 1, afterMs: 90, capacity: 3, timeoutMs: 3.5 },
      'a:down r +36 r r a:up -2 r r +9 r -5 r -6',
      '3.5:0x 36:~a 36:1>a 36:2>a 36:3>a 36:4>a 39.5:1x 39.5:3x 39.5:4x 45:5>a 45:6>a',
      [],
    ],
    [
      { services: 1, afterMs: 54, capacity: 2, timeoutMs: 2.5 },
      'a:down r r r +29 r r a:one r r a:up r r r r =abc',
      '2.5:0x 2.5:1x 2.5:2x 29:3! 29:4! 29:~a 29:6! 29:~a 29:~a 29:5>a 29:7>a 29:8>a 29:9>a 29:10>a',
      [],
    ],
    [
      { services: 1, afterMs: 24, capacity: 4, timeoutMs: 7.5 },
      'a:down r r r +3 r r r +16 r r a:up r r r -9 -10 -8',
      '3:5! 7.5:0x 7.5:1x 7.5:2x 10.5:3x 10.5:4x 19:6! 19:7! 19:~a 19:~a 19:~a 19:~a 19:~a 19:8>a 19:9>a 19:10>a',
      [],
    ],
  ]);
});

describe('who was ready before anybody was picked, and who is found not to be in vain', () => {
  expectSame([
    [
      { services: 2, afterMs: 18, capacity: 4, timeoutMs: Infinity },
      'b:down r r +6 r r +1 r r r r r r',
      '0:0>a 0:1>a 6:2>a 6:3>a 7:4>a 7:5>a 7:6>a 7:7>a 7:8>a 7:9>a',
      [49, 54],
    ],
    [
      { services: 2, afterMs: 29, capacity: 4, timeoutMs: 18.5 },
      'a:down b:down r r +6 r +2 +3 r r a:up r r r +21',
      '11:0>a 11:1>a 11:2>a 11:3>a 11:4>a 11:5>a 11:6>a 11:7>a 18.5:0x 18.5:1x 24.5:2x 29.5:3x 29.5:4x 29.5:5x 29.5:6x 29.5:7x',
      [42, 55],
    ],
    [
      { services: 2, afterMs: 24, capacity: 4, timeoutMs: Infinity },
      '+5 b:down a:down r r r r r r r r =bc r r +6 r r',
      '5:5! 5:6! 5:7! 5:0>c 5:1>c 5:2>c 5:3>c 5:4>c 5:8>c 5:9>c 11:10>c 11:11>c',
      [30, 0],
    ],
  ]);
});

describe('all together', () => {
  expectSame([
    [
      { services: 1, afterMs: 44, capacity: 4, timeoutMs: 11.5 },
      'r r -0 +3 -1 a:down r r r r +18 r r r r +6 r r r +5 a:one r r +35 a:down r =b r r -17 -16 r r +6 r r r -19 +5 r r r +23 b:down r +1 +26 +6 =ab +6',
      '0:0>a 0:1>a 14.5:2x 14.5:3x 14.5:4x 14.5:5x 21:7! 21:8! 21:9! 27:10! 27:11! 27:12! 32:~a 32:14! 32.5:6x 43.5:13x 67:15! 67:~b 67:~b 67:~b 67:~b 67:~b 67:16>b 67:17>b 67:18>b 67:19>b 73:20>b 73:21>b 73:22>b 78:23>b 78:24>b 78:25>b 78.5:18x 84.5:20x 84.5:21x 84.5:22x 89.5:23x 89.5:24x 89.5:25x 112.5:26x 134:~a',
      [],
    ],
    [
      { services: 1, afterMs: 15, capacity: 3, timeoutMs: 3.5 },
      'a:2 +6 r +1 -0 r +4 r r r +6 r +29 +1 +2 a:down =b r -6 +6 +2 b:down +3 r +5 r +34 +16 r r r =ab a:down r r +4 +6 r r r b:one r r r r r r r a:one r b:up r r +3',
      '6:0>a 7:1>a 10.5:1x 11:2>a 11:3>a 11:4>a 14.5:2x 14.5:3x 14.5:4x 17:5>a 20.5:5x 49:6>b 63.5:7x 68.5:8x 115:9! 115:10! 115:11! 118.5:12x 118.5:13x 125:16! 125:~b 125:18! 125:19! 125:20! 125:21! 125:22! 125:23! 125:~a 125:14>b 125:15>b 125:17>b 125:24>b 125:25>b 125:26>b',
      [],
    ],
    [
      { services: 4, afterMs: 15, capacity: 4, timeoutMs: 2.5 },
      'r -0 d:down +6 =bcd b:down r -1 =bd b:up r +2 b:down r r r +3 r r r r r d:up r +6 +5 b:one =d d:2 +3 r +5 +39 d:3 +2 =abc r r c:down r r c:one -15 +4 r r r r r r -18 +9',
      '0:0>b 6:1>c 6:2>b 8.5:2x 10.5:3x 10.5:4x 10.5:5x 11:8! 11:9! 11:10! 11:~d 11:~d 11:~d 11:6>d 11:7>d 11:11>d 13.5:6x 13.5:7x 13.5:11x 25:12>d 27.5:12x 71:13>a 71:14>b 71:15>a 71:16>b 73.5:13x 73.5:14x 73.5:16x 75:17>b 75:18>c 75:19>a 75:20>a 75:21>b 75:22>a 77.5:17x 77.5:19x 77.5:20x 77.5:21x 77.5:22x',
      [33, 10, 14, 44, 39, 39, 54, 54, 58, 19, 45, 32, 11, 33, 19, 52, 58, 54, 17, 11, 1, 17, 31, 48, 14, 55, 20, 44],
    ],
    [
      { services: 1, afterMs: 112, capacity: 1, timeoutMs: 10.5 },
      'r =b -0 r +9 +7 +3 r r r r r -3 r r +1 -5 r -6 +2 r +4 b:down -8 -9 +4 r b:up -11 r -12 r +5 b:down +10 r r r r r r r r r r r +6 +1 r +28 r r r r r b:one =abc r r r r r +2',
      '0:0>a 0:1>b 10.5:1x 19:2>b 19:3>b 19:4>b 19:5>b 19:6>b 19:7>b 19:8>b 20:9>b 22:10>b 29.5:2x 29.5:4x 29.5:7x 30:11>b 30:12>b 30:13>b 32.5:10x 40.5:13x 45:16! 45:17! 45:18! 45:19! 45:20! 45:21! 45:22! 45:23! 45:24! 52:25! 55.5:14x 55.5:15x 80:26! 80:27! 80:28! 80:29! 80:30! 80:~b 80:~a 80:31>c 80:32>a 80:33>a 80:34>c 80:35>a',
      [12, 21, 40, 12, 38, 5, 59, 20, 24, 33, 50, 16],
    ],
  ]);
});

describe('with penalties', () => {
  expectSame(
    [
      [
        { services: 2, afterMs: 13, capacity: 2, timeoutMs: 3.5 },
        'r +6 r r -1 =abc r c:down -2! r -3! r -4 =abcd =abc r +32 r c:one =ac -7 +4 +5 r +2 a:down r r =c r r -8 +4 r r c:down r r r +3 +4 r r c:one r r +4 c:down',
        '0:0>b 3.5:0x 6:1>a 6:2>b 6:3>a 6:4>a 6:5>b 6:6>a 9.5:5x 9.5:6x 38:7>a 47:8>c 49:12! 52.5:9x 52.5:10x 52.5:11x 53:13! 53:14! 53:15! 53:16! 53:17! 60:18! 60:19! 60:~c 60:21! 63.5:20x',
        [29, 12, 11, 38, 15, 23, 51, 2, 54, 44, 12, 57, 32, 52, 26, 57, 23, 50, 20, 42],
      ],
      [
        { services: 5, afterMs: 77, capacity: 3, timeoutMs: 7.5 },
        'a:down b:down c:down d:down e:down r =de +6 r r r r r r r r r r r r +1 +4 r =acefg -2 +2 r +4 f:down =abce -14 a:down b:down c:down =abcdefg f:2 +25 r e:one r +6 -15 r c:up +3 r -18! =abdg r',
        '6:4! 6:5! 6:6! 6:7! 6:8! 6:9! 6:10! 6:11! 6:12! 7.5:0x 11:13! 11:~a 11:1>c 11:2>a 11:3>c 13:14>f 13.5:1x 13.5:3x 42:15>d 42:16>f 48:17>d 49.5:16x 51:18>g 51:19>d',
        [
          43, 36, 47, 24, 43, 12, 34, 20, 40, 57, 33, 34, 17, 37, 21, 32, 34, 8, 14, 24, 10, 17, 51, 41, 6, 45, 48, 50,
          51, 57, 15, 41, 1, 34,
        ],
      ],
      [
        { services: 5, afterMs: 58, capacity: 2, timeoutMs: 11.5 },
        'r e:down +12 r r -2 r r +39 a:down r r r -6 =cde -5! +18 r =ce +6 r r +1 -10 c:down r +5 r -9 r r r +4 +5 r r +25 r +1 r r +1 e:one r r',
        '0:0>b 11.5:0x 12:1>c 12:2>d 12:3>a 12:4>c 23.5:1x 23.5:3x 23.5:4x 51:5>d 51:6>c 51:7>b 62.5:7x 69:8>c 75:9>c 75:10>c 80.5:8x 81:14! 81:15! 87.5:11x 90:16! 90:17! 92.5:12x 92.5:13x 115:18! 116:19! 116:20! 117:~e 117:22!',
        [16, 4, 41, 10, 9, 31, 2, 30, 52, 11, 46, 29, 48, 14, 58, 0, 35, 12, 21, 4, 30, 40],
      ],
    ],
    { defaultRtt: 30, peak: 'decayed', failurePenalty: 5000 },
  );
});

// Its services answered with an error of the system, 111 or 104, which became failed answers by what its endpoints do (ClientRescue),
// or with one of a response that took too long, which did not.
describe('requests that end without an answer', () => {
  expectSame(
    [
      [
        { services: 4, afterMs: 6, capacity: 3, timeoutMs: 3.5 },
        'r -0!refused r r d:down =adg r r +35 +5 r r -5 r -7 r +1 r r a:down',
        '0:0>d 0:1>c 0:2>a 0:3>a 0:4>g 3.5:1x 3.5:2x 3.5:3x 3.5:4x 40:5>g 40:6>g 40:7>a 40:8>g 41:9>g 41:10>g',
        [27, 30, 18, 16, 3, 57, 1, 24, 49, 57, 8, 51, 27, 43, 4, 23, 40, 28, 48, 49, 44, 8],
      ],
      [
        { services: 3, afterMs: 94, capacity: 4, timeoutMs: 2.5 },
        'r -0 b:down r r -1!timedOut r r +3 r r r +2 r -7!refused +6 r r -9 b:up r r',
        '0:0>a 0:1>a 0:2>c 0:1x 0:3>a 0:4>a 2.5:2x 2.5:3x 2.5:4x 3:5>c 3:6>a 3:7>a 5:8>c 5.5:5x 5.5:6x 7.5:8x 11:9>c 11:10>c 11:11>c 11:12>c',
        [42, 25, 35, 36, 4, 6, 33, 45, 10, 50, 57, 2, 22, 59, 46, 58, 25, 32, 59, 7, 21, 42, 34, 39, 16, 22, 33, 17],
      ],
      [
        { services: 3, afterMs: 14, capacity: 3, timeoutMs: 5.5 },
        'r -0 r -1!reset r -2 r -3 c:down +6 r -4 +6 +20 b:down r +6 r a:down r c:one r',
        '0:0>c 0:1>a 0:2>b 0:3>c 6:4>b 32:5>a 37.5:5x 38:6>a 38:7>c',
        [11, 2, 33, 39, 44, 35, 6, 36, 34, 39, 35, 34, 10, 46],
      ],
      [
        { services: 2, afterMs: 24, capacity: 4, timeoutMs: 35.5 },
        'r -0!refused r -1!reset +2 a:2 r a:down b:down -2 r r =bc +4 r r +4 -3!refused',
        '0:0>b 0:1>a 2:2>a 2:3>c 2:4>c 6:5>c 6:6>c',
        [7, 39, 19, 18, 53, 18, 27, 9],
      ],
    ],
    { defaultRtt: 30, peak: 'decayed', failurePenalty: 5000 },
  );
});

describe('what happens in the instant of a pick, before it and after it', () => {
  expectSame([
    [
      { services: 2, afterMs: 4, capacity: 2, timeoutMs: 33.5 },
      'r r a:down r r r r b:2',
      '0:0>b 0:1>a 0:2>b 0:3>b 0:4>b 0:5>b',
      [17, 18, 10, 19, 3, 3],
    ],
    [
      { services: 3, afterMs: 21, capacity: 3, timeoutMs: Infinity },
      'r -0 r r r b:down r -1',
      '0:0>b 0:1>b 0:2>a 0:3>b 0:4>a',
      [37, 22, 29, 45, 42, 8, 18, 15, 47, 46],
    ],
    [
      { services: 3, afterMs: 2, capacity: 1, timeoutMs: 33.5 },
      'r r c:down -1 +1 -0 r r',
      '0:0>a 0:1>c 1:2>b 1:3>a',
      [51, 35, 6, 5, 2, 15, 24, 10, 10, 37],
    ],
    [
      { services: 2, afterMs: 17, capacity: 1, timeoutMs: Infinity },
      'r -0 a:down r +4 r r +3',
      '0:0>a 0:1>b 4:2>b 4:3>b',
      [4, 33, 41, 5],
    ],
    [
      { services: 2, afterMs: 72, capacity: 4, timeoutMs: Infinity },
      'r b:2 a:down a:one a:up +1 r +1 a:3 =abc r r r r -2 r =ac r r -6 r -1',
      '0:0>a 1:1>b 2:2>a 2:3>c 2:4>b 2:5>a 2:6>a 2:7>c 2:8>c 2:9>a',
      [54, 42, 48, 54, 6, 15, 24, 58, 7, 49, 38, 10, 35, 36, 11, 18, 59, 51, 58, 52],
    ],
    [
      { services: 1, afterMs: 7, capacity: 2, timeoutMs: Infinity },
      'r =c r c:down -0 =ad -1 +6 r r r r r d:2 r r -8 r +6 r r r r r a:down r -15',
      '0:0>a 0:1>c 6:2>d 6:3>a 6:4>a 6:5>d 6:6>d 6:7>d 6:8>d 6:9>d 12:10>a 12:11>d 12:12>a 12:13>d 12:14>a 12:15>d',
      [51, 45, 7, 38, 47, 57, 13, 41, 49, 54, 9, 10, 30, 54, 16, 24, 47, 46, 9, 20, 38, 46, 18, 31, 36, 1, 47, 28],
    ],
    [
      { services: 1, afterMs: 56, capacity: 2, timeoutMs: Infinity },
      'r +3 r r r r -3 -1 =ab r +5 -2 +40 b:2 r r +4 -6 r -8 r r r +6 +5',
      '0:0>a 3:1>a 3:2>a 3:3>a 3:4>a 3:5>b 48:6>b 48:7>b 52:8>b 52:9>b 52:10>a 52:11>b',
      [38, 44, 48, 18, 53, 44, 56, 7, 40, 53, 38, 29, 12, 50],
    ],
  ]);
  expectSame(
    [
      [
        { services: 3, afterMs: 7, capacity: 2, timeoutMs: Infinity },
        'r -0! +16 r r c:down r r r r',
        '0:0>b 16:1>a 16:2>c 16:3>a 16:4>a 16:5>a 16:6>a',
        [43, 29, 57, 34, 20, 21, 57, 10, 40, 5, 0, 1, 37, 50, 50, 57],
      ],
    ],
    { defaultRtt: 30, peak: 'decayed', failurePenalty: 5000 },
  );
});
