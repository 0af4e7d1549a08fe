import { invariant } from '../core/assert.ts';
import type { Clock } from '../core/clock.ts';
import { type Key, NO_KEY } from '../core/key.ts';
import type { Host } from './host.ts';
import type { HostSource } from './routing/host_source.ts';
import type { PrioritySet } from './routing/priority_set.ts';
import type { Routing } from './routing/routing.ts';
import type { RequestUnderWay, Strategy, StrategyTraits } from './strategy.ts';
import type { CallerSubset } from './subsetting/caller_subset.ts';
import type { Workers } from './workers.ts';

/** How often a policy that cannot pass a host by is asked for another one at most. */
const REDISPATCHES = 6;

/** Asks for a host: draws the priority, panic and zone, and has the strategy of that host set pick. */
export class Chooser {
  /** Whether the policy hashes: it then draws once a send, however many hosts are turned down. */
  readonly hashes: boolean;
  private readonly routing: Routing;
  private readonly workers: Workers;
  private readonly callerSubset: CallerSubset | null;
  private readonly clock: Pick<Clock, 'now'>;
  private readonly limits: StrategyTraits['limits'];
  private readonly request: RequestUnderWay;
  /** Whether requests wait where nobody can be picked. */
  private readonly patient: boolean;
  /** By worker, what chose the priority last. */
  private readonly draws: Int32Array;
  /** With a subset of the caller's: what the pick under way is made from, and by which worker. */
  private source: HostSource | null = null;
  private worker = 0;

  constructor(
    routing: Routing,
    workers: Workers,
    callerSubset: CallerSubset | null,
    clock: Pick<Clock, 'now'>,
    { affinity, limits }: StrategyTraits,
    request: RequestUnderWay,
    patient: boolean,
  ) {
    this.routing = routing;
    this.workers = workers;
    this.callerSubset = callerSubset;
    this.clock = clock;
    this.hashes = affinity !== 'none';
    this.limits = limits;
    this.request = request;
    this.patient = patient;
    this.draws = new Int32Array(workers.workers);
  }

  /**
   * A host, or null: see `Balancer.pick`, sessions apart. Asks once more where nobody was asked for the caller's subset alone.
   */
  ask(key: Key, attempt: number, worker: number, avoided: PrioritySet | null, retry: boolean): Host | null {
    const host = this.choose(key, attempt, worker, avoided, retry);
    if (host !== null || this.callerSubset === null) return host;
    this.source = null;
    return this.callerSubset.nobodyAsked(this.clock.now()) ? this.choose(key, attempt, worker, avoided, retry) : null;
  }

  /** A host for a retry other than `previous`, one of `members` where the policy gives no other: see `Balancer.redispatch`. */
  askAnother(key: Key, previous: Host, worker: number, members: readonly Host[]): Host | null {
    if (this.routing.sets.nowhere) return null;
    previous.tried = true;
    const passes = this.workers.lead(worker).pickAnother !== undefined;
    let host = this.ask(key, 0, worker, null, true);
    for (let i = 1; i < REDISPATCHES && !passes && host === previous; i++) host = this.ask(key, i, worker, null, true);
    if (!passes && host === previous) {
      host = members.find((other) => other.pickable && other !== previous) ?? previous;
    }
    previous.tried = false;
    return host;
  }

