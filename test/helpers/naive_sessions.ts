import type { SessionAffinity } from '../../src/balancer/load_balancer.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';
import type { NaiveHost } from './naive_balancer.ts';

/** Which host a session was last sent to: a list, the one used longest ago first. */
export class NaiveSessions {
  private sessions: { readonly key: Key; readonly host: NaiveHost; readonly usedMs: number }[] = [];
  private readonly settings: SessionAffinity;

  constructor(settings: SessionAffinity) {
    this.settings = settings;
  }

  /** The session's host, whose session this may prolong. */
  find(key: Key, nowMs: number): NaiveHost | null {
    const found = this.sessions.find((session) => session.key === key);
    if (found === undefined || this.isOver(found.usedMs, nowMs)) return null;
    if (this.settings.renew) this.use(key, found.host, nowMs);
    return found.host;
  }

  remember(key: Key, host: NaiveHost, nowMs: number): void {
    if (key === NO_KEY) return;
    const known = this.sessions.find((session) => session.key === key);
    if (known === undefined) {
      while (this.sessions.length > 0 && this.isOver(this.sessions[0].usedMs, nowMs)) this.sessions.shift();
      while (this.sessions.length >= this.settings.maxSessions) this.sessions.shift();
    } else if (!this.settings.renew && known.host === host && !this.isOver(known.usedMs, nowMs)) return;
    this.use(key, host, nowMs);
  }

  private use(key: Key, host: NaiveHost, usedMs: number): void {
    this.sessions = [...this.sessions.filter((session) => session.key !== key), { key, host, usedMs }];
  }

  private isOver(usedMs: number, nowMs: number): boolean {
    return nowMs - usedMs >= this.settings.ttlMs;
  }
}
