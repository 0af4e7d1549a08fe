import type { SessionTableSettings } from '../../src/balancer/session_affinity.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';

/** Which host a key was last sent to: a list, the session unused for longest first. */
export class NaiveSessions<Host> {
  private sessions: { readonly key: Key; readonly host: Host; readonly usedMs: number }[] = [];
  private readonly settings: SessionTableSettings;

  constructor(settings: SessionTableSettings) {
    this.settings = settings;
  }

  /** The key's host, whose session this may prolong. */
  find(key: Key, nowMs: number): Host | null {
    const session = this.current(nowMs).find((each) => each.key === key);
    if (session && this.settings.renew) this.remember(key, session.host, nowMs);
    return session?.host ?? null;
  }

  remember(key: Key, host: Host, nowMs: number): void {
    if (key === NO_KEY) return;
    if (!this.settings.renew && this.find(key, nowMs) === host) return;
    const others = this.current(nowMs).filter((each) => each.key !== key);
    this.sessions = [...others, { key, host, usedMs: nowMs }].slice(-this.settings.maxEntries);
  }

  /** Those that are not over. */
  private current(nowMs: number) {
    return this.sessions.filter(({ usedMs }) => nowMs < usedMs + this.settings.ttlMs);
  }
}
