import { expect } from 'vitest';
import type { TraceEvent } from '../../../src/run/trace/trace_event.ts';

interface Span {
  readonly name: string;
  readonly cat: string;
  readonly id: string;
  readonly pid: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly args: Readonly<Record<string, unknown>>;
  readonly endArgs: Readonly<Record<string, unknown>>;
  readonly arrows: string;
}

/** What a viewer makes of a trace that is as the format asks; fails where one is not. */
export function viewed(events: readonly TraceEvent[], fromMs: number, toMs: number) {
  const processes = new Map<number, string>();
  const threads = new Map<number, { pid: number; name: string }>();
  const open = new Map<string, (TraceEvent & { ph: 'b' })[]>();
  const used = new Set<string>();
  const spans: Span[] = [];
  const inThreads: { thread: string; pid: number; name: string; fromMs: number; toMs: number }[] = [];
  const busyUntil = new Map<number, number>();
  let last = Number.NEGATIVE_INFINITY;
  for (const event of JSON.parse(JSON.stringify(events)) as TraceEvent[]) {
    if (event.ph === 'M') {
      if (event.name === 'process_name') {
        expect(processes.has(event.pid)).toBe(false);
        processes.set(event.pid, String(event.args.name));
      }
      if (event.name === 'thread_name') {
        expect(threads.has(event.tid), 'numbers of threads are unique over processes').toBe(false);
        threads.set(event.tid, { pid: event.pid, name: String(event.args.name) });
      }
      continue;
    }
    const { ts, pid, tid } = event;
    expect(ts).toBeGreaterThanOrEqual(last);
    last = ts;
    expect(ts / 1000).toBeGreaterThanOrEqual(fromMs - 1e-6);
    expect(ts / 1000).toBeLessThanOrEqual(toMs + 1e-6);
    expect(processes.has(pid), `process ${pid} has a name`).toBe(true);
    if (event.ph === 'b') {
      const key = `${pid} ${event.cat} ${event.id2.local}`;
      const stack = open.get(key) ?? [];
      if (stack.length === 0) {
        expect(used.has(key), `${key} is used once`).toBe(false);
        used.add(key);
      }
      open.set(key, [...stack, event as TraceEvent & { ph: 'b' }]);
    } else if (event.ph === 'e') {
      const key = `${pid} ${event.cat} ${event.id2.local}`;
      const begun = open.get(key)?.pop();
      expect(begun, `${key} ends once`).toBeDefined();
      if (begun === undefined) continue;
      expect([begun.name, begun.pid, begun.tid]).toEqual([event.name, pid, tid]);
      const { bind_id: bind, flow_in: enters, flow_out: leaves } = begun;
      if (bind !== undefined) expect(bind).toMatch(/^0x[0-9a-f]+$/);
      const arrows = `${enters ? '>' : ''}${leaves ? '>' : ''}${bind === undefined ? '' : Number(bind)}`;
      spans.push({
        ...{ name: event.name, cat: event.cat, id: event.id2.local, pid, fromMs: begun.ts / 1000, toMs: ts / 1000 },
        ...{ args: begun.args ?? {}, endArgs: event.args ?? {}, arrows },
      });
    } else if (event.ph === 'X') {
      const thread = threads.get(tid);
      expect(thread?.pid).toBe(pid);
      expect(event.dur).toBeGreaterThan(0);
      expect(ts, 'spans of a thread do not overlap').toBeGreaterThanOrEqual((busyUntil.get(tid) ?? 0) - 1e-3);
      busyUntil.set(tid, ts + event.dur);
      expect((ts + event.dur) / 1000).toBeLessThanOrEqual(toMs + 1e-6);
      const times = { fromMs: ts / 1000, toMs: (ts + event.dur) / 1000 };
      inThreads.push({ thread: thread?.name ?? '', pid, name: event.name, ...times });
    } else if (event.ph === 'i') {
      expect(threads.get(tid)?.pid).toBe(pid);
    }
  }
  expect([...open.values()].flat()).toEqual([]);
  return { processes, spans, inThreads };
}
