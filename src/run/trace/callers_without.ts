import type { TraceBuffer } from './trace_buffer.ts';
import type { Tracks } from './tracks.ts';

interface Sizes {
  readonly callers: number;
  readonly instances: number;
}

/** How many callers hold each instance for out or have it not in view, at the instance: who is ejected shows there at once. */
export class CallersWithout {
  private readonly buffer: TraceBuffer;
  private readonly tracks: Tracks;
  private readonly isWithout: Uint8Array;
  private readonly counts: Uint32Array;
  private isOpen = false;

  constructor(buffer: TraceBuffer, tracks: Tracks, { callers, instances }: Sizes) {
    this.buffer = buffer;
    this.tracks = tracks;
    this.isWithout = new Uint8Array(callers * instances);
    this.counts = new Uint32Array(instances);
  }

  set(atMs: number, caller: number, instance: number, isWithout: boolean): void {
    const pair = caller * this.counts.length + instance;
    const value = isWithout ? 1 : 0;
    if (this.isWithout[pair] === value) return;
    this.isWithout[pair] = value;
    this.counts[instance] += isWithout ? 1 : -1;
    if (this.isOpen) this.draw(atMs, instance);
  }

  /**
   * The window opens: of every instance, from its first moment on. Viewers count time from the earliest event, so theirs
   * begins where the window does.
   */
  open(atMs: number): void {
    this.isOpen = true;
    for (let instance = 0; instance < this.counts.length; instance++) this.draw(atMs, instance);
  }

  private draw(atMs: number, instance: number): void {
    const args = { 'without it': this.counts[instance] };
    this.buffer.counter(atMs, this.tracks.ofInstance(instance), { name: 'callers', args });
  }
}
