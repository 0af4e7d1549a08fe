/**
 * One event of Chrome's Trace Event Format, of the kinds used here: times in microseconds, `pid` and `tid` of a track of
 * `Tracks`. Events with `id2` are async: spans that overlap others on their track, and nest within equal (pid, cat, id).
 * Source: "Trace Event Format" (the catapult project); what of it Perfetto reads: its json_trace_parser.cc.
 */
export type TraceEvent = AsyncEvent | CompleteEvent | InstantEvent | CounterEvent | MetadataEvent;

export type Args = Readonly<Record<string, string | number | boolean>>;

interface Placed {
  readonly ts: number;
  readonly pid: number;
  readonly tid: number;
  readonly args?: Args;
}

/** `b` begins a span, `e` ends the innermost open one of its (pid, cat, id). */
export interface AsyncEvent extends Placed {
  readonly ph: 'b' | 'e';
  readonly cat: string;
  /** Of a begin it is known only when the span ends, where it says how that went. */
  name: string;
  /** Of its process: Perfetto shows spans of a global `id` apart from every process. */
  readonly id2: { readonly local: string };
  /** Arrows go from a span with `flow_out` to the next with `flow_in` and the same `bind_id`, which is hexadecimal. */
  bind_id?: string;
  flow_out?: true;
  flow_in?: true;
}

/** A span that does not overlap others of its thread. */
export interface CompleteEvent extends Placed {
  readonly ph: 'X';
  readonly cat: string;
  name: string;
  /** 0: it was another thing before anybody could see it. */
  dur: number;
}

interface InstantEvent extends Placed {
  readonly ph: 'i';
  readonly cat: string;
  readonly name: string;
  /** Of its thread. */
  readonly s: 't';
}

/** Each argument is a series of its own, of the process. */
interface CounterEvent extends Placed {
  readonly ph: 'C';
  readonly name: string;
}

export interface MetadataEvent {
  readonly ph: 'M';
  readonly name: 'process_name' | 'process_sort_index' | 'thread_name' | 'thread_sort_index';
  readonly pid: number;
  readonly tid: number;
  readonly args: Args;
}

/** Milliseconds of a run as the format has them, to the nanosecond. */
export function microseconds(ms: number): number {
  return Math.round(ms * 1e6) / 1e3;
}