  private choose(key: Key, attempt: number, worker: number, avoided: PrioritySet | null, retry: boolean): Host | null {
    const { routing, callerSubset } = this;
    if (routing.sets.nowhere) {
      if (this.patient) this.request.waitsFor = 'anyone';
      return null;
    }
    // Envoy's hash policies know nothing of retry plugins: they choose among priorities by themselves.
    const attempted = this.hashes ? null : avoided;
    let draw = 0;
    let source = routing.sole;
    let strategy: Strategy | null;
    if (source !== null && attempted === null) {
      strategy = source.ready(worker);
      // Envoy draws before it looks for hosts, also where there are none.
      const lead = strategy ?? this.workers.lead(worker);
      if (key === NO_KEY && lead.needsKey === true) return null;
      draw = this.select(lead, key, attempt, worker, false);
      if (strategy === null) return this.nobody(lead, worker, retry);
    } else {
      const lead = this.workers.lead(worker);
      if (key === NO_KEY && lead.needsKey === true) return null;
      draw = this.select(lead, key, attempt, worker, routing.needsDraw || attempted !== null);
      source = routing.choose(draw, worker, attempted);
      strategy = source?.ready(worker) ?? null;
      if (strategy === null) return this.nobody(lead, worker, retry);
    }
    if (callerSubset !== null) {
      this.source = source;
      this.worker = worker;
    }
    const host =
      this.limits === 'skips'
        ? this.pickAsNginx(strategy, key, attempt, draw, worker, retry)
        : pickBy(strategy, key, attempt, draw, retry);
    callerSubset?.picked();
    if (host === null) {
      if (this.limits === 'queues') this.request.waitsFor = 'anyone';
      return null;
    }
    // Where others are avoided, were tried or are full, a priority or backups may be used that get no load otherwise.
    const others = attempted !== null || retry || this.workers.beyond || this.limits !== undefined;
    invariant(others ? host.present : host.pickable, 'a strategy picks one of the eligible hosts, found another');
    return host;
  }

  /**
   * A backup where all others were tried, or are full. A request that has gone to one stays with them. null: nobody is left.
   * Source: src/http/ngx_http_upstream_round_robin.c, ngx_http_upstream_get_round_robin_peer, from `failed` on.
   */
  private pickAsNginx(
    strategy: Strategy,
    key: Key,
    attempt: number,
    draw: number,
    worker: number,
    retry: boolean,
  ): Host | null {
    const { routing } = this;
    const stays = retry && routing.triedBackup;
    // Others that are down are looked for all the same, which `random` does by draws.
    if (routing.stage === 1 && !stays) routing.othersOf(worker)?.nobody?.(retry);
    const host = stays ? null : pickBy(strategy, key, attempt, draw, retry);
    if (host !== null) return host;
    const backups = routing.backups?.ready(worker) ?? null;
    // So are backups, where the request has gone to one.
    if (backups === null && stays) routing.othersOf(worker)?.nobody?.(retry);
    return backups === null || (backups === strategy && !stays) ? null : pickBy(backups, key, attempt, draw, retry);
  }

  /** See `Strategy.chooseAhead`: of the one host set that picks are made from, as Linkerd has no more. */
  chooseAhead(): void {
    const { sole } = this.routing;
    for (let worker = 0; worker < this.draws.length; worker++) sole?.ready(worker)?.chooseAhead?.();
  }

  /** The number that chooses the priority. Hash policies keep it while hosts are turned down, others draw again (Envoy). */
  private select(strategy: Strategy, key: Key, attempt: number, worker: number, needed: boolean): number {
    if (attempt > 0 && this.hashes) return this.draws[worker];
    let draw = 0;
    if (strategy.selector !== undefined) draw = strategy.selector(key);
    else if (needed) draw = this.workers.random(worker).int32();
    if (this.hashes) this.draws[worker] = draw;
    return draw;
  }

  /** The caller's subset has changed amid a pick, which goes on with the hosts that are in it now. */
  renew(): void {
    this.source?.ready(this.worker);
  }

  private nobody(lead: Strategy, worker: number, retry: boolean): null {
    if (lead.nobody !== undefined) (this.routing.othersOf(worker) ?? lead).nobody?.(retry);
    if (this.patient) this.request.waitsFor = 'anyone';
    return null;
  }
}

/** For a retry a host that was not tried, where the policy itself passes them by. */
function pickBy(strategy: Strategy, key: Key, attempt: number, draw: number, retry: boolean): Host | null {
  return retry && strategy.pickAnother !== undefined
    ? strategy.pickAnother(key, attempt, draw)
    : strategy.pick(key, attempt, draw);
}
