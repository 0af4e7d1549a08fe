import { type Args, type AsyncEvent, microseconds, type TraceEvent } from './trace_event.ts';
import type { Track } from './tracks.ts';

/** The async span to begin. */
export interface SpanStart {
  readonly cat: string;
  readonly name: string;
  readonly id: string;
  readonly args?: Args;
}

/** The events of a trace in the order of time, at most so many. Every span that is begun has the room for its end. */
export class TraceBuffer {
  /** None of length 0 is among those that are given out. */
  private readonly all: TraceEvent[] = [];
  private readonly most: number;
  private reserved = 0;

  constructor(most: number) {
    this.most = most;
  }

  get isFull(): boolean {
    return this.reserved >= this.most;
  }

  begin(atMs: number, { pid, tid }: Track, { cat, name, id, args }: SpanStart): AsyncEvent {
    const place = { ts: microseconds(atMs), pid, tid };
    const event: AsyncEvent = { ph: 'b', cat, name, id2: { local: id }, ...place, ...(args && { args }) };
    this.all.push(event);
    this.reserved += 2;
    return event;
  }

  /** Ends that span, which is called what it turned out to be. */
  end(atMs: number, begun: AsyncEvent, name = begun.name, args?: Args): void {
    const { cat, id2, pid, tid } = begun;
    begun.name = name;
    this.all.push({ ph: 'e', cat, name, id2, ts: microseconds(atMs), pid, tid, ...(args && { args }) });
  }

  instant(atMs: number, { pid, tid }: Track, { cat, name, args }: Omit<SpanStart, 'id'>): void {
    this.push({ ph: 'i', s: 't', cat, name, ts: microseconds(atMs), pid, tid, ...(args && { args }) });
  }

  counter(atMs: number, { pid, tid }: Track, { name, args }: { readonly name: string; readonly args: Args }): void {
    this.push({ ph: 'C', name, ts: microseconds(atMs), pid, tid, args });
  }

  /** A span whose length is yet to come. */
  push<E extends TraceEvent>(event: E): E {
    this.all.push(event);
    this.reserved++;
    return event;
  }

  events(): TraceEvent[] {
    return this.all.filter((event) => event.ph !== 'X' || event.dur > 0);
  }
}
