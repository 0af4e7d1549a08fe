import type { TraceEvent } from '../run/trace/trace_event.ts';

/** Which run a trace is of, and which part: what somebody who is sent the file has to know. */
export type TraceOrigin = Readonly<Record<string, unknown>>;

/**
 * The JSON object format of Chrome's traces, a line an event, in pieces: a trace may be longer than a string can be. Where
 * it is from stands there twice: Chrome's viewer shows `otherData`, Perfetto keeps `metadata` (since v58).
 */
export function* traceJson(events: Iterable<TraceEvent>, origin: TraceOrigin): Generator<string> {
  const said = JSON.stringify(origin);
  yield `{"displayTimeUnit":"ms","otherData":${said},"metadata":${said},"traceEvents":[`;
  let isFirst = true;
  for (const event of events) {
    yield `${isFirst ? '' : ','}\n${JSON.stringify(event)}`;
    isFirst = false;
  }
  yield '\n]}\n';
}
