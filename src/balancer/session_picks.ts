import type { Clock } from '../core/clock.ts';
import type { Key } from '../core/key.ts';
import type { Chooser } from './chooser.ts';
import { type Host, isToConnect } from './host.ts';
import type { SessionAffinity } from './load_balancer.ts';
import { takesPart } from './parts/taking_part.ts';
import type { PrioritySet } from './routing/priority_set.ts';
import type { Routing } from './routing/routing.ts';
import { SessionTable } from './session_affinity.ts';
import type { StrategyTraits } from './strategy.ts';
import type { View } from './view.ts';

export interface SessionPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly chooser: Chooser;
  readonly routing: Routing;
  readonly view: View;
  readonly limits: StrategyTraits['limits'];
}

/** Picks of requests that have a key where sessions stick to hosts: the session's host while it will do, else the strategy's. */
export class SessionPicks {
  private readonly rules: SessionAffinity;
  private readonly table: SessionTable;
  private readonly ports: SessionPorts;
  /** By worker, 1 where the session of the send under way had an answer, so that the strategy was asked once less, else 0. */
  private readonly answered: Uint8Array;

  constructor(rules: SessionAffinity, workers: number, ports: SessionPorts) {
    this.rules = rules;
    this.table = new SessionTable({ ...rules, maxEntries: rules.maxSessions });
    this.ports = ports;
    this.answered = new Uint8Array(workers);
  }

  /** See `Balancer.pick`. */
  pick(key: Key, attempt: number, worker: number, attempted: PrioritySet | null, retry: boolean): Host | null {
    const { rules, table, answered } = this;
    const { clock, view, limits, routing, chooser } = this.ports;
    if (attempt === 0) answered[worker] = 0;
    const isAsked = attempt === 0 && !(retry && rules.retries === 'policy');
    const last = isAsked ? table.find(key, clock.now()) : null;
    const known = last === null || last.present ? last : view.again(last);
    // A session waits for a connection to its host, as in gRPC (A55), whoever else is ready.
    if (known !== null && isToConnect(known)) return known;
    // In nginx one that is full, or was tried, is no session's (ngx_http_upstream_get_rr_peer_by_sid).
    const refused = known !== null && limits === 'skips' && !takesPart(known, retry);
    if (known !== null && !refused && (rules.failback ? known.pickable : known.latest.healthy)) {
      answered[worker] = 1;
      routing.sole?.ready(worker)?.onSession?.(known);
      return known;
    }
    if (last !== null && rules.strict) return null;
    return chooser.ask(key, attempt - answered[worker], worker, attempted, retry);
  }

  /** The strategy's host, where the session's cannot take the request after all. */
  pickElsewhere(key: Key, attempt: number, worker: number, attempted: PrioritySet | null, retry: boolean): Host | null {
    this.answered[worker] = 0;
    return this.ports.chooser.ask(key, attempt, worker, attempted, retry);
  }

  /** The host has answered: the session is with it from now on. */
  remember(key: Key, host: Host): void {
    this.table.remember(key, host, this.ports.clock.now());
  }

  /** Whether the latest pick was its session's host, and the strategy was not asked. */
  wasOfSession(worker: number): boolean {
    return this.answered[worker] === 1;
  }
}
