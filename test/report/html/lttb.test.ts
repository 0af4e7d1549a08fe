import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { lttb } from '../../../src/report/html/lttb.ts';

const series = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 400 });

describe('LTTB', () => {
  test.prop([series, fc.integer({ min: 3, max: 50 })])(
    'keeps as many points as asked, both ends, in order',
    (y, count) => {
      const x = y.map((_, i) => i * 1000);
      const kept = lttb(x, y, count);
      expect(kept).toHaveLength(Math.min(y.length, count));
      expect(kept).toEqual([...new Set(kept)].toSorted((a, b) => a - b));
      if (y.length > 0) expect([kept[0], kept[kept.length - 1]]).toEqual([0, y.length - 1]);
    },
  );

  test.prop([fc.integer({ min: 200, max: 2000 }), fc.double({ min: 0.01, max: 0.99, noNaN: true })])(
    'keeps a lone spike wherever it is',
    (points, where) => {
      const spike = Math.floor(points * where);
      const y = Array.from({ length: points }, (_, i) => (i === spike ? 1000 : 0));
      const x = y.map((_, i) => i);
      expect(lttb(x, y, 20)).toContain(spike);
    },
  );

  it('takes from each bucket the point that spans the largest triangle', () => {
    // Buckets {1, 2} and {3, 4}. From (0, 0), with (3.5, 5) the mean of the second, (1, 1) spans 0.75 and (2, 9) 10.75;
    // from (2, 9), with (5, 0) the last point, (3, 0) spans 9 and (4, 10) 10.5.
    expect(lttb([0, 1, 2, 3, 4, 5], [0, 1, 9, 0, 10, 0], 4)).toEqual([0, 2, 4, 5]);
  });
});
