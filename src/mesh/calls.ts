import type { Host } from '../balancer/host.ts';
import { grown } from '../core/arrays.ts';
import { invariant } from '../core/assert.ts';
import { NO_KEY } from '../core/key.ts';

/** Names one request from `open` until its final answer; reused afterwards. Small, so that others can keep columns of their own by it. */
export type CallId = number;

/**
 * `CallTable.waits` of a call whose latest attempt was sent, of one that comes back to its host later, of one that waits for
 * a host, and of one that has given up and still has its place in the line.
 */
export const [SENT, TURNS_AROUND, WAITS_FOR_HOST, GAVE_UP] = [0, 1, 2, 3];

const [OPEN, DONE] = [1, 2];

/** What `accepted` says of an attempt that was not within the connect timeout. */
export const TOO_LATE = 2;

/**
 * Requests under way, in parallel typed arrays with a free list: a call costs no allocation. Upstreams that share a
 * transport share one table, so that a call id alone says which request is meant.
 */
export class CallTable {
  key = new Int32Array(64);
  /** Which of the caller's workers it belongs to. */
  worker = new Int32Array(64);
  /** 0 for the first try. */
  attempt = new Int32Array(64);
  /** What the balancing policy remembers of it: see `RequestUnderWay`. */
  memory = new Int32Array(64);
  /** Which list of hosts it was first picked from: see there. */
  list = new Int32Array(64);
  /** 1 once the host of this attempt has accepted it; `TOO_LATE`: not within the connect timeout. */
  accepted = new Uint8Array(64);
  /** Why nothing is sent though the next attempt has begun: `TURNS_AROUND`, `WAITS_FOR_HOST` or `GAVE_UP`; `SENT`: it was. */
  waits = new Uint8Array(64);
  /** 1 while its attempt holds no place with its host: see `Host.placeless`. */
  placeless = new Uint8Array(64);
  /** 1 while it is at the host that its session named. Only kept by callers that redispatch. */
  ofSession = new Uint8Array(64);
  /** `Host.reweighed` of its host as its attempt was sent. */
  reweighed = new Int32Array(64);
  /** The same of `Host.forgotten`. */
  forgotten = new Int32Array(64);
  startedAtMs = new Float64Array(64);
  sentAtMs = new Float64Array(64);
  overallTimer = new Float64Array(64);
  /** When it began to wait for a host. */
  queuedAtMs = new Float64Array(64);
  tryTimer = new Float64Array(64);
  connectTimer = new Float64Array(64);
  /** Hosts tried, `maxAttempts` places a call. The host of the current attempt is at `call * maxAttempts + attempt`; null: it was not sent. */
  readonly hosts: (Host | null)[] = [];
  /** Calls open now. */
  size = 0;

  readonly maxAttempts: number;
  private nextFree = new Int32Array(64);
  private firstFree = -1;
  private used = 0;
  /** `OPEN`, or `DONE` where its id is not free yet; 0: it is. */
  private open_ = new Uint8Array(64);

  constructor(maxAttempts: number) {
    invariant(
      Number.isInteger(maxAttempts) && maxAttempts >= 1,
      `calls: expected at least 1 attempt, found ${maxAttempts}`,
    );
    this.maxAttempts = maxAttempts;
  }

  open(): CallId {
    let call = this.firstFree;
    if (call >= 0) this.firstFree = this.nextFree[call];
    else {
      call = this.used++;
      if (call === this.key.length) this.grow();
      for (let i = 0; i < this.maxAttempts; i++) this.hosts.push(null);
    }
    this.open_[call] = OPEN;
    this.key[call] = NO_KEY;
    this.worker[call] = 0;
    this.attempt[call] = 0;
    this.size++;
    return call;
  }

  close(call: CallId): void {
    if (this.open_[call] === 0) invariant(false, `calls: call ${call} was closed twice`);
    if (this.open_[call] === OPEN) this.size--;
    this.open_[call] = 0;
    this.nextFree[call] = this.firstFree;
    this.firstFree = call;
  }

  /** It is done, but stands in a line still: nobody else has its id until it is closed. */
  finish(call: CallId): void {
    invariant(this.open_[call] === OPEN, `calls: call ${call} was finished twice`);
    this.open_[call] = DONE;
    this.size--;
  }

  isOpen(call: CallId): boolean {
    return this.open_[call] === OPEN;
  }

  /** Attempts sent so far: the current one counts once it has a host. */
  attemptsSent(call: CallId): number {
    const attempt = this.attempt[call];
    return this.hosts[call * this.maxAttempts + attempt] === null ? attempt : attempt + 1;
  }

  /** Ids ever used: columns kept beside this table need that many places. */
  get capacity(): number {
    return this.used;
  }

  private grow(): void {
    this.key = grown(this.key);
    this.worker = grown(this.worker);
    this.attempt = grown(this.attempt);
    this.memory = grown(this.memory);
    this.list = grown(this.list);
    this.accepted = grown(this.accepted);
    this.waits = grown(this.waits);
    this.placeless = grown(this.placeless);
    this.ofSession = grown(this.ofSession);
    this.reweighed = grown(this.reweighed);
    this.forgotten = grown(this.forgotten);
    this.startedAtMs = grown(this.startedAtMs);
    this.sentAtMs = grown(this.sentAtMs);
    this.overallTimer = grown(this.overallTimer);
    this.queuedAtMs = grown(this.queuedAtMs);
    this.tryTimer = grown(this.tryTimer);
    this.connectTimer = grown(this.connectTimer);
    this.nextFree = grown(this.nextFree);
    this.open_ = grown(this.open_);
  }
}
