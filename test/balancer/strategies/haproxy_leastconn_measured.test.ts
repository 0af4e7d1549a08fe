import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { aroundAbsence, inTurn, type Rig, replayed, rigOf } from '../../helpers/measured.ts';

// What `balance leastconn` of HAProxy 2.6.12 and 3.5-dev5 (commit 50872daa6) did: one thread, one request after the other,
// servers taken out with `set server .. state maint`, weights changed with `set server .. weight`. 2.6.12 ran as Debian 12
// has it; 3.5-dev5 as it is published, but that src/lb_fwlc.c wrote down every number it drew.

const rig = (weights: readonly number[], lists: number, draws: readonly number[] = []): Rig =>
  rigOf('least-request', { algorithm: 'haproxy-leastconn', lists }, weights, { draws });

describe('2.6.12', () => {
  test.each([
    [[1, 1, 1], 'a -a b c -c a c b -b -c c -c c -c c a b c a -a b c a b c -b -a a -a -a'],
    [[1, 3], 'a -a b a -a a b b -b -b b -b b -b b b b b a -b b b b b a -b -a b -a -b'],
    [[5, 1, 1], 'a -a b c -c a c a -a -c c -c c -c c a a a a -a a a a a a -b -a b -a -a'],
    [[200, 256], 'a -a b a -a a b a -a -b a -a b -b a b a b b -b b a b a b -b -b b -a -b'],
    [[170, 256], 'a -a b a -a a b a -a -b b -b b -b b a b a b -a a b a b a -b -b b -a -a'],
    [[256, 256], 'a -a b a -a a b a -a -b a -a b -b a b a b a -b b b a b a -b -a b -a -a'],
  ])('weights %j, requests held: %s', (weights, record) => {
    expect(replayed(rig(weights, 1), record)).toBe(record);
  });

  test('weights 2, 3, 1, b down after 4 requests and up again after 7 more', () => {
    expect(aroundAbsence(rig([2, 3, 1], 1), '? ? ? ?', 'b', [7, 14])).toBe('a b c a | cacacac | acbacbacbacbac');
  });
});

/** `lists`: of each number drawn, from the first server's queueing on, the list it stands for: its two highest bits. */
interface Run {
  readonly weights: readonly number[];
  readonly record: string;
  readonly lists: string;
}

const runs: readonly Run[] = JSON.parse(
  readFileSync(new URL('./haproxy_leastconn_measured.json', import.meta.url), 'utf8'),
);

// Six runs of requests held; four with servers that go down and come up and weights that change as well, two of them with
// more than 500 keys, so that emptied ones are used again; one that leaves keys with servers in a row among those 500, and
// takes the first server away again and again, upon which a search passes every emptied key.
describe('3.5-dev5', () => {
  test.each(runs.map((run, i) => ({ ...run, i })))('run $i', ({ weights, record, lists }) => {
    const drawing = rig(
      weights,
      4,
      Array.from(lists, (list) => Number(list) * 2 ** 30),
    );
    expect(replayed(drawing, record)).toBe(record);
    expect(() => inTurn(drawing, 1)).toThrow('asked for one more');
  });
});
