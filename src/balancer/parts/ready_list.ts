import type { Host } from '../host.ts';

/** No place. */
export const NONE = -1;

/**
 * The ready endpoints of Tower's and Linkerd's balancers, in the order that their draws count by. It is not the registry's:
 * whoever is picked leaves its place to the last one and, ready again at once, comes last; so does whoever is taken out
 * leave its place. One that cannot be picked any more stays until it is chosen: then it is taken out, and drawn for again.
 * It comes last once it is well again.
 *
 * Tower looks at who is ready, the one picked last included, when the next request comes, after who has left. Linkerd looks
 * as soon as a request is sent (`sent`), and at each change from then on: a host that a breaker let just that request through to is
 * shut by then; whatever comes later is seen later, be it in the same instant. Those who come at the same time are taken in the registry's order; those
 * who join between two looks in the order they joined in, be they ready then or only by the next look.
 * O(1) per pick, O(n) per rebuild.
 *
 * The pool says that it is ready by choosing whom the next request goes to. Mostly that comes right after. But while requests fail
 * fast Linkerd waits for the pool without one, and the next goes to who was chosen ahead, whoever else has come meanwhile
 * and whatever they have in flight by then; unless he cannot be picked any more, or anybody at all has left. Where a request finds
 * nobody ready, all who were thought to be are drawn, in vain.
 *
 * Sources: tower/src/ready_cache/cache.rs, call_ready_index, check_ready_index, evict and poll_pending;
 * tower/src/balance/p2c/service.rs, poll_ready; linkerd2-proxy linkerd/pool/p2c/src/lib.rs, poll_ready and remove_endpoint,
 * linkerd/proxy/balance/queue/src/worker.rs, drive_pool and PoolDriver::drive, and linkerd/stack/src/gate.rs.
 */
export class ReadyList {
  /** In order. Changed in place. */
  readonly hosts: Host[] = [];
  /**
   * Whether it looks who is ready as soon as anything changes: Linkerd's. A host of another weight is another service to it
   * then, in the place of the one before. Tower looks when the next request comes, and knows no weights.
   */
  readonly looksAtOnce: boolean;
  private members: ReadonlySet<Host> = new Set();
  private open: Set<Host> = new Set();
  /** Not in the list yet: those that are well again, and those that are new, in the order they came in, ready or not. */
  private woken: Host[] = [];
  private joined: Host[] = [];
  /** Of the last pick: those chosen in vain, and the place of the one picked, which has yet to leave it; or NONE. */
  private inVain: Host[] = [];
  private picked = NONE;
  /** The place chosen ahead for the next pick, or NONE. Whoever comes in comes after it; where anybody leaves it is forgotten. */
  private ahead = NONE;

  constructor(looksAtOnce: boolean) {
    this.looksAtOnce = looksAtOnce;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[]): void {
    const was = this.members;
    this.members = new Set(members);
    this.open = new Set(eligible);
    for (const host of was) if (!this.members.has(host)) this.evict(host);
    for (const host of members) if (!was.has(host)) this.joined.push(host);
    const known = new Set([...this.hosts, ...this.inVain, ...this.woken, ...this.joined]);
    for (const host of eligible) if (!known.has(host)) this.woken.push(host);
    // Whoever was picked is looked at once the request is sent, and all else with it.
    if (this.looksAtOnce && this.picked === NONE) this.begin();
  }

  /** The request was sent to the host picked last. */
  sent(): void {
    if (this.looksAtOnce) this.begin();
  }

  /** Before the draws of a pick: brings in who is ready. Then there is somebody who can be picked. */
  begin(): void {
    const { hosts, picked } = this;
    if (this.inVain.length + this.woken.length + this.joined.length > 0) this.takeIn();
    else if (picked !== NONE) {
      const host = hosts[picked];
      hosts[picked] = hosts[hosts.length - 1];
      hosts[hosts.length - 1] = host;
      if (!this.open.has(host)) hosts.pop();
    }
    this.picked = NONE;
  }

  /** Whether the host at this place can be picked; otherwise it is taken out, and one is to be drawn for again. */
  check(place: number): boolean {
    const host = this.hosts[place];
    if (this.open.has(host)) return true;
    this.takeOut(place);
    this.inVain.push(host);
    return false;
  }

  /** The host at this place, which can be picked: the pick is made. */
  call(place: number): Host {
    this.picked = place;
    return this.hosts[place];
  }

  /** The next pick is from this place, if its host can still be picked then; NONE: it is drawn for. */
  chooseAhead(place: number): void {
    this.ahead = place;
  }

  /** The place chosen ahead, which is no longer, or NONE. After `begin`. */
  takeAhead(): number {
    const place = this.ahead;
    this.ahead = NONE;
    return place;
  }

  isReady(host: Host): boolean {
    return this.open.has(host);
  }

  private takeIn(): void {
    this.release();
    for (const host of [...this.woken, ...this.joined]) if (this.open.has(host)) this.hosts.push(host);
    this.woken = [];
    this.joined = [];
  }

  /** All that the last pick has looked at are asked again whether they are ready, in this order. */
  private release(): void {
    const { hosts, inVain, picked } = this;
    const last = picked === NONE ? [] : [hosts[picked]];
    if (picked !== NONE) this.takeOut(picked);
    this.woken = [...inVain, ...last, ...this.woken];
    this.inVain = [];
    this.picked = NONE;
  }

  private takeOut(place: number): void {
    const { hosts } = this;
    hosts[place] = hosts[hosts.length - 1];
    hosts.pop();
  }

  private evict(host: Host): void {
    this.ahead = NONE;
    this.release();
    this.woken = this.woken.filter((other) => other !== host);
    this.joined = this.joined.filter((other) => other !== host);
    const place = this.hosts.indexOf(host);
    if (place !== -1) this.takeOut(place);
  }
}
