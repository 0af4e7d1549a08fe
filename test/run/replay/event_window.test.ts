import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { EventWindow } from '../../../src/run/replay/event_window.ts';
import type { ReplayEvent } from '../../../src/run/replay/events.ts';

const event = (atMs: number): ReplayEvent => ({ kind: 'measuring', atMs, starts: true });

test.prop([
  fc.array(fc.nat(100), { maxLength: 300 }),
  fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constant(Infinity)),
  fc.option(fc.nat(100)),
])(
  'keeps the first events, or half from before a moment and half from then on, and counts the rest',
  (times, events, aroundMs) => {
    const all = times.toSorted((a, b) => a - b).map(event);
    const window = new EventWindow({ events, aroundMs });
    for (const one of all) window.push(one);
    const kept = window.events();
    if (aroundMs === null) expect(kept).toEqual(all.slice(0, events));
    else {
      const before = all.filter(({ atMs }) => atMs < aroundMs);
      const after = all.filter(({ atMs }) => atMs >= aroundMs);
      const half = Math.floor(events / 2);
      expect(kept).toEqual([...(half > 0 ? before.slice(-half) : []), ...after.slice(0, Math.ceil(events / 2))]);
    }
    expect(window.left).toBe(all.length - kept.length);
  },
);
