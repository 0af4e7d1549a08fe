import { Outcome, outcomeNames } from '../../core/outcome.ts';
import type { TraceBuffer } from './trace_buffer.ts';
import type { Args, AsyncEvent } from './trace_event.ts';
import type { Tracks } from './tracks.ts';

interface OpenAttempt {
  readonly attempt: number;
  /** Within the request, at its caller. */
  readonly inside: AsyncEvent;
  /** At the instance. */
  readonly there: AsyncEvent;
  readonly instanceId: string;
}

interface OpenRequest {
  readonly span: AsyncEvent;
  /** In flight: one at a time, since a retry begins when the attempt before it has ended. */
  current: OpenAttempt | null;
  /** The last attempt's span at its instance. */
  last: AsyncEvent | null;
}

interface Names {
  readonly callers: readonly string[];
  readonly instances: readonly string[];
}

/**
 * Requests that arrive in the window: a span at the caller from arrival to answer, its attempts within it, and each
 * attempt once more at its instance, where an arrow leads from each to its retry. All are named by how they ended.
 */
export class RequestSpans {
  private readonly open = new Map<number, OpenRequest>();
  private readonly buffer: TraceBuffer;
  private readonly tracks: Tracks;
  private readonly names: Names;

  constructor(buffer: TraceBuffer, tracks: Tracks, names: Names) {
    this.buffer = buffer;
    this.tracks = tracks;
    this.names = names;
  }

  arrive(atMs: number, request: number, caller: number): void {
    const start = { cat: 'request', name: 'request', id: `request-${request}`, args: { request } };
    const span = this.buffer.begin(atMs, this.tracks.ofCaller(caller), start);
    this.open.set(request, { span, current: null, last: null });
  }

  send(atMs: number, request: number, attempt: number, caller: number, instance: number): void {
    const record = this.open.get(request);
    if (record === undefined) return;
    const instanceId = this.names.instances[instance];
    const args = { request, attempt: attempt + 1, caller: this.names.callers[caller] };
    const nested = { cat: 'request', name: instanceId, id: record.span.id2.local };
    const inside = this.buffer.begin(atMs, this.tracks.ofCaller(caller), nested);
    const start = { cat: 'attempt', name: 'attempt', id: `attempt-${request}.${attempt + 1}`, args };
    const there = this.buffer.begin(atMs, this.tracks.ofInstance(instance), start);
    link(record.last, there, request);
    record.current = { attempt, inside, there, instanceId };
    record.last = there;
  }

  attemptEnd(atMs: number, request: number, attempt: number, outcome: Outcome): void {
    const record = this.open.get(request);
    if (record?.current?.attempt === attempt) this.endAttempt(atMs, record, outcomeNames[outcome]);
  }

  done(atMs: number, request: number, outcome: Outcome, attempts: number): void {
    const record = this.open.get(request);
    if (record === undefined) return;
    this.endRequest(atMs, record, outcomeNames[outcome], { attempts });
    this.open.delete(request);
  }

  /** Ends what has no answer yet where the window does. */
  close(atMs: number): void {
    for (const record of this.open.values()) {
      if (record.current !== null) this.endAttempt(atMs, record, 'open');
      this.endRequest(atMs, record, 'open');
    }
    this.open.clear();
  }

  private endAttempt(atMs: number, record: OpenRequest, outcome: string): void {
    const { current } = record;
    if (current === null) return;
    const { inside, there, instanceId } = current;
    this.buffer.end(atMs, there, named('attempt', outcome), { outcome });
    this.buffer.end(atMs, inside, named(instanceId, outcome));
    record.current = null;
  }

  private endRequest(atMs: number, { span }: OpenRequest, outcome: string, args: Args = {}): void {
    this.buffer.end(atMs, span, named('request', outcome), { outcome, ...args });
  }
}

/** Success is what most of them are, so it is not said. */
function named(what: string, outcome: string): string {
  return outcome === outcomeNames[Outcome.ok] ? what : `${what}: ${outcome}`;
}

function link(from: AsyncEvent | null, to: AsyncEvent, request: number): void {
  if (from === null) return;
  const bind = `0x${request.toString(16)}`;
  from.bind_id = bind;
  from.flow_out = true;
  to.bind_id = bind;
  to.flow_in = true;
}
