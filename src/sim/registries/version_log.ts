import type { Instance } from '../../core/instance.ts';
import type { Snapshot, Subscription } from '../../registry/discovery.ts';

/**
 * Every version of one service's members that a registry has made, and what each rested on: so that a reader who missed
 * some learns how old the oldest of what he is told is. Some bytes for each version.
 */
export class VersionLog {
  private readonly evidence: number[] = [];
  private latest: Snapshot;

  /** Version 0: nobody, as old as the registry. */
  constructor(sinceMs: number) {
    this.latest = { version: 0, atMs: sinceMs, evidenceAtMs: sinceMs, instances: [] };
    this.evidence.push(sinceMs);
  }

  get current(): Snapshot {
    return this.latest;
  }

  publish(atMs: number, instances: readonly Instance[], evidenceAtMs: number, unhealthy?: ReadonlySet<string>): void {
    const version = this.latest.version + 1;
    this.evidence.push(evidenceAtMs);
    this.latest = Object.freeze({
      version,
      atMs,
      evidenceAtMs,
      instances: Object.freeze([...instances]),
      ...(unhealthy === undefined ? {} : { unhealthy }),
    });
  }

  /** `snapshot` as it is told to one who last saw version `seen` (-1: none). */
  since(seen: number, snapshot: Snapshot): Snapshot {
    let evidenceAtMs = snapshot.evidenceAtMs;
    // Who has seen nothing yet has missed nothing.
    for (let version = seen + 1; seen >= 0 && version < snapshot.version; version++)
      evidenceAtMs = Math.min(evidenceAtMs, this.evidence[version]);
    return evidenceAtMs === snapshot.evidenceAtMs ? snapshot : { ...snapshot, evidenceAtMs };
  }
}

/** What one caller has been shown. It only moves forward: an older answer than the last is no news. */
export class View implements Subscription {
  private readonly log: VersionLog;
  private readonly listener: (snapshot: Snapshot) => void;
  private seen = -1;
  private closed = false;

  constructor(log: VersionLog, listener: (snapshot: Snapshot) => void) {
    this.log = log;
    this.listener = listener;
  }

  get isOpen(): boolean {
    return !this.closed;
  }

  show(snapshot: Snapshot): void {
    if (this.closed || snapshot.version <= this.seen) return;
    const told = this.log.since(this.seen, snapshot);
    this.seen = snapshot.version;
    this.listener(told);
  }

  close(): void {
    this.closed = true;
  }
}
