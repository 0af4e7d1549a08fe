import type { TraceBuffer } from './trace_buffer.ts';
import type { AsyncEvent } from './trace_event.ts';
import type { Tracks } from './tracks.ts';

interface Fault {
  readonly number: number;
  readonly name: string;
  readonly instance: number;
  readonly sinceMs: number;
  span: AsyncEvent | null;
}

/** Faults that act, as spans at what they act on. They are followed from the start of the run, for the window may open upon some. */
export class FaultSpans {
  private readonly open = new Map<string, Fault[]>();
  private readonly buffer: TraceBuffer;
  private readonly tracks: Tracks;
  private started = 0;

  constructor(buffer: TraceBuffer, tracks: Tracks) {
    this.buffer = buffer;
    this.tracks = tracks;
  }

  start(atMs: number, name: string, event: number, instance: number, isDrawn: boolean): void {
    const fault: Fault = { number: this.started++, name, instance, sinceMs: atMs, span: null };
    const key = keyOf(name, event, instance);
    this.open.set(key, [...(this.open.get(key) ?? []), fault]);
    if (isDrawn) this.draw(atMs, fault);
  }

  end(atMs: number, name: string, event: number, instance: number): void {
    const key = keyOf(name, event, instance);
    const [ended, ...others] = this.open.get(key) ?? [];
    if (others.length > 0) this.open.set(key, others);
    else this.open.delete(key);
    if (ended !== undefined && ended.span !== null) this.buffer.end(atMs, ended.span);
  }

  /** The window opens. */
  drawAll(atMs: number): void {
    for (const fault of [...this.open.values()].flat()) this.draw(atMs, fault);
  }

  /** It closes. */
  close(atMs: number): void {
    for (const fault of [...this.open.values()].flat()) {
      if (fault.span !== null) this.buffer.end(atMs, fault.span);
      // It acts on, unseen.
      fault.span = null;
    }
  }

  private draw(atMs: number, fault: Fault): void {
    const { number, name, instance, sinceMs } = fault;
    // Viewers sort spans of a process by name: before its attempts, of which there may be a screenful.
    const start = { cat: 'fault', name: `active fault: ${name}`, id: `fault-${number}`, args: { since_ms: sinceMs } };
    fault.span = this.buffer.begin(atMs, this.tracks.ofInstance(instance), start);
  }
}

function keyOf(name: string, event: number, instance: number): string {
  return `${name} ${event} ${instance}`;
}
