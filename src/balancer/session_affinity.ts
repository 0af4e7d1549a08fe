import { grown } from '../core/arrays.ts';
import { type Key, NO_KEY } from '../core/key.ts';
import type { Host } from './host.ts';

export interface SessionTableSettings {
  /** A session is over when it has not been used for this long, or, unless renewed, when it is this old. Infinity: never. */
  readonly ttlMs: number;
  /** Whether every use starts the time anew, or only that the session moves to another host. */
  readonly renew: boolean;
  /** At most this many sessions; the one unused for longest makes room. */
  readonly maxEntries: number;
}

/** No entry: the end of a list. */
const NONE = -1;

/**
 * Remembers which host a key was sent to, as a HAProxy stick table does, nginx's `sticky learn`, or the cookie of Envoy's
 * stateful sessions. It does not choose: its owner asks for the host, checks whether that may still be picked, and otherwise
 * has the policy pick anew and remembers the answer. A host that leaves keeps its sessions, as in all of these: they name
 * it, and find it should it come back before they are used. Times are those of one clock and never go back.
 *
 * Tables start the time anew with each use (src/stick_table.c, stktable_touch_local; ngx_http_upstream_sticky_module.c,
 * learn_peer). A cookie of Envoy or gRPC is set once for each host (cookie.cc, onUpdate), and its client keeps it for
 * the time and no longer; Envoy's own check, in whole seconds, comes later.
 *
 * Entries are numbered. Those in use form a list from the one whose time began first to the latest; the others, a list
 * through `next` alone.
 */
export class SessionTable {
  private readonly ttlMs: number;
  private readonly renew: boolean;
  private readonly maxEntries: number;
  private readonly entryOf = new Map<Key, number>();
  private readonly keys: Key[] = [];
  private readonly hosts: (Host | null)[] = [];
  private usedMs = new Float64Array(16);
  private next = new Int32Array(16);
  private previous = new Int32Array(16);
  private oldest = NONE;
  private latest = NONE;
  private free = NONE;

  /** Throws a RangeError where a setting is out of range. */
  constructor({ ttlMs, renew, maxEntries }: SessionTableSettings) {
    if (!(ttlMs > 0)) throw new RangeError(`ttlMs must be above 0, found ${ttlMs}`);
    if (!(Number.isInteger(maxEntries) && maxEntries >= 1)) {
      throw new RangeError(`maxEntries must be a whole number of at least 1, found ${maxEntries}`);
    }
    this.ttlMs = ttlMs;
    this.renew = renew;
    this.maxEntries = maxEntries;
  }

  /** Sessions held, some of which may be over. */
  get size(): number {
    return this.entryOf.size;
  }

  /** The key's host, whose session this use may prolong; null: none, or over, or the key is NO_KEY. Allocates nothing. */
  find(key: Key, nowMs: number): Host | null {
    const entry = this.entryOf.get(key);
    if (entry === undefined) return null;
    if (this.isOver(entry, nowMs)) {
      this.remove(entry);
      return null;
    }
    if (this.renew) this.touch(entry, nowMs);
    return this.hosts[entry] as Host;
  }

  /** The key belongs to the host from now on. Nothing for NO_KEY. */
  remember(key: Key, host: Host, nowMs: number): void {
    if (key === NO_KEY) return;
    let entry = this.entryOf.get(key);
    if (entry === undefined) {
      // Sessions that are over go first, so that they keep no hosts alive.
      while (this.oldest !== NONE && this.isOver(this.oldest, nowMs)) this.remove(this.oldest);
      if (this.size === this.maxEntries) this.remove(this.oldest);
      entry = this.newEntry();
      this.keys[entry] = key;
      this.entryOf.set(key, entry);
      this.append(entry);
    } else if (!this.renew && this.hosts[entry] === host && !this.isOver(entry, nowMs)) return;
    this.hosts[entry] = host;
    this.touch(entry, nowMs);
  }

  /** As HAProxy: at the end of the time, not after it. */
  private isOver(entry: number, nowMs: number): boolean {
    return nowMs - (this.usedMs[entry] as number) >= this.ttlMs;
  }

  private touch(entry: number, nowMs: number): void {
    this.usedMs[entry] = nowMs;
    if (entry === this.latest) return;
    this.unlink(entry);
    this.append(entry);
  }

  private newEntry(): number {
    if (this.free !== NONE) {
      const entry = this.free;
      this.free = this.next[entry] as number;
      return entry;
    }
    const entry = this.hosts.length;
    if (entry === this.usedMs.length) {
      this.usedMs = grown(this.usedMs);
      this.next = grown(this.next);
      this.previous = grown(this.previous);
    }
    this.hosts.push(null);
    this.keys.push(NO_KEY);
    return entry;
  }

  private remove(entry: number): void {
    this.entryOf.delete(this.keys[entry] as Key);
    this.hosts[entry] = null;
    this.unlink(entry);
    this.next[entry] = this.free;
    this.free = entry;
  }

  private append(entry: number): void {
    this.previous[entry] = this.latest;
    this.next[entry] = NONE;
    if (this.latest === NONE) this.oldest = entry;
    else this.next[this.latest] = entry;
    this.latest = entry;
  }

  private unlink(entry: number): void {
    const before = this.previous[entry] as number;
    const after = this.next[entry] as number;
    if (before === NONE) this.oldest = after;
    else this.next[before] = after;
    if (after === NONE) this.latest = before;
    else this.previous[after] = before;
  }
}
