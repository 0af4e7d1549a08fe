import type { TraceBuffer } from './trace_buffer.ts';
import { type CompleteEvent, microseconds } from './trace_event.ts';
import type { Track } from './tracks.ts';

/**
 * Draws what state something is in, as spans on a thread of its own, one after the other. The usual state is not drawn.
 * Of several changes in one moment the last counts: what lasts no time is left out of the trace.
 */
export class States {
  private readonly open = new Map<number, CompleteEvent>();
  private readonly buffer: TraceBuffer;
  private readonly cat: string;
  private readonly trackOf: (key: number) => Track;

  constructor(buffer: TraceBuffer, cat: string, trackOf: (key: number) => Track) {
    this.buffer = buffer;
    this.cat = cat;
    this.trackOf = trackOf;
  }

  /** null: the usual one. */
  set(atMs: number, key: number, name: string | null): void {
    const ts = microseconds(atMs);
    const open = this.open.get(key);
    if (open?.name === name || (open === undefined && name === null)) return;
    this.end(key, ts);
    if (name === null) return;
    this.open.set(key, this.buffer.push({ ph: 'X', cat: this.cat, name, ts, dur: 0, ...this.trackOf(key) }));
  }

  /** Ends them all. */
  close(atMs: number): void {
    for (const key of [...this.open.keys()]) this.end(key, microseconds(atMs));
  }

  private end(key: number, ts: number): void {
    const open = this.open.get(key);
    if (open === undefined) return;
    open.dur = Math.round((ts - open.ts) * 1e3) / 1e3;
    this.open.delete(key);
  }
}
